import { recordingHooks } from "@deltafuse/hooks/testing";
import { int64, utf8 } from "@deltafuse/schema/field-type";
import { table } from "@deltafuse/schema/table-spec";
import { col, lit } from "@deltafuse/session-core/expression";
import { runtimeStats } from "@deltafuse/session-core/native-runtime";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { deleteRows } from "../src/delete.ts";
import { type MergeSpec, mergeTable, upsertRows } from "../src/merge.ts";
import { openTable } from "../src/table.ts";
import { writeTable } from "../src/write.ts";
import { openTestSession, rowsOf, type TestSite, testSite } from "./test-session.ts";

let site: TestSite;
let location: string;

beforeEach(async () => {
  site = await testSite();
  location = site.path("table");
  const start = [
    { id: 1, name: "a", n: 10 },
    { id: 2, name: "b", n: 20 },
    { id: 3, name: "c", n: 30 },
  ];
  await writeTable(site.session, { location }, { source: { rows: start } });
});
afterEach(() => site[Symbol.asyncDispose]());

function rows(): Promise<object[]> {
  return rowsOf(site.session, { location });
}

describe("upsertRows", () => {
  it("updates what is there and inserts what is not", async () => {
    const source = {
      rows: [
        { id: 2, name: "B", n: 21 },
        { id: 4, name: "d", n: 40 },
      ],
    };
    const report = await upsertRows(site.session, { location }, { source, keys: ["id"] });
    expect(report).toMatchObject({
      operation: "merge",
      status: "committed",
      version: 1,
      metrics: { sourceRows: 2, rowsInserted: 1, rowsUpdated: 1, rowsDeleted: 0, rowsCopied: 2 },
    });
    expect(await rows()).toEqual([
      { id: 1, name: "a", n: 10 },
      { id: 2, name: "B", n: 21 },
      { id: 3, name: "c", n: 30 },
      { id: 4, name: "d", n: 40 },
    ]);
  });

  it("leaves columns alone that the source lacks, and makes null equal null", async () => {
    const schema = table("s", { id: int64(), name: utf8() });
    const upsert = (list: readonly object[]): Promise<unknown> =>
      upsertRows(site.session, { location }, { source: { rows: list, schema }, keys: ["id"] });
    await upsert([
      { id: 1, name: "A" },
      { id: null, name: "x" },
    ]);
    await upsert([{ id: null, name: "y" }]);
    expect(await rows()).toEqual([
      { id: 1, name: "A", n: 10 },
      { id: 2, name: "b", n: 20 },
      { id: 3, name: "c", n: 30 },
      { id: null, name: "y", n: null },
    ]);
  });

  it("takes several keys, and a source that is read once", async () => {
    async function* corrections(): AsyncGenerator<readonly object[]> {
      yield [{ id: 1, name: "a", n: 11 }];
      yield [{ id: 1, name: "z", n: 12 }];
    }
    await upsertRows(site.session, { location }, { source: { rows: corrections() }, keys: ["ID", "name"] });
    expect((await rows()).map((row) => Object.values(row))).toEqual([
      [1, "a", 11],
      [1, "z", 12],
      [2, "b", 20],
      [3, "c", 30],
    ]);
  });

  it.each([
    ["of a row that is there", 2],
    ["of a new row", 9],
  ])("refuses a key that the source holds twice: %s", async (_what, id) => {
    const source = {
      rows: [
        { id, name: "x", n: 1 },
        { id, name: "y", n: 2 },
        { id: 3, name: "z", n: 3 },
      ],
    };
    await expect(upsertRows(site.session, { location }, { source, keys: ["id"] })).rejects.toMatchObject({
      code: "DELTA.MERGE_AMBIGUOUS",
    });
    await using opened = await openTable(site.session, { location });
    expect(opened.snapshot().version).toBe(0);
  });

  it.each<[string, object, string]>([
    ["no keys", { keys: [] }, "DELTA.INVALID_SPEC"],
    ["a key twice", { keys: ["id", "id"] }, "DELTA.INVALID_SPEC"],
    ["a key that is no column", { keys: ["key"] }, "DELTA.INVALID_SPEC"],
    ["a key that the source lacks", { keys: ["id", "name"] }, "DELTA.INVALID_SPEC"],
    ["a column that the table lacks", { source: { rows: [{ id: 1, other: 2 }] } }, "DELTA.SCHEMA_MISMATCH"],
    ["another type", { source: { rows: [{ id: 1, n: "x" }] } }, "DELTA.SCHEMA_MISMATCH"],
  ])("refuses %s", async (_what, more, code) => {
    const spec = { source: { rows: [{ id: 1, n: 1 }] }, keys: ["id"], ...more };
    await expect(upsertRows(site.session, { location }, spec)).rejects.toMatchObject({ code });
    expect((await rows()).length).toBe(3);
  });
});

describe("mergeTable", () => {
  function merge(spec: Omit<MergeSpec, "source">, list: readonly object[]): ReturnType<typeof mergeTable> {
    return mergeTable(site.session, { location }, { source: { rows: list }, ...spec });
  }

  it("runs the first clause that holds", async () => {
    const report = await merge(
      {
        on: "t.id = s.id",
        sourceAlias: "s",
        targetAlias: "t",
        whenMatched: [
          { action: "delete", when: "s.name IS NULL" },
          { action: "update", when: col("s", "n").gt(lit(100)), set: { n: col("t", "n").add(col("s", "n")) } },
          { action: "updateAll", except: ["name"] },
        ],
        whenNotMatched: [
          { action: "insert", when: "s.n < 0", values: { id: "s.id", name: "'negative'" } },
          { action: "insertAll" },
        ],
      },
      [
        { id: 1, name: null, n: 0 },
        { id: 2, name: "x", n: 200 },
        { id: 3, name: "y", n: 5 },
        { id: 4, name: "z", n: -1 },
        { id: 5, name: "new", n: 50 },
      ],
    );
    expect(report.metrics).toMatchObject({ rowsDeleted: 1, rowsUpdated: 2, rowsInserted: 2 });
    expect(await rows()).toEqual([
      { id: 2, name: "b", n: 220 },
      { id: 3, name: "c", n: 5 },
      { id: 4, name: "negative", n: null },
      { id: 5, name: "new", n: 50 },
    ]);
  });

  it("changes rows that the source does not have", async () => {
    const on = "target.id = source.id";
    await merge(
      {
        on,
        whenMatched: [{ action: "updateAll" }],
        whenNotMatchedBySource: [
          { action: "delete", when: "target.n > 25" },
          { action: "update", set: { name: "'gone'" } },
        ],
      },
      [{ id: 1, name: "A", n: 1 }],
    );
    expect(await rows()).toEqual([
      { id: 1, name: "A", n: 1 },
      { id: 2, name: "gone", n: 20 },
    ]);
  });

  it("makes no version when nothing matches", async () => {
    const spec = { on: "target.id = source.id", whenMatched: [{ action: "delete" }] } as const;
    expect(await merge(spec, [{ id: 9 }])).toMatchObject({ status: "unchanged", version: 0, versions: [] });
  });

  it("refuses several rows of the source for one row of the table", async () => {
    const spec = { on: "target.id = source.id", whenMatched: [{ action: "updateAll", when: "true" }] } as const;
    await expect(
      merge(spec, [
        { id: 1, n: 1 },
        { id: 1, n: 2 },
      ]),
    ).rejects.toMatchObject({
      code: "DELTA.MERGE_AMBIGUOUS",
    });
    const remove = { on: "target.id = source.id", whenMatched: [{ action: "delete" }] } as const;
    expect(await merge(remove, [{ id: 1 }, { id: 1 }])).toMatchObject({ metrics: { rowsDeleted: 1 } });
  });

  it.each<[string, Omit<MergeSpec, "source">, string]>([
    ["no clause", { on: "target.id = source.id" }, "DELTA.MERGE_NO_ACTION"],
    ["a blank condition", { on: " ", whenMatched: [{ action: "delete" }] }, "DELTA.PREDICATE_REQUIRED"],
    [
      "one name for both",
      { on: "true", sourceAlias: "x", targetAlias: "x", whenMatched: [{ action: "delete" }] },
      "DELTA.INVALID_SPEC",
    ],
    ["SQL that is none", { on: "target.id =", whenMatched: [{ action: "delete" }] }, "SQL.PARSE_ERROR"],
    [
      "an unknown column",
      { on: "target.key = source.id", whenMatched: [{ action: "delete" }] },
      "FRAME.UNKNOWN_COLUMN",
    ],
    ["an option of the future", { on: "true", mergeSchema: true } as unknown as MergeSpec, "DELTA.INVALID_SPEC"],
  ])("refuses %s", async (_what, spec, code) => {
    await expect(merge(spec, [{ id: 1 }])).rejects.toMatchObject({ code });
    expect((await rows()).length).toBe(3);
  });

  it("needs a table", async () => {
    const spec = { source: { rows: [{ id: 1 }] }, keys: ["id"] };
    await expect(upsertRows(site.session, { location: site.path("gone") }, spec)).rejects.toMatchObject({
      code: "DELTA.TABLE_NOT_FOUND",
    });
  });
});

describe("deleteRows", () => {
  it("removes rows by SQL or an expression", async () => {
    expect(await deleteRows(site.session, { location }, { where: "id = 1" })).toMatchObject({
      operation: "delete",
      version: 1,
      metrics: { rowsDeleted: 1, rowsCopied: 2 },
    });
    await deleteRows(site.session, { location }, { where: col("name").eq("c") });
    expect(await rows()).toEqual([{ id: 2, name: "b", n: 20 }]);
    expect(await deleteRows(site.session, { location }, { where: "id = 77" })).toMatchObject({
      status: "unchanged",
      version: 2,
      metrics: { rowsDeleted: 0 },
    });
    await deleteRows(site.session, { location }, { where: "true" });
    expect(await rows()).toEqual([]);
  });

  it("compares as SQL does", async () => {
    await deleteRows(site.session, { location }, { where: "n / 4.0 < 2.6 OR name IS NULL" });
    expect((await rows()).map((row) => Reflect.get(row, "id"))).toEqual([2, 3]);
  });

  it.each<[string, string, string]>([
    ["", "DELTA.PREDICATE_REQUIRED", "a blank condition"],
    ["id =", "SQL.PARSE_ERROR", "SQL that is none"],
    ["key = 1", "FRAME.UNKNOWN_COLUMN", "an unknown column"],
    ["id + 1", "DELTA.INVALID_SPEC", "a number"],
    ["random() < 2", "DELTA.INVALID_SPEC", "a volatile function"],
  ])("refuses %j: %s", async (where, code) => {
    await expect(deleteRows(site.session, { location }, { where })).rejects.toMatchObject({ code });
    expect((await rows()).length).toBe(3);
  });
});

it("keeps no native handle", async () => {
  const { session } = site;
  await upsertRows(session, { location }, { source: { rows: [{ id: 1, n: 5 }] }, keys: ["id"] });
  await upsertRows(session, { location }, { source: { rows: [{ id: 1, n: "x" }] }, keys: ["id"] }).catch(
    () => undefined,
  );
  await rows();
  const { provider, sink, table: tables } = (await runtimeStats()).handles;
  expect({ provider, sink, tables }).toEqual({ provider: 0, sink: 0, tables: 0 });
});

it("tells how changes went", async () => {
  const hooks = recordingHooks();
  await using session = await openTestSession({ hooks });
  await upsertRows(session, { location }, { source: { rows: [{ id: 1, n: 5 }] }, keys: ["id"], userMetadata: "fix" });
  await deleteRows(session, { location }, { where: "id = 2" });
  expect(hooks.of("delta.committed")).toMatchObject([
    {
      operation: "MERGE",
      mode: null,
      status: "committed",
      readVersion: 0,
      deltaVersion: 1,
      rowsInserted: 0,
      rowsUpdated: 1,
      rowsDeleted: 0,
      rowsCopied: 2,
      commitMetadata: { userMetadata: "fix" },
    },
    { operation: "DELETE", readVersion: 1, deltaVersion: 2, rowsInserted: null, rowsDeleted: 1, rowsCopied: 2 },
  ]);
  expect(hooks.names().filter((name) => name.startsWith("write."))).toEqual([]);
});
