import { tableFromIPC } from "apache-arrow";
import { describe, expect, it } from "vitest";
import { arrowSchema, decodeArrow, encodeArrow } from "../src/arrow.ts";
import { recordSchemaHash } from "../src/record-hash.ts";
import { findingRecord, recordKinds, runRecord, settingsRecord } from "../src/record-kinds.ts";
import { defineRecord, envelopeColumns } from "../src/record.ts";
import { createTelemetry } from "../src/telemetry.ts";
import { toMicroseconds } from "../src/clock.ts";
import { kindNames, sampleRecords } from "./record-samples.ts";

describe("arrowSchema", () => {
  it("has the columns of the envelope and of the body with their types", async () => {
    const schema = await arrowSchema(runRecord);
    const fields = schema.fields.map(({ name, type, nullable }) => `${name} ${String(type)}${nullable ? "" : "!"}`);
    expect(fields.slice(0, envelopeColumns.length)).toEqual([
      "record_id Utf8!",
      "kind Utf8!",
      "version Int32!",
      "time Timestamp<MICROSECOND, UTC>!",
      "seq Int64!",
      "session_id Utf8",
      "run_id Utf8",
      "query_id Utf8",
      "label Utf8",
      "tags Map<{key:Utf8, value:Utf8}>",
      "trace_id Utf8",
      "span_id Utf8",
      "content_hash Utf8!",
    ]);
    expect(fields.slice(envelopeColumns.length)).toHaveLength(runRecord.columns.length);
    expect(Object.fromEntries(schema.metadata)).toEqual({
      "deltafuse.kind": "run",
      "deltafuse.version": "1",
      "deltafuse.schema_hash": recordSchemaHash(runRecord),
    });
  });

  it("nests lists and structs", async () => {
    const { fields } = await arrowSchema(settingsRecord);
    const entries = fields.find(({ name }) => name === "entries");
    expect(String(entries?.type)).toBe(
      "List<Struct<{key:Utf8, value:Utf8, requested:Utf8, source:Utf8, owner:Utf8, applied:Bool}>>",
    );
  });
});

describe("encodeArrow", () => {
  it.each(kindNames)("round-trips %s", async (kind) => {
    const records = sampleRecords(kind);
    const bytes = await encodeArrow(records);
    expect(await decodeArrow(bytes)).toEqual({ records, unknownColumns: 0 });
    expect(tableFromIPC(bytes).schema.toString()).toBe((await arrowSchema(recordKinds[kind])).toString());
  });

  it("keeps extreme integers and times, and nulls in lists of structs", async () => {
    const columns = ["at ts!", "n i64", "m i32", "s [{a s!, b [i64], c m, d b}]", "l [s]"] as const;
    const definitions = { "app.test": defineRecord("app.test", 1, columns) };
    const app = createTelemetry({ validate: "throw" });
    const at = toMicroseconds(-Number.MAX_SAFE_INTEGER);
    const struct = { a: "ä", b: [Number.MIN_SAFE_INTEGER], c: { __proto: "1", "": "2" }, d: false };
    app.record(definitions["app.test"], {
      at,
      n: Number.MAX_SAFE_INTEGER,
      m: -(2 ** 31),
      s: [{ a: "" }, struct],
      l: [],
    });
    app.record(definitions["app.test"], { at: toMicroseconds(0), s: [], l: ["\u0000", "😀"] });
    for (let n = 0; n < 20; n += 1) app.record(definitions["app.test"], { at, n, s: n % 3 === 0 ? null : [struct] });
    const records = app.recorder.snapshot();
    const bytes = await encodeArrow(records, definitions);
    expect(await decodeArrow(bytes, definitions)).toEqual({ records, unknownColumns: 0 });
  });

  it("refuses records of two kinds, and none", async () => {
    const mixed = [...sampleRecords("finding"), ...sampleRecords("run")];
    for (const records of [mixed, []]) {
      await expect(encodeArrow(records)).rejects.toMatchObject({
        code: "TELEMETRY.RECORD_INVALID",
        details: { path: "kind" },
      });
    }
  });
});

describe("decodeArrow", () => {
  const records = sampleRecords("finding");

  it("reads missing columns as null; drops and counts those it does not know", async () => {
    const older = { finding: defineRecord("finding", 1, findingRecord.columns.slice(0, -1)) };
    const newer = { finding: defineRecord("finding", 1, [...findingRecord.columns, "extra [s]"]) };
    const [first, second] = records;
    const withExtra = [{ ...first, body: { ...first?.body, extra: ["x"] } }, second] as typeof records;
    expect(await decodeArrow(await encodeArrow(withExtra, newer))).toEqual({ records, unknownColumns: 1 });
    expect(await decodeArrow(await encodeArrow(records, older))).toEqual({
      records: records.map((record) => ({ ...record, body: { ...record.body, detailsJson: null } })),
      unknownColumns: 0,
    });
  });

  it("refuses another version and what is no Arrow", async () => {
    const next = { finding: defineRecord("finding", 2, findingRecord.columns) };
    const bytes = await encodeArrow(
      records.map((record) => ({ ...record, version: 2 })),
      next,
    );
    await expect(decodeArrow(bytes)).rejects.toMatchObject({
      code: "TELEMETRY.VERSION_UNSUPPORTED",
      details: { kind: "finding", found: 2, supported: 1 },
    });
    await expect(decodeArrow(new TextEncoder().encode("no arrow at all"))).rejects.toMatchObject({
      code: "TELEMETRY.RECORD_INVALID",
    });
  });
});
