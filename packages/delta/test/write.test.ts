import { readdirSync } from "node:fs";
import { registerDataset } from "@deltafuse/dataset-io/register";
import type { WriteSource } from "@deltafuse/dataset-io/write-source";
import { recordingHooks } from "@deltafuse/hooks/testing";
import { decimal, int32, int64, uint32, utf8 } from "@deltafuse/schema/field-type";
import { table } from "@deltafuse/schema/table-spec";
import { tableFromArrays, tableToIPC } from "apache-arrow";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createTable } from "../src/create.ts";
import { openTable, tableExists } from "../src/table.ts";
import { type WriteMode, writeTable } from "../src/write.ts";
import { openTestSession, rowsOf, type TestSite, testSite } from "./test-session.ts";

let site: TestSite;
let location: string;

beforeEach(async () => {
  site = await testSite();
  location = site.path("table");
});
afterEach(() => site[Symbol.asyncDispose]());

const modes: readonly WriteMode[] = ["error", "ignore", "append", "overwrite"];

function write(rows: readonly object[], more: object = {}): ReturnType<typeof writeTable> {
  return writeTable(site.session, { location }, { source: { rows }, ...more });
}

describe("writeTable", () => {
  it.each([
    ["UNION", "SELECT 1 AS id, 5 AS x UNION ALL SELECT 2, 2.5"],
    ["CASE", "SELECT id, CASE WHEN id = 1 THEN 5 ELSE id + 0.5 END AS x FROM (VALUES (1), (2)) AS t (id)"],
  ])("gives a column the type that %s brings together", async (_name, sql) => {
    for (const source of [{ sql }, site.session.sql(sql)]) {
      await writeTable(site.session, { location }, { source, mode: "overwrite" });
      expect(await rowsOf(site.session, { location })).toEqual([
        { id: 1, x: 5 },
        { id: 2, x: 2.5 },
      ]);
    }
    await registerDataset(site.session, "t", { uri: location, format: "delta" });
    await site.session.execute(`INSERT INTO t ${sql}`);
    expect(await site.session.sql("SELECT sum(x) AS x FROM t").rows({ values: "plain" })).toEqual([{ x: 15 }]);
    await site.session.execute("INSERT INTO t SELECT id, y * 10 FROM (VALUES (1, '2.5')) AS v (id, y)");
    expect(await site.session.sql("SELECT max(x) AS x FROM t").rows({ values: "plain" })).toEqual([{ x: 25 }]);
  });

  it.each(modes)("makes a table that is missing in mode %s, in one commit", async (mode) => {
    const report = await write(
      [
        { n: 1, k: "a" },
        { n: 2, k: "b" },
      ],
      {
        mode,
        partitionBy: ["k"],
        properties: { "delta.appendOnly": "false" },
        tableName: "t",
        description: "d",
      },
    );
    expect(report).toMatchObject({
      operation: "write",
      status: "committed",
      version: 0,
      versions: [0],
      metrics: { rowsWritten: 2, filesAdded: 2, filesRemoved: 0, bytesRemoved: 0 },
      warnings: [],
      snapshot: { name: "t", description: "d", partitionColumns: ["k"], properties: { "delta.appendOnly": "false" } },
    });
    expect(readdirSync(location, "utf8").toSorted()).toEqual(["_delta_log", "k=a", "k=b"]);
    expect(await rowsOf(site.session, { location })).toEqual([
      { n: 1, k: "a" },
      { n: 2, k: "b" },
    ]);
  });

  it.each<[WriteMode, string, number, readonly object[]]>([
    ["ignore", "skipped", 0, [{ n: 1 }]],
    ["append", "committed", 1, [{ n: 1 }, { n: 2 }]],
    ["overwrite", "committed", 1, [{ n: 2 }]],
  ])("in mode %s over a table is %s", async (mode, status, version, rows) => {
    await write([{ n: 1 }]);
    expect(await write([{ n: 2 }], { mode })).toMatchObject({ status, version });
    expect(await rowsOf(site.session, { location })).toEqual(rows);
  });

  it("refuses a table that is there in mode error", async () => {
    await write([{ n: 1 }]);
    await expect(write([{ n: 2 }])).rejects.toMatchObject({
      code: "DELTA.TABLE_EXISTS",
      details: { uri: `file://${location}` },
    });
  });

  it("counts this commit, not the table", async () => {
    await write([{ n: 1 }, { n: 2 }]);
    const append = await write([{ n: 3 }], { mode: "append" });
    expect(append.metrics).toMatchObject({ rowsWritten: 1, filesAdded: 1, filesRemoved: 0 });
    const overwrite = await write([{ n: 4 }], { mode: "overwrite" });
    expect(overwrite.metrics).toMatchObject({ rowsWritten: 1, filesAdded: 1, filesRemoved: 2 });
    expect(overwrite.metrics.bytesRemoved).toBeGreaterThan(0);
  });

  it("makes no version of no rows, unless it replaces or makes the table", async () => {
    const source = { rows: [], schema: table("t", { n: int64() }) };
    const none = (mode: WriteMode): ReturnType<typeof writeTable> => {
      return writeTable(site.session, { location }, { source, mode });
    };
    expect(await none("append")).toMatchObject({ status: "committed", version: 0 });
    await write([{ n: 1 }], { mode: "append" });
    expect(await none("append")).toMatchObject({ status: "unchanged", version: 1, versions: [] });
    expect(await none("overwrite")).toMatchObject({ status: "committed", version: 2 });
    expect(await rowsOf(site.session, { location })).toEqual([]);
  });

  const numbers = tableFromArrays({ n: Int32Array.of(1, 2, 3) });
  async function* chunks(): AsyncGenerator<readonly object[]> {
    yield [{ n: 1 }, { n: 2 }];
    yield [{ n: 3 }];
  }
  async function* batches(): AsyncGenerator<(typeof numbers.batches)[number]> {
    yield* numbers.batches;
  }
  const sources: readonly (readonly [string, () => WriteSource])[] = [
    ["a frame", () => site.session.fromArrow(numbers)],
    ["SQL", () => ({ sql: "SELECT value AS n FROM range(1, 4)" })],
    ["Arrow data", () => numbers],
    ["IPC bytes", () => tableToIPC(numbers, "stream")],
    ["an async iterable of RecordBatches", batches],
    ["an async iterable of rows", () => ({ rows: chunks() })],
  ];
  it.each(sources)("writes %s", async (_what, source) => {
    await writeTable(site.session, { location }, { source: source() });
    expect(await rowsOf(site.session, { location })).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
  });

  it("reads its own table", async () => {
    await write([{ n: 1 }, { n: 2 }]);
    await registerDataset(site.session, "t", location);
    const source = { sql: "SELECT n * 10 AS n FROM t" };
    await writeTable(site.session, { dataset: "t" }, { source, mode: "overwrite" });
    expect(await rowsOf(site.session, { dataset: "t" })).toEqual([{ n: 10 }, { n: 20 }]);
  });

  it("brings an open table to the new version", async () => {
    await write([{ n: 1 }]);
    await using opened = await openTable(site.session, { location });
    await writeTable(site.session, opened, { source: { rows: [{ n: 2 }] }, mode: "append" });
    expect(opened.snapshot().version).toBe(1);
  });

  it("stores types that Delta lacks as the next wider ones", async () => {
    const schema = table("t", { n: uint32(), d: decimal(12, 2) });
    await createTable(site.session, { location }, { schema });
    await using opened = await openTable(site.session, { location });
    expect(opened.snapshot().fields.map(({ type }) => type)).toEqual([
      { type: "int64" },
      { type: "decimal", precision: 12, scale: 2, bitWidth: 128 },
    ]);
  });
});

describe("another schema", () => {
  it("is refused with every difference, and nothing is committed", async () => {
    const schema = table("t", { id: int64().notNull(), name: utf8() });
    await createTable(site.session, { location }, { schema });
    await expect(write([{ name: 5, extra: true }], { mode: "append" })).rejects.toMatchObject({
      code: "DELTA.SCHEMA_MISMATCH",
      details: { missing: ["id"], extra: ["extra"], types: [{ column: "name" }] },
    });
    expect(await rowsOf(site.session, { location })).toEqual([]);
  });

  it("may lack nullable columns and differ in letter case", async () => {
    await createTable(site.session, { location }, { schema: table("t", { id: int64(), name: utf8() }) });
    await write([{ ID: 1 }], { mode: "append" });
    expect(await rowsOf(site.session, { location })).toEqual([{ id: 1, name: null }]);
  });

  it("fails for a value that does not fit, or a null where there may be none", async () => {
    await createTable(site.session, { location }, { schema: table("t", { id: int32().notNull() }) });
    await expect(write([{ id: 2 ** 40 }], { mode: "append" })).rejects.toMatchObject({ code: "ENGINE.CAST_FAILED" });
    await expect(write([{ id: null }], { mode: "append" })).rejects.toMatchObject({
      code: expect.stringMatching(/^DELTA\.(CONSTRAINT_VIOLATION|SCHEMA_MISMATCH)$/),
    });
    expect(await rowsOf(site.session, { location })).toEqual([]);
  });

  it("has another partitioning, or a type that Delta cannot hold", async () => {
    await write([{ n: 1, k: "a" }], { partitionBy: ["k"] });
    await expect(write([{ n: 1, k: "a" }], { mode: "append", partitionBy: ["n"] })).rejects.toMatchObject({
      code: "DELTA.PARTITION_MISMATCH",
      details: { expected: ["k"], actual: ["n"] },
    });
    const source = { sql: "SELECT arrow_cast(interval '1 month', 'Interval(MonthDayNano)') AS i" };
    await expect(writeTable(site.session, { location: site.path("x") }, { source })).rejects.toMatchObject({
      code: "DELTA.TYPE_UNSUPPORTED",
      details: { column: "i" },
    });
    expect(await tableExists(site.session, { location: site.path("x") })).toBe(false);
  });
});

describe("a write that fails", () => {
  it("because its source throws leaves the table, or no table", async () => {
    async function* failing(): AsyncGenerator<readonly object[]> {
      yield [{ n: 1 }];
      throw new Error("the socket closed");
    }
    const error = { code: "NATIVE.SOURCE_FAILED", cause: { message: "the socket closed" } };
    const failed = (mode: WriteMode): Promise<unknown> => {
      return writeTable(site.session, { location }, { source: { rows: failing() }, mode });
    };
    await expect(failed("error")).rejects.toMatchObject(error);
    expect(await tableExists(site.session, { location })).toBe(false);
    await write([{ n: 7 }]);
    const before = readdirSync(location, { recursive: true, encoding: "utf8" }).toSorted();
    await expect(failed("append")).rejects.toMatchObject(error);
    expect(readdirSync(location, { recursive: true, encoding: "utf8" }).toSorted()).toEqual(before);
    expect(await rowsOf(site.session, { location })).toEqual([{ n: 7 }]);
  });

  it("by an abort leaves the table", async () => {
    await write([{ n: 7 }]);
    const controller = new AbortController();
    const reason = new Error("enough");
    async function* endless(): AsyncGenerator<readonly object[]> {
      for (let n = 0; ; n += 1) {
        if (n === 50) controller.abort(reason);
        yield Array.from({ length: 1000 }, () => ({ n }));
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    const spec = { source: { rows: endless() }, mode: "append", signal: controller.signal } as const;
    await expect(writeTable(site.session, { location }, spec)).rejects.toBe(reason);
    expect(await rowsOf(site.session, { location })).toEqual([{ n: 7 }]);
  });

  it.each<[string, object, string]>([
    ["an unknown option", { partitionby: ["n"] }, "DELTA.INVALID_SPEC"],
    ["a mode that is none", { mode: "merge" }, "DELTA.INVALID_SPEC"],
    ["a codec that is none", { writer: { compression: "lzma" } }, "IO.WRITE_OPTION"],
    ["a reserved key", { metadata: { TIMESTAMP: 1 } }, "DELTA.RESERVED_METADATA_KEY"],
    ["a key of the engine", { metadata: { "deltafuse.runId": "x" } }, "DELTA.RESERVED_METADATA_KEY"],
  ])("because of %s", async (_what, more, code) => {
    await expect(write([{ n: 1 }], more)).rejects.toMatchObject({ code });
    expect(await tableExists(site.session, { location })).toBe(false);
  });

  it("in a session that only reads, or to a fixed version", async () => {
    await write([{ n: 1 }]);
    await using reader = await openTestSession({}, { access: "read_only" });
    const source = { rows: [{ n: 2 }] };
    await expect(writeTable(reader, { location }, { source, mode: "append" })).rejects.toMatchObject({
      code: "SESSION.READ_ONLY",
      details: { operation: "writeTable" },
    });
    await expect(writeTable(site.session, { location, version: 0 }, { source, mode: "append" })).rejects.toMatchObject({
      code: "DELTA.PIN_ON_MUTATION",
      details: { operation: "writeTable", uri: `file://${location}`, version: 0 },
    });
    await using pinned = await openTable(site.session, { location, version: 0 });
    await expect(writeTable(site.session, pinned, { source, mode: "append" })).rejects.toMatchObject({
      code: "DELTA.PIN_ON_MUTATION",
    });
    expect(await rowsOf(site.session, { location })).toEqual([{ n: 1 }]);
  });

  it("because the table only takes appends", async () => {
    await write([{ n: 1 }], { properties: { "delta.appendOnly": "true" } });
    await write([{ n: 2 }], { mode: "append" });
    await expect(write([{ n: 3 }], { mode: "overwrite" })).rejects.toMatchObject({ code: "DELTA.APPEND_ONLY" });
  });
});

describe("createTable", () => {
  it("makes an empty table once", async () => {
    const schema = [{ name: "n", type: { type: "int64" }, nullable: true }] as const;
    const create = (): Promise<unknown> => createTable(site.session, { location }, { schema });
    expect(await create()).toMatchObject({ operation: "create", status: "committed", version: 0 });
    await expect(create()).rejects.toMatchObject({ code: "DELTA.TABLE_EXISTS" });
    expect(await rowsOf(site.session, { location })).toEqual([]);
  });
});

it("tells how writes went", async () => {
  const hooks = recordingHooks();
  await using session = await openTestSession({ hooks });
  const run = (spec: object): Promise<unknown> => {
    return writeTable(session, { location }, { source: { rows: [{ n: 1, k: "a" }] }, ...spec });
  };
  await run({ partitionBy: ["k"], metadata: { job: "x" } });
  await run({ mode: "ignore" });
  await run({}).catch(() => undefined);
  const target = `file://${location}`;
  expect(hooks.names().filter((name) => name.startsWith("write.") || name.startsWith("delta."))).toEqual([
    "write.started",
    "write.committed",
    "delta.committed",
    "write.started",
    "write.skipped",
    "delta.committed",
    "write.started",
    "write.failed",
    "delta.committed",
  ]);
  expect(hooks.of("write.committed")).toMatchObject([
    {
      target,
      format: "delta",
      mode: "error",
      method: "provider",
      rows: 1,
      files: 1,
      partitionBy: ["k"],
      deltaVersion: 0,
    },
  ]);
  expect(hooks.of("write.skipped")).toMatchObject([{ target, mode: "ignore", reason: "the table is there" }]);
  const about = { tableUri: target, dataset: null, operation: "WRITE" };
  expect(hooks.of("delta.committed")).toMatchObject([
    {
      ...about,
      status: "committed",
      deltaVersion: 0,
      readVersion: null,
      commitMetadata: { job: "x" },
      rowsInserted: 1,
    },
    { ...about, status: "skipped", deltaVersion: 0 },
    { ...about, status: "failed", error: { code: "DELTA.TABLE_EXISTS" } },
  ]);
  expect(session.hooks.telemetry.recorder.snapshot({ kinds: ["delta.mutation", "write"] }).length).toBe(6);
});
