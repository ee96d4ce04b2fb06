import { decode, encode } from "@msgpack/msgpack";
import { describe, expect, it } from "vitest";
import { decodeMessagePack, encodeMessagePack } from "../src/message-pack.ts";
import { type TelemetryRecord, defineRecord } from "../src/record.ts";
import { createTelemetry } from "../src/telemetry.ts";
import { kindNames, sampleRecords } from "./record-samples.ts";

const [finding] = sampleRecords("finding").slice(1) as [TelemetryRecord];

async function stored(record: TelemetryRecord): Promise<Record<string, unknown>> {
  return decode(await encodeMessagePack([record])) as Record<string, unknown>;
}

describe("encodeMessagePack", () => {
  it("writes envelope and body side by side, in the order of their names, with times as integers", async () => {
    const map = await stored(finding);
    expect(Object.entries(map)).toEqual([
      ["category", "c"],
      ["code", "C"],
      ["content_hash", finding.contentHash],
      ["kind", "finding"],
      ["message", "m"],
      ["record_id", finding.recordId],
      ["seq", 2],
      ["severity", "info"],
      ["tags", {}],
      ["time", Number(finding.time)],
      ["version", 1],
    ]);
  });

  it.each(kindNames)("round-trips %s", async (kind) => {
    const records = sampleRecords(kind);
    expect(await decodeMessagePack(await encodeMessagePack(records))).toEqual({ records, unknownColumns: 0 });
  });

  it("round-trips records of all kinds together, and none", async () => {
    const records = kindNames.flatMap((kind) => sampleRecords(kind));
    expect(await decodeMessagePack(await encodeMessagePack(records))).toEqual({ records, unknownColumns: 0 });
    expect(await decodeMessagePack(await encodeMessagePack([]))).toEqual({ records: [], unknownColumns: 0 });
  });

  it("round-trips a kind of the application when it is given", async () => {
    const definitions = { "app.counted": defineRecord("app.counted", 2, ["at ts!", "n i64!"]) };
    const app = createTelemetry({ validate: "throw" });
    app.record(definitions["app.counted"], { at: finding.time, n: -Number.MAX_SAFE_INTEGER });
    const records = app.recorder.snapshot();
    const bytes = await encodeMessagePack(records, definitions);
    expect(await decodeMessagePack(bytes, definitions)).toEqual({ records, unknownColumns: 0 });
    await expect(decodeMessagePack(bytes)).rejects.toMatchObject({
      code: "TELEMETRY.VERSION_UNSUPPORTED",
      details: { kind: "app.counted", found: 2, supported: null },
    });
  });
});

describe("decodeMessagePack", () => {
  it("drops and counts what it does not know", async () => {
    const bytes = encode({ ...(await stored(finding)), surplus: 1 });
    expect(await decodeMessagePack(bytes)).toEqual({ records: [finding], unknownColumns: 1 });
  });

  it.each([
    ["bytes that are cut off", (bytes: Uint8Array) => bytes.subarray(0, -3), "?", ""],
    ["a number", () => encode(7), "?", ""],
  ])("refuses %s", async (_what, change, kind, path) => {
    const bytes = change(await encodeMessagePack([finding]));
    await expect(decodeMessagePack(bytes)).rejects.toMatchObject({
      code: "TELEMETRY.RECORD_INVALID",
      details: { kind, path },
    });
  });

  it("refuses a value of another type, with its path", async () => {
    const bytes = encode({ ...(await stored(finding)), count: "2" });
    await expect(decodeMessagePack(bytes)).rejects.toMatchObject({
      code: "TELEMETRY.RECORD_INVALID",
      details: { kind: "finding", path: "count" },
    });
  });
});
