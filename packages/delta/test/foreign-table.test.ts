import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeDataset } from "@deltafuse/dataset-io/write";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readTable } from "../src/scan.ts";
import { rowsOf, type TestSite, testSite } from "./test-session.ts";

let site: TestSite;
let location: string;

beforeEach(async () => {
  site = await testSite();
  location = site.path("table");
  mkdirSync(join(location, "_delta_log"), { recursive: true });
});
afterEach(() => site[Symbol.asyncDispose]());

interface DataFile {
  readonly name: string;
  /** What it holds. */
  readonly sql: string;
  readonly partitionValues?: Readonly<Record<string, string>>;
  readonly deletionVector?: object;
}

/** Writes data files, and tells the actions that add them. */
async function added(files: readonly DataFile[]): Promise<readonly object[]> {
  const actions: object[] = [];
  for (const { name, sql, partitionValues = {}, deletionVector } of files) {
    await writeDataset(site.session, { source: { sql }, target: join(location, name) });
    const { size } = statSync(join(location, name));
    const vector = deletionVector === undefined ? {} : { deletionVector };
    actions.push({ add: { path: name, partitionValues, size, modificationTime: 0, dataChange: true, ...vector } });
  }
  return actions;
}

interface LogStart {
  readonly protocol: object;
  readonly fields: readonly object[];
  readonly partitionColumns?: readonly string[];
  readonly configuration?: Readonly<Record<string, string>>;
}

/** Writes version 0 as another writer would. */
function commit(
  { protocol, fields, partitionColumns = [], configuration = {} }: LogStart,
  adds: readonly object[],
): void {
  const metaData = {
    id: "6f2f5a4e-0000-4000-8000-000000000001",
    format: { provider: "parquet", options: {} },
    schemaString: JSON.stringify({ type: "struct", fields }),
    partitionColumns,
    configuration,
    createdTime: 0,
  };
  const lines = [{ protocol }, { metaData }, ...adds].map((action) => JSON.stringify(action));
  writeFileSync(join(location, "_delta_log", "00000000000000000000.json"), `${lines.join("\n")}\n`);
}

const plainProtocol = { minReaderVersion: 1, minWriterVersion: 2 };

function column(name: string, type: string, metadata: object = {}): object {
  return { name, type, nullable: true, metadata };
}

const z85 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";

/** Bytes, four by four, as five characters. */
function z85Text(bytes: Buffer): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 4) {
    let word = bytes.readUInt32BE(at);
    let digits = "";
    for (let digit = 0; digit < 5; digit += 1) {
      digits = `${z85[word % 85]}${digits}`;
      word = Math.floor(word / 85);
    }
    text += digits;
  }
  return text;
}

/** A deletion vector in the log itself, of one row below 2^16: a bitmap of one array of one number. */
function deletedRow(row: number): object {
  const bytes = Buffer.alloc(36);
  bytes.writeUInt32LE(1_681_511_377, 0);
  bytes.writeBigUInt64LE(1n, 4);
  bytes.writeUInt32LE(12_346, 16);
  bytes.writeUInt32LE(1, 20);
  bytes.writeUInt32LE(16, 28);
  bytes.writeUInt16LE(row, 32);
  return { storageType: "i", pathOrInlineDv: z85Text(bytes), sizeInBytes: 34, cardinality: 1 };
}

async function operators(): Promise<string> {
  const frame = await readTable(site.session, { location });
  return frame.explain();
}

describe("a table of another writer", () => {
  const abc = "SELECT * FROM (VALUES (1, 'a'), (2, 'b'), (3, 'c')) AS t(id, name)";
  const idAndName = [column("id", "long"), column("name", "string")];

  it("is read from its files alone where they hold its rows as they are", async () => {
    commit({ protocol: plainProtocol, fields: idAndName }, await added([{ name: "one.parquet", sql: abc }]));
    expect(await rowsOf(site.session, { location })).toEqual([
      { id: 1, name: "a" },
      { id: 2, name: "b" },
      { id: 3, name: "c" },
    ]);
    const plan = await operators();
    expect(plan).toContain("DataSourceExec");
    expect(plan).not.toContain("DeltaScanExec");
  });

  it("has nulls where a file is older than a column", async () => {
    const files = await added([
      { name: "old.parquet", sql: "SELECT 1::bigint AS id" },
      { name: "new.parquet", sql: "SELECT 'b' AS name, 2::bigint AS id" },
    ]);
    commit({ protocol: plainProtocol, fields: idAndName }, files);
    expect(await rowsOf(site.session, { location })).toEqual([
      { id: 1, name: null },
      { id: 2, name: "b" },
    ]);
  });

  it("has the values of its partitions", async () => {
    const files = await added([
      { name: "a.parquet", sql: "SELECT 1::bigint AS id", partitionValues: { name: "a" } },
      { name: "b.parquet", sql: "SELECT 2::bigint AS id", partitionValues: { name: "b" } },
    ]);
    commit({ protocol: plainProtocol, fields: idAndName, partitionColumns: ["name"] }, files);
    expect(await rowsOf(site.session, { location })).toEqual([
      { id: 1, name: "a" },
      { id: 2, name: "b" },
    ]);
    const frame = await readTable(site.session, { location });
    expect(await frame.select("id").sort("id").rows({ values: "plain" })).toEqual([{ id: 1 }, { id: 2 }]);
  });

  it("lacks the rows that its deletion vectors name", async () => {
    const protocol = {
      minReaderVersion: 3,
      minWriterVersion: 7,
      readerFeatures: ["deletionVectors"],
      writerFeatures: ["deletionVectors"],
    };
    const configuration = { "delta.enableDeletionVectors": "true" };
    const files = await added([{ name: "one.parquet", sql: abc, deletionVector: deletedRow(1) }]);
    commit({ protocol, fields: idAndName, configuration }, files);
    expect(await rowsOf(site.session, { location })).toEqual([
      { id: 1, name: "a" },
      { id: 3, name: "c" },
    ]);
    const frame = await readTable(site.session, { location });
    expect(await frame.count()).toBe(2);
  });

  it("has the names of its columns, not those in its files", async () => {
    const mapped = (name: string, type: string, id: number, physical: string): object =>
      column(name, type, { "delta.columnMapping.id": id, "delta.columnMapping.physicalName": physical });
    const start = {
      protocol: { minReaderVersion: 2, minWriterVersion: 5 },
      // The names are those of the files, the other way round.
      fields: [mapped("id", "long", 1, "name"), mapped("name", "long", 2, "id")],
      configuration: { "delta.columnMapping.mode": "name", "delta.columnMapping.maxColumnId": "2" },
    };
    commit(start, await added([{ name: "one.parquet", sql: "SELECT 1::bigint AS name, 2::bigint AS id" }]));
    expect(await rowsOf(site.session, { location })).toEqual([{ id: 1, name: 2 }]);
  });
});
