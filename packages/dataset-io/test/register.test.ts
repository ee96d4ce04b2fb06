import { readFileSync, rmSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { recordingHooks } from "@deltafuse/hooks/testing";
import { int64, utf8 } from "@deltafuse/schema/field-type";
import { table } from "@deltafuse/schema/table-spec";
import type { Session } from "@deltafuse/session-core/session";
import { tableFromArrays, tableToIPC } from "apache-arrow";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { registeredDataset } from "../src/dataset-registry.ts";
import { deregister, registerDataset } from "../src/register.ts";
import type { ScanOptions } from "../src/scan-options.ts";
import { writeDataset } from "../src/write.ts";
import { type TestFolder, testFolder } from "./test-folder.ts";
import { openTestSession, rowsOf, tableNames } from "./test-session.ts";

const three = [
  { id: 1, name: "a" },
  { id: 2, name: "b" },
  { id: 3, name: null },
];
const csv = "id,name\n1,a\n2,b\n3,\n";
const ndjson = '{"id":1,"name":"a"}\n{"id":2,"name":"b"}\n{"id":3,"name":null}\n';
const arrow = tableFromArrays({ id: BigInt64Array.of(1n, 2n, 3n), name: ["a", "b", null] });

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

describe("registerDataset", () => {
  it.each<[string, string | Uint8Array, string]>([
    ["a.csv", csv, "csv"],
    ["a.tsv", csv.replaceAll(",", "\t"), "csv"],
    ["a.csv.gz", gzipSync(csv), "csv"],
    ["a.ndjson", ndjson, "ndjson"],
    ["a.jsonl", ndjson, "ndjson"],
    ["a.json", ndjson, "ndjson"],
    ["a.json.gz", gzipSync(ndjson), "ndjson"],
    ["a.arrow", tableToIPC(arrow, "file"), "arrow"],
    ["a.feather", tableToIPC(arrow, "file"), "arrow"],
    ["a.arrows", tableToIPC(arrow, "stream"), "arrow"],
  ])("reads %s by its name", async (name, content, format) => {
    folder.write(name, content);
    const registered = await registerDataset(session, "t", name, { base: folder.path(".") });
    expect(registered).toMatchObject({ name: "t", format, uri: `file://${folder.path(name)}`, partitionColumns: [] });
    expect(registered.fields.map((field) => field.name)).toEqual(["id", "name"]);
    expect(await rowsOf(session, "t")).toEqual(three);
  });

  it("reads Parquet, one file or a folder", async () => {
    await writeDataset(session, { source: { rows: three }, target: folder.path("a.parquet") });
    await writeDataset(session, { source: { rows: three }, target: folder.path("b/") });
    await registerDataset(session, "a", folder.path("a.parquet"));
    expect(await registerDataset(session, "b", folder.path("b"))).toMatchObject({
      format: "parquet",
      uri: `file://${folder.path("b")}/`,
    });
    expect(await rowsOf(session, "a")).toEqual(three);
    expect(await rowsOf(session, "b")).toEqual(three);
  });

  it("takes files in which a column holds nothing but nulls", async () => {
    const write = (name: string, sql: string): Promise<unknown> =>
      writeDataset(session, { source: { sql }, target: folder.path(`d/${name}.parquet`) });
    await write("a", "SELECT 1 AS id, NULL AS day");
    await write("b", "SELECT 2 AS id, DATE '2024-05-06' AS day");
    await write("c", "SELECT 3 AS id, NULL AS day");
    const { fields } = await registerDataset(session, "t", folder.path("d"));
    expect(fields.map(({ type }) => type.type)).toEqual(["int64", "date32"]);
    expect(await rowsOf(session, "t")).toEqual([
      { id: 1, day: null },
      { id: 2, day: new Date("2024-05-06") },
      { id: 3, day: null },
    ]);
    expect(await session.sql("SELECT id FROM t WHERE day IS NULL ORDER BY id").rows({ values: "plain" })).toEqual([
      { id: 1 },
      { id: 3 },
    ]);
    expect(await session.sql("SELECT id FROM t WHERE day > DATE '2024-01-01'").rows({ values: "plain" })).toEqual([
      { id: 2 },
    ]);
    expect(await session.sql("SELECT max(day) AS last, count(day) AS n FROM t").rows({ values: "plain" })).toEqual([
      { last: new Date("2024-05-06"), n: 1 },
    ]);
  });

  it.each<[string, string, ScanOptions, readonly number[]]>([
    ["a folder without hidden files", "d", {}, [1, 2]],
    ["hidden files", "d", { includeHidden: true }, [1, 2, 4]],
    ["folders inside", "d/", { recursive: true }, [1, 2, 3]],
    ["a pattern", "d/?.csv", {}, [1, 2]],
    ["a pattern over folders", "d", { glob: "**/[ac].csv" }, [1, 3]],
    ["another ending", "d", { extension: "txt", csv: { header: true } }, [5]],
  ])("finds %s", async (_what, uri, scan, ids) => {
    const files = { "a.csv": 1, "b.csv": 2, "in/c.csv": 3, "_d.csv": 4, "e.txt": 5 };
    for (const [name, id] of Object.entries(files)) folder.write(`d/${name}`, `id\n${id}\n`);
    await registerDataset(session, "t", { uri, format: "csv", scan }, { base: folder.path(".") });
    expect(await rowsOf(session, "t")).toEqual(ids.map((id) => ({ id })));
  });

  it("reads exactly the files that are listed", async () => {
    for (const id of [1, 2, 3]) folder.write(`d/${id}.csv`, `id\n${id}\n`);
    await registerDataset(session, "t", { uri: folder.path("d"), files: ["3.csv", folder.path("d/1.csv")] });
    expect(await rowsOf(session, "t")).toEqual([{ id: 1 }, { id: 3 }]);
    await expect(
      registerDataset(session, "u", { uri: folder.path("d"), files: ["3.csv", "4.csv"] }),
    ).rejects.toMatchObject({ code: "STORE.NOT_FOUND", details: { path: folder.path("d/4.csv") } });
  });

  it("takes folders as typed columns", async () => {
    folder.write("d/day=2024-01-01/n=1/a.csv", "id\n1\n");
    folder.write("d/day=2024-01-02/n=__HIVE_DEFAULT_PARTITION__/a.csv", "id\n2\n");
    const untyped = await registerDataset(session, "t", folder.path("d"));
    expect(untyped.partitionColumns).toEqual(["day", "n"]);
    expect(await rowsOf(session, "t")).toEqual([
      { id: 1, day: "2024-01-01", n: "1" },
      { id: 2, day: "2024-01-02", n: null },
    ]);
    const partitionColumns = [
      { name: "day", type: { type: "date32" }, nullable: true },
      { name: "n", type: { type: "int32" }, nullable: true },
    ] as const;
    const typed = await registerDataset(session, "u", { uri: folder.path("d"), scan: { partitionColumns } });
    expect(typed.fields.slice(1).map(({ type }) => type)).toEqual([{ type: "date32" }, { type: "int32" }]);
    expect(await session.sql("SELECT id FROM u WHERE day = DATE '2024-01-02' OR n = 1").count()).toBe(2);
    await registerDataset(session, "v", { uri: folder.path("d"), scan: { partitioning: "none" } });
    expect(await rowsOf(session, "v")).toEqual([{ id: 1 }, { id: 2 }]);
  });

  it("names the path of a folder that is no value of its column", async () => {
    folder.write("d/n=x/a.csv", "id\n1\n");
    const location = {
      uri: folder.path("d"),
      scan: { partitionColumns: [{ name: "n", type: { type: "int32" }, nullable: true }] },
    } as const;
    await expect(registerDataset(session, "t", location)).rejects.toMatchObject({
      code: "IO.PARTITION_VALUE",
      details: { path: folder.path("d/n=x/a.csv"), column: "n", value: "x" },
    });
  });

  it("takes folders that differ as no columns, unless told that they are", async () => {
    folder.write("d/a=1/a.csv", "id\n1\n");
    folder.write("d/b=2/a.csv", "id\n2\n");
    await registerDataset(session, "t", folder.path("d"));
    expect(await rowsOf(session, "t")).toEqual([{ id: 1 }, { id: 2 }]);
    await expect(
      registerDataset(session, "u", { uri: folder.path("d"), scan: { partitioning: "hive" } }),
    ).rejects.toMatchObject({ code: "IO.PARTITION_VALUE" });
  });

  it("reads CSV as its options say", async () => {
    folder.write("a.csv", "# note\n'1;5'|a\n-|b\n");
    const options = { header: false, delimiter: "|", quote: "'", comment: "#", nullPattern: "^-$" };
    await registerDataset(session, "t", { uri: folder.path("a.csv"), scan: { csv: options } });
    expect(await session.sql("SELECT * FROM t").rows()).toEqual([
      { column_1: "1;5", column_2: "a" },
      { column_1: null, column_2: "b" },
    ]);
  });

  it("reads arrays of objects", async () => {
    folder.write("a.json", '[{"id":1,"name":"a"},\n{"id":2,"name":"b"},{"id":3}]');
    await registerDataset(session, "t", { uri: folder.path("a.json"), scan: { ndjson: { array: true } } });
    expect(await rowsOf(session, "t")).toEqual(three);
  });

  it("sees files that come later", async () => {
    folder.write("d/a.csv", "id\n1\n");
    await registerDataset(session, "t", folder.path("d"));
    expect(await rowsOf(session, "t")).toEqual([{ id: 1 }]);
    folder.write("d/b.csv", "id\n2\n");
    expect(await rowsOf(session, "t")).toEqual([{ id: 1 }, { id: 2 }]);
  });

  it("leaves settings and the session hash alone", async () => {
    folder.write("a.csv", csv);
    const before = await session.settings();
    await registerDataset(session, "t", { uri: folder.path("a.csv"), scan: { csv: { inferRows: 1 } } });
    expect(await session.settings()).toEqual(before);
  });

  it("makes the schema that the name has", async () => {
    folder.write("a.csv", csv);
    await registerDataset(session, "lake.a", folder.path("a.csv"));
    expect(await rowsOf(session, "lake.a")).toEqual(three);
  });
});

describe("a name that is taken", () => {
  it("is left alone by the same dataset, refused for another, replaced on request", async () => {
    const hooks = recordingHooks();
    await using own = await openTestSession({ hooks });
    folder.write("a.csv", csv);
    folder.write("b.csv", "id\n7\n");
    const first = await registerDataset(own, "t", folder.path("a.csv"));
    expect(await registerDataset(own, "t", `file://${folder.path("a.csv")}`)).toEqual(first);
    await expect(registerDataset(own, "t", folder.path("b.csv"))).rejects.toMatchObject({
      code: "SESSION.OBJECT_EXISTS",
    });
    expect(await rowsOf(own, "t")).toEqual(three);
    await registerDataset(own, "t", folder.path("b.csv"), { overwrite: true });
    expect(await rowsOf(own, "t")).toEqual([{ id: 7 }]);
    expect(hooks.of("table.registered").map(({ name, replaced, location }) => ({ name, replaced, location }))).toEqual([
      { name: "t", replaced: false, location: `file://${folder.path("a.csv")}` },
      { name: "t", replaced: true, location: `file://${folder.path("b.csv")}` },
    ]);
  });

  it("is free again after deregister, DROP, and a view of the same name", async () => {
    await using own = await openTestSession({}, { sql: { policy: "admin" } });
    folder.write("a.csv", csv);
    const register = (): Promise<unknown> => registerDataset(own, "t", folder.path("a.csv"));
    await register();
    await deregister(own, "t");
    expect(() => registeredDataset(own, "t")).toThrow(expect.objectContaining({ code: "IO.DATASET_UNKNOWN" }));
    await register();
    await own.execute("DROP TABLE t");
    await own.execute("CREATE VIEW t AS SELECT 9 AS id");
    await expect(register()).rejects.toMatchObject({ code: "SESSION.OBJECT_EXISTS" });
    await own.execute("DROP VIEW t");
    await register();
    expect(await rowsOf(own, "t")).toEqual(three);
    await expect(deregister(own, "other")).rejects.toMatchObject({ code: "SESSION.OBJECT_NOT_FOUND" });
  });
});

describe("data that cannot be read", () => {
  it("is told before anything is registered, as one error and one event", async () => {
    const hooks = recordingHooks();
    await using own = await openTestSession({ hooks });
    const uri = `file://${folder.path("gone.csv")}`;
    const row = { dataset: "t", uri, format: "csv", status: "missing_path", fileCount: 0, bytes: 0 };
    await expect(registerDataset(own, "t", uri)).rejects.toMatchObject({
      code: "IO.NOT_READY",
      details: { rows: [row] },
    });
    folder.write("there.csv", csv);
    await registerDataset(own, "there", folder.path("there.csv"));
    expect(hooks.of("dataset.readiness")).toMatchObject([
      { name: "t", status: "missing_path" },
      { name: "there", status: "ok" },
    ]);
    expect(await tableNames(own)).toEqual(["there"]);
  });

  it("is an empty folder, unless columns are declared", async () => {
    folder.write("d/readme.md", "nothing");
    await expect(registerDataset(session, "t", { uri: folder.path("d"), format: "csv" })).rejects.toMatchObject({
      code: "IO.NOT_READY",
      details: { rows: [{ status: "empty_path" }] },
    });
    const schema = table("t", { id: int64(), name: utf8() });
    const location = { uri: folder.path("d"), format: "csv", schema };
    expect((await registerDataset(session, "t", location)).fields).toEqual(schema.fields);
    expect(await rowsOf(session, "t")).toEqual([]);
    folder.write("d/a.csv", csv);
    expect(await rowsOf(session, "t")).toEqual(three);
  });

  it.each<[string, Record<string, string>, string]>([
    ["no known ending", { "a.dat": "x" }, "IO.FORMAT_UNKNOWN"],
    ["two formats", { "a.csv": csv, "b.json": ndjson }, "IO.FORMAT_UNKNOWN"],
    ["two separators", { "a.csv": csv, "b.tsv": csv }, "IO.FORMAT_OPTION"],
  ])("is a folder with %s", async (_what, files, code) => {
    for (const [name, content] of Object.entries(files)) folder.write(`d/${name}`, content);
    await expect(registerDataset(session, "t", folder.path("d"))).rejects.toMatchObject({ code });
  });

  it("is a truncated Parquet file; the session goes on", async () => {
    await writeDataset(session, { source: { rows: three }, target: folder.path("a.parquet") });
    folder.write("b.parquet", readFileSync(folder.path("a.parquet")).subarray(0, -20));
    await expect(registerDataset(session, "t", folder.path("b.parquet"))).rejects.toMatchObject({
      code: "ENGINE.PARQUET",
      message: expect.stringContaining("b.parquet"),
    });
    expect(await session.sql("SELECT 1 AS one").count()).toBe(1);
  });

  it("is a CSV file with a ragged row: the query fails, the session goes on", async () => {
    folder.write("a.csv", "id,name\n1,a\n2,b,c\n");
    const register = registerDataset(session, "t", folder.path("a.csv")).then(() => rowsOf(session, "t"));
    await expect(register).rejects.toMatchObject({ code: "ENGINE.ARROW", message: expect.stringContaining("a.csv") });
    expect(await session.sql("SELECT 1 AS one").count()).toBe(1);
  });

  it("is a format that nobody brings", async () => {
    folder.write("a.csv", csv);
    await expect(registerDataset(session, "t", { uri: folder.path("a.csv"), format: "delta" })).rejects.toMatchObject({
      code: "IO.FORMAT_UNAVAILABLE",
      details: { format: "delta" },
    });
    folder.write("d/_delta_log/00000000000000000000.json", "{}");
    await expect(registerDataset(session, "t", folder.path("d"))).rejects.toMatchObject({
      code: "IO.FORMAT_UNAVAILABLE",
    });
  });

  it.each<[string, object, string]>([
    ["csv options of a JSON file", { uri: "a.json", scan: { csv: {} } }, "IO.FORMAT_OPTION"],
    ["provider options of a file", { uri: "a.json", provider: {} }, "IO.PROVIDER_OPTION"],
    [
      "folders that are and are not columns",
      { uri: "a.json", scan: { partitioning: "none", partitionColumns: [] } },
      "IO.FORMAT_OPTION",
    ],
  ])("is described wrongly: %s", async (_what, location, code) => {
    folder.write("a.json", ndjson);
    await expect(
      registerDataset(session, "t", { uri: "", ...location }, { base: folder.path(".") }),
    ).rejects.toMatchObject({ code });
  });
});

it("a file that is gone fails the query with its path", async () => {
  folder.write("a.csv", csv);
  await registerDataset(session, "t", folder.path("a.csv"));
  rmSync(folder.path("a.csv"));
  await expect(rowsOf(session, "t")).rejects.toMatchObject({ code: "STORE.NOT_FOUND" });
});
