import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ContestantName, type Engine, type RowMode, UnsupportedError } from "../src/contestant.ts";
import { loadContestant } from "../src/contestant-list.ts";
import { wideData } from "../src/data/wide.ts";
import { digestOf } from "../src/digest.ts";
import { findProgram } from "../src/program-path.ts";
import { wideDigest } from "../src/wide-row.ts";
import { columnsDigest } from "../src/workloads/wide-touch.ts";

const rows = 3000;
const limits = { threads: 2, partitions: 2, memoryGiB: 1 };
const wideSql = "SELECT id, ratio, name, moment, amount FROM wide";
const present: readonly ContestantName[] = [
  "deltafuse",
  "duckdb",
  "polars",
  ...(findProgram("deltafuse-floor") === null ? [] : (["floor"] as const)),
];

/** A value of every kind, and what it is in a digest. The moments are one, at noon in Berlin, to the microsecond. */
const kinds = {
  "id int": ["1", "1"],
  "moment timestamp": ["to_timestamp_micros(1709290800250123)", "1709290800250123"],
  "early timestamp": ["arrow_cast(-26398799750001, 'Timestamp(Microsecond, None)')", "-26398799750001"],
  "zoned timestamp": [
    `arrow_cast('2024-03-01T12:00:00.250123+01:00', 'Timestamp(Microsecond, Some("Europe/Berlin"))')`,
    "1709290800250123",
  ],
  "day date": ["DATE '2024-02-29'", "2024-02-29"],
  "flag boolean": ["true", "true"],
  "amount decimal": ["CAST('-1.50' AS DECIMAL(15, 2))", "-1.50"],
  "code text": ["arrow_cast('red', 'Dictionary(Int32, Utf8)')", "red"],
  "list nested": ["make_array(1, 2)", '["1","2"]'],
  "pair nested": ["named_struct('name', 'a', 'ratio', 0.5)", '{"name":"a","ratio":"0.5"}'],
} as const;

/** A row of values and one of nothing. */
async function writeKinds(path: string): Promise<void> {
  const columns = Object.entries(kinds).map(([column, [sql]]) => `${sql} AS ${column.split(" ")[0]}`);
  const nothing = columns.map((_, column) => (column === 0 ? "2" : "NULL"));
  const sql = `SELECT ${columns.join(", ")} UNION ALL SELECT ${nothing.join(", ")}`;
  await opened("deltafuse").writeParquet({ sql, path, partitionBy: [] });
}

let folder: string;
const engines = new Map<ContestantName, Engine>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "deltafuse-contestants-"));
  await wideData.make({ folder, scale: rows, seed: 1 });
  const tables = Object.fromEntries(
    Object.entries(wideData.tables).map(([name, { path, format }]) => [name, { path: join(folder, path), format }]),
  );
  for (const name of present) {
    engines.set(
      name,
      await (await loadContestant(name)).open({ tables, limits, externalBuffers: true, scratch: folder }),
    );
  }
}, 120_000);

afterAll(async () => {
  for (const engine of engines.values()) await engine.close();
  await rm(folder, { recursive: true, force: true });
});

const opened = (name: ContestantName): Engine => {
  const engine = engines.get(name);
  if (engine === undefined) throw new Error(`${name} is not open.`);
  return engine;
};

const cases = present.map((name) => [name] as const);

async function rowsDigest(engine: Engine, mode: RowMode): Promise<string> {
  const digest = wideDigest();
  await engine.rowCells({ sql: wideSql, mode }, digest.add);
  return digest.text;
}

describe("a contestant", () => {
  it.each(cases)("%s has the threads that it was given", async (name) => {
    expect(await opened(name).settings()).toMatchObject({ threads: "2" });
  });

  it.each(cases)("%s reads every value of its columns as DeltaFuse does", async (name) => {
    const found = await columnsDigest(opened(name));
    expect(found).toMatchObject({ rows });
    expect(found).toEqual(await columnsDigest(opened("deltafuse")));
    expect(await opened(name).columns(wideSql)).toMatchObject({ rows });
  });

  it.each(cases)("%s makes the same table of a query", async (name) => {
    const sql = `SELECT count(*) AS n, sum(amount) AS amount, max(moment) AS latest, avg(ratio) AS ratio, min(name) AS name FROM wide`;
    const [table, wanted] = [await opened(name).table(sql), await opened("deltafuse").table(sql)];
    expect(digestOf(table, { ordered: true })).toEqual(digestOf(wanted, { ordered: true }));
  });

  it.each(cases)("%s gives times with and without a zone, dates, nested and coded values as all do", async (name) => {
    const path = join(folder, "kinds.parquet");
    if (!existsSync(path)) await writeKinds(path);
    const tables = { kinds: { path, format: "parquet" } } as const;
    const reader = await (await loadContestant(name)).open({ tables, limits, externalBuffers: true, scratch: folder });
    // nodejs-polars has no values for a struct.
    const known = Object.entries(kinds).filter(([column]) => name !== "polars" || !column.startsWith("pair"));
    const names = known.map(([column]) => column.split(" ")[0]).join(", ");
    try {
      const { cells } = digestOf(await reader.table(`SELECT ${names} FROM kinds ORDER BY id`), { ordered: true });
      const values = known.map(([, [, text]]) => text);
      const nothing = known.map((_, column) => (column === 0 ? "2" : "∅"));
      expect(cells).toEqual({ columns: known.map(([column]) => column), rows: [values, nothing] });
    } finally {
      await reader.close();
    }
  });

  it.each(["exact", "plain", "json", "numbers"] as const)(
    "makes rows in the form %s, equal in all that have it",
    async (mode) => {
      const wanted = wideDigest();
      await opened("deltafuse").columnCells(wideSql, wanted.add);
      const found = await Promise.all(
        present.map(async (name) => {
          const text = await rowsDigest(opened(name), mode).catch((error: unknown) => error);
          return [name, text instanceof UnsupportedError ? "unsupported" : text] as const;
        }),
      );
      const forms: Readonly<Partial<Record<ContestantName, string>>> = {
        ...(mode === "plain" || mode === "numbers" ? {} : { polars: "unsupported" }),
        ...(present.includes("floor") ? { floor: "unsupported" } : {}),
      };
      expect(Object.fromEntries(found)).toEqual({
        deltafuse: wanted.text,
        duckdb: wanted.text,
        polars: wanted.text,
        ...forms,
      });
    },
  );

  it.each(cases)("%s writes one Parquet file of all rows", async (name) => {
    const path = join(folder, `${name}.parquet`);
    expect(await opened(name).writeParquet({ sql: wideSql, path, partitionBy: [] })).toMatchObject({ rows });
    const written = join(folder, `${name}-tables`);
    const tables = { written: { path, format: "parquet" } } as const;
    const reader = await (
      await loadContestant("duckdb")
    ).open({ tables, limits, externalBuffers: true, scratch: written });
    try {
      const count = await reader.table("SELECT count(*) AS n, count(DISTINCT id) AS ids FROM written");
      expect(count.rows).toEqual([[BigInt(rows), BigInt(rows)]]);
    } finally {
      await reader.close();
    }
  });

  it.each(cases.filter(([name]) => ["deltafuse", "duckdb"].includes(name)))("%s prepares", async (name) => {
    const statement = await opened(name).prepare("SELECT id FROM wide WHERE id >= $1 AND id < $2");
    expect(await statement.run([10, 13])).toEqual({ rows: 3 });
    expect(await statement.run([10, 10])).toEqual({ rows: 0 });
    await statement.close();
  });

  it.each(cases.filter(([name]) => name !== "floor"))("%s takes rows of a program in", async (name) => {
    const moment = new Date("2024-02-29T12:00:00.250Z");
    const engine = opened(name);
    const given = Array.from({ length: 3000 }, (_, at) => ({ left: at / 8, right: -at, name: `row ${at}`, moment }));
    expect(await engine.ingest(given)).toMatchObject({ rows: 3000 });
    const table = await engine.table(
      `SELECT count(*) AS n, sum("left") AS l, sum("right") AS r, max(name) AS name, max(moment) AS moment FROM ingested`,
    );
    const { cells } = digestOf(table, { ordered: true });
    expect(cells?.rows).toEqual([["3000", "562312.5", "-4498500", "row 999", String(moment.getTime() * 1000)]]);
    await engine.dropIngested();
  });
});

describe("a contestant that cannot do something", () => {
  it("says why", async () => {
    await expect(opened("duckdb").delta()).rejects.toEqual(
      new UnsupportedError("DuckDB does not change Delta tables."),
    );
    await expect(opened("polars").firstBatch(wideSql)).rejects.toBeInstanceOf(UnsupportedError);
    await expect(opened("polars").table("SELECT no SQL at all FROM")).rejects.toBeInstanceOf(UnsupportedError);
  });
});
