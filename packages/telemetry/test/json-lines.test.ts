import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { decodeJsonLine, encodeJsonLine, readJsonLines } from "../src/json-lines.ts";
import { findingRecord, recordKinds } from "../src/record-kinds.ts";
import { type TelemetryRecord, defineRecord } from "../src/record.ts";
import { type Telemetry, createTelemetry } from "../src/telemetry.ts";
import { countingIds, fixedClock } from "../src/testing.ts";
import { fullBodies, minimalBodies } from "./sample-bodies.ts";

const kinds = Object.keys(recordKinds) as (keyof typeof recordKinds)[];
const telemetry = createTelemetry({
  validate: "throw",
  include: Object.keys(recordKinds),
  clock: fixedClock(1_767_322_984_005_006),
  newId: countingIds(),
});

function only({ recorder }: Telemetry): TelemetryRecord {
  const [record] = recorder.snapshot();
  if (record === undefined) throw new Error("nothing was recorded");
  return record;
}

function recorded(kind: keyof typeof recordKinds, body: object): TelemetryRecord {
  telemetry.recorder.clear();
  telemetry.record(recordKinds[kind], body as never, { label: "nightly", tags: { team: "żółw" } });
  return only(telemetry);
}

async function recordsIn(reader: AsyncIterable<TelemetryRecord>): Promise<TelemetryRecord[]> {
  const records: TelemetryRecord[] = [];
  for await (const record of reader) records.push(record);
  return records;
}

const finding = recorded("finding", minimalBodies.finding);

describe("encodeJsonLine", () => {
  it("writes envelope and body side by side, in canonical form", () => {
    expect(encodeJsonLine({ ...finding, recordId: "r", seq: 7 })).toBe(
      `{"category":"c","code":"C","content_hash":"${finding.contentHash}","kind":"finding","label":"nightly",` +
        '"message":"m","record_id":"r","seq":7,"severity":"info","tags":{"team":"żółw"},' +
        '"time":"2026-01-02T03:03:04.005006Z","version":1}',
    );
  });

  it.each(kinds)("round-trips a full %s", (kind) => {
    const record = recorded(kind, fullBodies[kind]);
    expect(decodeJsonLine(encodeJsonLine(record))).toEqual({ record, unknownColumns: 0 });
  });

  it.each(kinds)("round-trips a minimal %s", (kind) => {
    const record = recorded(kind, minimalBodies[kind]);
    expect(decodeJsonLine(encodeJsonLine(record))).toEqual({ record, unknownColumns: 0 });
  });

  it("round-trips a kind of the application when it is given", () => {
    const counted = defineRecord("app.counted", 2, ["at ts!", "what {n i64!, who s}"]);
    const app = createTelemetry({ validate: "throw" });
    app.record(counted, { at: finding.time, what: { n: 1 } });
    const record = only(app);
    const definitions = { "app.counted": counted };
    const line = encodeJsonLine(record, definitions);
    expect(decodeJsonLine(line, definitions)).toEqual({ record, unknownColumns: 0 });
    expect(() => encodeJsonLine(record)).toThrow(expect.objectContaining({ code: "TELEMETRY.VERSION_UNSUPPORTED" }));
  });

  it.each(kinds)("counts the length of a %s that the recorder accounts for", (kind) => {
    const bodies = [fullBodies[kind], minimalBodies[kind]];
    const texts = { label: 'a "quoted" \n\u2028 label', tags: { "": "", team: "żółw" } };
    telemetry.recorder.clear();
    for (const body of bodies) telemetry.record(recordKinds[kind], body as never, texts);
    expect(telemetry.recorder.snapshot()).toHaveLength(bodies.length);
    expect(telemetry.recorder.stats().bytes).toBe(
      telemetry.recorder.snapshot().reduce((sum, record) => sum + encodeJsonLine(record).length, 0),
    );
  });
});

describe("decodeJsonLine", () => {
  const stored = JSON.parse(encodeJsonLine(finding)) as Record<string, unknown>;
  const decode = (changes: object): unknown => decodeJsonLine(JSON.stringify({ ...stored, ...changes }));

  it("reads missing columns as null and drops unknown ones at every depth", () => {
    const session = JSON.parse(encodeJsonLine(recorded("session", fullBodies.session))) as Record<string, unknown>;
    const policy = session["sql_policy"] as object;
    const { pool_slot: _missing, ...rest } = session;
    const line = JSON.stringify({ ...rest, later: [1], sql_policy: { ...policy, later: true } });
    const { record, unknownColumns } = decodeJsonLine(line);
    expect(unknownColumns).toBe(2);
    expect(record.body).toEqual({ ...fullBodies.session, poolSlot: null });
  });

  it("refuses another version and an unknown kind", () => {
    expect(() => decode({ version: 2 })).toThrow(
      expect.objectContaining({
        code: "TELEMETRY.VERSION_UNSUPPORTED",
        details: { kind: "finding", found: 2, supported: 1 },
      }),
    );
    expect(() => decode({ kind: "toString" })).toThrow(
      expect.objectContaining({ details: { kind: "toString", found: 1, supported: null } }),
    );
  });

  it.each([
    [{ message: undefined }, "message"],
    [{ count: "2" }, "count"],
    [{ time: "2026-01-02T03:04:05Z" }, "time"],
    [{ time: 5 }, "time"],
    [{ seq: null }, "seq"],
    [{ tags: { a: 1 } }, "tags"],
  ])("refuses a line with %j", (changes, member) => {
    expect(() => decode(changes)).toThrow(
      expect.objectContaining({
        code: "TELEMETRY.RECORD_INVALID",
        details: expect.objectContaining({ path: member }) as object,
      }),
    );
  });

  it("freezes what it gives", () => {
    const { record } = decodeJsonLine(encodeJsonLine(recorded("session", fullBodies.session)));
    expect([record, record.body, record.tags, record.body["steps"]].every(Object.isFrozen)).toBe(true);
  });
});

describe("readJsonLines", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "telemetry-"));
  });
  afterEach(async () => rm(folder, { recursive: true }));

  async function fileOf(text: string): Promise<string> {
    const file = path.join(folder, "records.jsonl");
    await writeFile(file, text);
    return file;
  }

  const line = encodeJsonLine(finding);

  it("reads every record of a file", async () => {
    const reader = readJsonLines(await fileOf(`${line}\n${line}\n`));
    expect(await recordsIn(reader)).toEqual([finding, finding]);
    expect(reader.report()).toEqual({ records: 2, corruptLines: 0, unknownColumns: 0, hasUnfinishedLine: false });
  });

  it("leaves out an unfinished last line and reports it", async () => {
    const reader = readJsonLines(await fileOf(`${line}\n${line.slice(0, 20)}`));
    expect(await recordsIn(reader)).toEqual([finding]);
    expect(reader.report().hasUnfinishedLine).toBe(true);
  });

  it("fails at a corrupt line and names it", async () => {
    const reader = readJsonLines(await fileOf(`${line}\n{"kind":\n${line}\n`));
    await expect(recordsIn(reader)).rejects.toMatchObject({
      code: "TELEMETRY.LINE_CORRUPT",
      details: { line: 2 },
      cause: expect.any(SyntaxError) as object,
    });
  });

  it("leaves corrupt lines out when told to", async () => {
    const reader = readJsonLines(await fileOf(`${line}\n{}\n[]\n${line}\n`), { skipCorrupt: true });
    expect(await recordsIn(reader)).toEqual([finding, finding]);
    expect(reader.report().corruptLines).toBe(2);
  });

  it("ends with the reason of an abort", async () => {
    const reason = new Error("enough");
    const reader = readJsonLines(await fileOf(`${line}\n`), { signal: AbortSignal.abort(reason) });
    await expect(recordsIn(reader)).rejects.toBe(reason);
  });

  it("fails for a file that is not there", async () => {
    await expect(recordsIn(readJsonLines(path.join(folder, "none")))).rejects.toMatchObject({ code: "ENOENT" });
  });
});

it("a finding without details has them as null", () => {
  expect(findingRecord.fields.map(({ member }) => finding.body[member])).toEqual([
    "info",
    "c",
    "C",
    null,
    "m",
    null,
    null,
  ]);
});
