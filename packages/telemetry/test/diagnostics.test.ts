import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { diagnosticsOptions } from "../src/diagnostics.ts";
import { findingRecord } from "../src/record-kinds.ts";
import { createTelemetry } from "../src/telemetry.ts";
import { minimalBodies } from "./sample-bodies.ts";

const folder = mkdtempSync(join(tmpdir(), "deltafuse-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Kinds in memory, and names of sinks, after one record. */
async function after(text: string): Promise<{ readonly kinds: string[]; readonly sinks: string[] }> {
  await using telemetry = createTelemetry({ ...(await diagnosticsOptions(text)), validate: "throw" });
  telemetry.record(findingRecord, minimalBodies.finding);
  return {
    kinds: telemetry.recorder.snapshot().map(({ kind }) => kind),
    sinks: telemetry.health().sinks.map(({ name }) => name),
  };
}

describe("diagnosticsOptions", () => {
  it("records nothing, or in memory only", async () => {
    expect(await after("none")).toEqual({ kinds: [], sinks: [] });
    expect(await after("memory")).toEqual({ kinds: ["finding"], sinks: [] });
  });

  it("appends to a file", async () => {
    const path = join(folder, "sub: folder", "records.jsonl");
    expect(await after(`jsonl:${path}`)).toEqual({ kinds: ["finding"], sinks: ["json-lines"] });
    expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({ kind: "finding", seq: 1 });
  });

  it("hands over to OpenTelemetry", async () => {
    expect(await after("otel")).toEqual({ kinds: ["finding"], sinks: ["open-telemetry"] });
  });

  it("refuses another text", async () => {
    await expect(diagnosticsOptions("console")).rejects.toMatchObject({ code: "CONFIG.INVALID_ENV" });
  });
});
