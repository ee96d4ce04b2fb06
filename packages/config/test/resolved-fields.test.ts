import { describe, expect, it } from "vitest";
import type { ProfileInput } from "../src/profile.ts";
import { resolved } from "./samples.ts";

describe("fields that are no settings", () => {
  it("have a source too", () => {
    const input: ProfileInput = { memory: { pool: "greedy" }, limits: { collectRows: 5 } };
    const { fields } = resolved(input, { env: { DELTAFUSE_SPILL_DIR: "/b" } });
    expect([...fields.keys()]).toEqual([
      "catalog.viewSchema",
      "diagnostics.batchSample",
      "diagnostics.capture.explain",
      "diagnostics.slowQuery",
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

  it("say what is told about queries, and change no identity", () => {
    const base = resolved();
    expect(base.diagnostics).toEqual({ capture: { explain: false }, slowQuery: null, batchSample: 0 });
    const input: ProfileInput = { diagnostics: { capture: { explain: true }, slowQuery: "1s", batchSample: 10 } };
    const from = resolved(input, { env: { DELTAFUSE_SLOW_QUERY: "250ms" } });
    expect(from.diagnostics).toEqual({ capture: { explain: true }, slowQuery: 250, batchSample: 10 });
    expect(from.fields.get("diagnostics.slowQuery")).toEqual({
      value: "250",
      source: "env",
      path: "DELTAFUSE_SLOW_QUERY",
      shadowed: [
        { source: "typed", value: "1000" },
        { source: "preset", value: null },
      ],
    });
    expect(from.fingerprint).toBe(base.fingerprint);
  });
});
