import { recordingHooks } from "@deltafuse/hooks/testing";
import { int32, utf8 } from "@deltafuse/schema/field-type";
import { table } from "@deltafuse/schema/table-spec";
import type { Session } from "@deltafuse/session-core/session";
import { runtimeStats } from "@deltafuse/session-core/native-runtime";
import { type RecordBatch, type Table, tableFromArrays, tableToIPC } from "apache-arrow";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { registerDataset } from "../src/register.ts";
import type { WriteSource } from "../src/write-source.ts";
import { writeDataset } from "../src/write.ts";
import { type TestFolder, testFolder } from "./test-folder.ts";
import { openTestSession } from "./test-session.ts";

const numbers: Table = tableFromArrays({ n: Int32Array.of(1, 2, 3) });

let folder: TestFolder;
let session: Session;

beforeEach(async () => {
  folder = testFolder();
  session = await openTestSession();
});
afterEach(async () => {
  await session.close();
  folder[Symbol.dispose]();
});

async function read(path: string, columns = "*"): Promise<object[]> {
  await registerDataset(session, "written", path, { overwrite: true });
  return session.sql(`SELECT ${columns} FROM written ORDER BY 1`).rows({ values: "plain" });
}

async function* iterate<T>(values: readonly T[], failure?: Error): AsyncGenerator<T> {
  yield* values;
  if (failure !== undefined) throw failure;
}

describe("writeDataset", () => {
  it("writes one file", async () => {
    const path = folder.path("a.parquet");
    const result = await writeDataset(session, { source: numbers, target: path });
    expect(result).toEqual({
      writeId: expect.stringMatching(/^[0-9a-f]{32}$/),
      target: `file://${path}`,
      format: "parquet",
      mode: "error",
      method: "files",
      rows: 3,
      bytes: expect.any(Number),
      files: [{ path, rows: 3, bytes: expect.any(Number), partition: {} }],
      partitions: 0,
      durationMs: expect.any(Number),
    });
    expect(await read(path)).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
  });

  it("writes folders of the values of columns", async () => {
    const sql = "SELECT value AS n, CASE WHEN value = 3 THEN NULL ELSE 'k ' || (value % 2) END AS k FROM range(0, 4)";
    const target = folder.path("out/");
    const result = await writeDataset(session, { source: { sql }, target, partitionBy: ["k"] });
    expect([result.rows, result.partitions]).toEqual([4, 3]);
    expect(result.files.map(({ rows, partition }) => ({ rows, partition }))).toEqual([
      { rows: 1, partition: { k: null } },
      { rows: 2, partition: { k: "k 0" } },
      { rows: 1, partition: { k: "k 1" } },
    ]);
    expect(folder.names("out").filter((name) => !name.endsWith(".parquet"))).toEqual([
      "k=__HIVE_DEFAULT_PARTITION__",
      "k=k%200",
      "k=k%201",
    ]);
    expect(await read(target, "n, k")).toEqual([
      { n: 0, k: "k 0" },
      { n: 1, k: "k 1" },
      { n: 2, k: "k 0" },
      { n: 3, k: null },
    ]);
  });

  const sources: readonly (readonly [string, () => WriteSource])[] = [
    ["a frame", () => session.sql("SELECT CAST(value AS int) AS n FROM range(1, 4)")],
    [
      "SQL with parameters",
      () => ({ sql: "SELECT CAST(value AS int) AS n FROM range(1, 9) WHERE value < $1", parameters: [4] }),
    ],
    ["a table", () => ({ table: "numbers" })],
    ["a Table", () => numbers],
    ["RecordBatches", () => numbers.batches],
    ["IPC bytes", () => tableToIPC(numbers, "stream")],
    ["an async iterable of RecordBatches", () => iterate([...numbers.batches, ...numbers.slice(0, 0).batches])],
    ["rows", () => ({ rows: [{ n: 1 }, { n: 2 }, { n: 3 }] })],
    ["rows of a spec", () => ({ rows: [{ n: 1 }, { n: 2 }, { n: 3 }], schema: table("t", { n: int32() }) })],
    ["an iterable of rows", () => ({ rows: new Set([{ n: 1 }, { n: 2 }, { n: 3 }]) })],
    ["an async iterable of rows", () => ({ rows: iterate([[{ n: 1 }, { n: 2 }], [], [{ n: 3 }]]) })],
  ];

  it.each(sources)("writes %s", async (_what, source) => {
    await session.createView("numbers", session.fromArrow(numbers));
    await writeDataset(session, { source: source(), target: folder.path("out") });
    expect(await read(folder.path("out"))).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
  });

  it("writes no rows as a file with columns", async () => {
    const source = { rows: [], schema: table("t", { n: int32(), s: utf8() }) };
    expect(await writeDataset(session, { source, target: folder.path("a.parquet") })).toMatchObject({ rows: 0 });
    const { fields } = await registerDataset(session, "t", folder.path("a.parquet"));
    expect(fields.map(({ name }) => name)).toEqual(["n", "s"]);
    expect(await session.table("t").count()).toBe(0);
  });

  it("streams many batches", async () => {
    async function* many(): AsyncGenerator<RecordBatch> {
      for (let index = 0; index < 200; index += 1) {
        yield* tableFromArrays({ n: Float64Array.from({ length: 1000 }, (_, row) => index * 1000 + row) }).batches;
      }
    }
    expect(await writeDataset(session, { source: many(), target: folder.path("out") })).toMatchObject({
      rows: 200_000,
    });
    expect(await read(folder.path("out"), "count(*) AS rows, sum(n) AS total")).toEqual([
      { rows: 200_000, total: 19_999_900_000 },
    ]);
  });

  it("uses the options of the format", async () => {
    const source = { sql: "SELECT value AS n, repeat('x', 100) AS s FROM range(0, 20000)" };
    const size = async (name: string, compression: string): Promise<number> => {
      const format = { compression, dictionary: false };
      return (await writeDataset(session, { source, target: folder.path(name), format })).bytes;
    };
    expect(await size("a.parquet", "uncompressed")).toBeGreaterThan(10 * (await size("b.parquet", "zstd(9)")));
    await expect(size("c.parquet", "lzma")).rejects.toMatchObject({
      code: "IO.WRITE_OPTION",
      details: { option: "compression" },
    });
  });
});

describe("a destination", () => {
  it("that holds something is kept in mode error and replaced as a whole in mode overwrite", async () => {
    const target = folder.path("out");
    const first = await writeDataset(session, { source: numbers, target });
    const write = (mode: "error" | "overwrite"): Promise<unknown> =>
      writeDataset(session, { source: { rows: [{ n: 9 }] }, target, mode });
    await expect(write("error")).rejects.toMatchObject({ code: "IO.DESTINATION_EXISTS", details: { path: target } });
    expect(folder.names("out")).toEqual(first.files.map(({ path }) => path.slice(target.length + 1)));
    await write("overwrite");
    expect(await read(target)).toEqual([{ n: 9 }]);
    expect(folder.names()).toEqual(["out", expect.stringMatching(/^out\/part-.*\.parquet$/)]);
  });

  it("may be what the write reads", async () => {
    const target = folder.path("out");
    await writeDataset(session, { source: numbers, target });
    await registerDataset(session, "own", target);
    const sql = "SELECT n * 10 AS n FROM own";
    await writeDataset(session, { source: { sql }, target, mode: "overwrite" });
    expect(await session.sql("SELECT n FROM own ORDER BY n").rows({ values: "plain" })).toEqual([
      { n: 10 },
      { n: 20 },
      { n: 30 },
    ]);
  });

  it.each<[string, (path: string) => void, string]>([
    ["files of another kind", (path) => folder.write(`${path}/notes.txt`, "mine"), "notes.txt"],
    ["a Delta table", (path) => folder.write(`${path}/_delta_log/0.json`, "{}"), "_delta_log"],
  ])("with %s is not replaced", async (_what, prepare, name) => {
    prepare("out");
    const write = { source: numbers, target: folder.path("out"), mode: "overwrite" } as const;
    await expect(writeDataset(session, write)).rejects.toMatchObject({ code: "IO.DESTINATION_FOREIGN" });
    expect(folder.names("out")).toContain(name);
  });
});

describe("a write that fails", () => {
  it.each<[string, () => WriteSource, object]>([
    [
      "while the source runs",
      () => ({ sql: "SELECT CAST(CASE WHEN value < 50000 THEN '1' ELSE 'x' END AS int) AS n FROM range(0, 100000)" }),
      { code: "ENGINE.CAST_FAILED" },
    ],
    [
      "because rows throw",
      () => ({ rows: iterate([[{ n: 1 }]], new Error("the socket closed")) }),
      { code: "NATIVE.SOURCE_FAILED", cause: { message: "the socket closed" } },
    ],
    [
      "because batches throw",
      () => iterate(numbers.batches, new Error("the socket closed")),
      { code: "NATIVE.SOURCE_FAILED", cause: { message: "the socket closed" } },
    ],
    [
      "because a row does not fit",
      () => ({ rows: iterate([[{ n: 1 }], [{ n: "x" }]]) }),
      { code: "NATIVE.SOURCE_FAILED", cause: { code: "ROWS.VALUE_INVALID" } },
    ],
    ["because of SQL", () => ({ sql: "SELECT missing FROM range(0, 1)" }), { code: "SQL.PLAN_ERROR" }],
    ["because there is no batch", () => iterate<RecordBatch>([]), { code: "IO.WRITE_OPTION" }],
    [
      "because of a type",
      () => ({ sql: "SELECT arrow_cast(interval '1 month', 'Interval(MonthDayNano)') AS i" }),
      { code: "IO.TYPE_UNSUPPORTED", details: { column: "i" } },
    ],
  ])("%s leaves nothing", async (_what, source, error) => {
    const hooks = recordingHooks();
    await using own = await openTestSession({ hooks });
    session = own;
    await expect(writeDataset(own, { source: source(), target: folder.path("out/x") })).rejects.toMatchObject(error);
    expect(folder.names().filter((name) => name !== "out")).toEqual([]);
    expect(hooks.names().filter((name) => name.startsWith("write."))).toEqual(["write.started", "write.failed"]);
    expect(hooks.of("write.failed")).toMatchObject([{ committed: false, method: "files" }]);
    expect(await own.sql("SELECT 1 AS one").count()).toBe(1);
  });

  it("by an abort leaves what was there", async () => {
    const target = folder.path("out");
    await writeDataset(session, { source: numbers, target });
    const before = folder.names();
    const controller = new AbortController();
    const reason = new Error("enough");
    async function* endless(): AsyncGenerator<readonly object[]> {
      for (let n = 0; ; n += 1) {
        if (n === 50) controller.abort(reason);
        yield Array.from({ length: 1000 }, () => ({ n }));
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    const write = { source: { rows: endless() }, target, mode: "overwrite" } as const;
    await expect(writeDataset(session, write, { signal: controller.signal })).rejects.toBe(reason);
    expect(folder.names()).toEqual(before);
    expect(await read(target)).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
  });

  it.each<[string, readonly RecordBatch[]]>([
    ["at once", []],
    ["after the first batch", numbers.batches],
  ])("by an abort does not wait for a source that stalls %s", async (_what, batches) => {
    async function* stalling(): AsyncGenerator<RecordBatch> {
      yield* batches;
      await new Promise(() => undefined);
    }
    const signal = AbortSignal.timeout(100);
    const write = writeDataset(session, { source: stalling(), target: folder.path("out") }, { signal });
    await expect(write).rejects.toMatchObject({ name: "TimeoutError" });
    expect(folder.names()).toEqual([]);
  });

  it("is refused in a session that only reads", async () => {
    await using own = await openTestSession({}, { access: "read_only" });
    await expect(writeDataset(own, { source: numbers, target: folder.path("out") })).rejects.toMatchObject({
      code: "SESSION.READ_ONLY",
      details: { operation: "writeDataset" },
    });
    expect(folder.names()).toEqual([]);
  });

  it("is refused for what is no source", async () => {
    const source = "SELECT 1" as unknown as WriteSource;
    await expect(writeDataset(session, { source, target: folder.path("out") })).rejects.toMatchObject({
      code: "IO.WRITE_OPTION",
      details: { option: "source" },
    });
  });
});

it("keeps no native handle", async () => {
  await writeDataset(session, { source: iterate(numbers.batches), target: folder.path("a") });
  await registerDataset(session, "a", folder.path("a"));
  await registerDataset(session, "b", folder.path("b")).catch(() => undefined);
  const { provider, sink } = (await runtimeStats()).handles;
  expect({ provider, sink }).toEqual({ provider: 0, sink: 0 });
});

it("tells how a write went", async () => {
  const hooks = recordingHooks();
  await using own = await openTestSession({ hooks });
  const target = folder.path("out");
  const { bytes } = await writeDataset(own, {
    source: { sql: "SELECT value AS n, value % 2 AS k FROM range(0, 10)" },
    target,
    partitionBy: ["k"],
    format: { compression: "snappy" },
  });
  const about = { target: `file://${target}`, format: "parquet", mode: "error" };
  expect(hooks.of("write.started")).toMatchObject([
    { ...about, plan: { method: "files", partitionBy: ["k"], targetBytes: null } },
  ]);
  expect(hooks.of("write.committed")).toMatchObject([
    {
      ...about,
      method: "files",
      rows: 10,
      bytes,
      files: 2,
      partitionBy: ["k"],
      partitions: 2,
      schemaHash: expect.stringMatching(/^[0-9a-f]{64}$/),
      planFingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
      options: { compression: "snappy" },
    },
  ]);
  expect(own.hooks.telemetry.recorder.snapshot({ kinds: ["write"] })).toMatchObject([
    { body: { status: "committed", rows: 10 } },
  ]);
});
