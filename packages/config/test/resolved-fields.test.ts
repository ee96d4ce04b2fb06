import { describe, expect, it } from "vitest";
import type { ProfileInput } from "../src/profile.ts";
import { resolved } from "./samples.ts";

describe("fields that are no settings", () => {
  it("have a source too", () => {
    const input: ProfileInput = { memory: { pool: "greedy" }, limits: { collectRows: 5 } };
    const { fields } = resolved(input, { env: { DELTAFUSE_SPILL_DIR: "/b" } });
    expect([...fields.keys()]).toEqual([
      "catalog.viewSchema",
      "limits.collectBytes",
      "limits.collectRows",
      "limits.prefetchBatches",
      "limits.prefetchBytes",
      "memory.pool",
      "memory.topConsumers",
      "spill.mode",
    ]);
    expect(fields.get("memory.pool")).toEqual({
      value: "greedy",
      source: "typed",
      path: "memory.pool",
      shadowed: [{ source: "preset", value: "fair" }],
    });
    expect(fields.get("limits.collectRows")).toMatchObject({ value: "5", shadowed: [{ value: null }] });
    expect(fields.get("spill.mode")).toMatchObject({
      value: "directories",
      source: "env",
      path: "DELTAFUSE_SPILL_DIR",
      shadowed: [{ source: "preset", value: "os" }],
    });
  });
});
