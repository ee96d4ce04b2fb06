import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ContestantName, DeltaEngine, Engine } from "../src/contestant.ts";
import { loadContestant } from "../src/contestant-list.ts";
import { deltaCommits, deltaOrders, ordersSql } from "../src/data/delta.ts";
import { digestOf } from "../src/digest.ts";
import { findProgram } from "../src/program-path.ts";

const limits = { threads: 2, partitions: 2, memoryGiB: 1 };
const rows = 1000;
const commits = 12;
const present: readonly ContestantName[] = [
  "deltafuse",
  ...(findProgram("deltafuse-floor") === null ? [] : (["floor"] as const)),
];
const cases = present.map((name) => [name] as const);

let folder: string;
const engines = new Map<ContestantName, Engine>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "deltafuse-delta-"));
  await deltaOrders.make({ folder, scale: rows, seed: 1 });
  await deltaCommits(commits).make({ folder, scale: rows, seed: 1 });
  const tables = { orders_delta: { path: join(folder, "orders"), format: "delta" } } as const;
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

async function deltaOf(name: ContestantName): Promise<DeltaEngine> {
  const engine = engines.get(name);
  if (engine === undefined) throw new Error(`${name} is not open.`);
  return engine.delta();
}

async function copyOf(name: string): Promise<string> {
  const path = await mkdtemp(join(folder, "copy-"));
  await cp(join(folder, name), path, { recursive: true });
  return path;
}

const sums = "SELECT count(*) AS n, sum(order_key) AS keys, sum(total) AS total, min(comment) AS first FROM changed";

async function cellsOf(delta: DeltaEngine, path: string): Promise<readonly string[] | undefined> {
  const { cells } = digestOf(await delta.table(path, sums), { ordered: true });
  return cells?.rows[0]?.map(String);
}

describe("Delta tables", () => {
  it.each(cases)(
    "%s opens a table at its newest version, and brings one up to date that is a commit behind",
    async (name) => {
      const delta = await deltaOf(name);
      const path = await copyOf("plain");
      expect(await delta.open(path)).toMatchObject({ rows: commits - 1 });
      const stale = await delta.stale(path);
      expect(await stale.refresh()).toMatchObject({ rows: commits - 1 });
      await stale.close();
    },
  );

  it.each(cases)("%s merges, deletes, appends and overwrites", async (name) => {
    const delta = await deltaOf(name);
    const path = await copyOf("orders");
    const before = await cellsOf(delta, path);
    expect(before?.slice(0, 2)).toEqual(["1000", "499500"]);
    const on = "target.order_key = source.order_key";
    expect(await delta.merge({ sql: ordersSql(990, 20), path, on })).toMatchObject({ rows: 20 });
    expect((await cellsOf(delta, path))?.[0]).toBe("1010");
    expect(await delta.delete(path, "order_key >= 1000")).toMatchObject({ rows: 10 });
    expect(await cellsOf(delta, path)).toEqual(before);
    const write = { sql: ordersSql(1000, 5), path, partitionBy: [] };
    expect(await delta.write({ ...write, mode: "append" })).toMatchObject({ rows: 5 });
    expect((await cellsOf(delta, path))?.slice(0, 2)).toEqual(["1005", "504510"]);
    expect(await delta.write({ ...write, mode: "overwrite" })).toMatchObject({ rows: 5 });
    expect((await cellsOf(delta, path))?.slice(0, 2)).toEqual(["5", "5010"]);
  });

  it.each(cases)("%s updates a column of the rows that a condition names", async (name) => {
    const delta = await deltaOf(name);
    const path = await copyOf("orders");
    const update = { path, where: "order_key % 100 = 3", column: "comment", value: "'a comment'" };
    expect(await delta.update(update)).toMatchObject({ rows: 10 });
    expect(await cellsOf(delta, path)).toMatchObject({ 0: "1000", 1: "499500", 3: "a comment" });
  });

  it.each(cases)("%s appends rows as they come out of an iterable", async (name) => {
    const delta = await deltaOf(name);
    const path = join(folder, `streamed-${name}`);
    const write = { sql: ordersSql(0, 100), path, mode: "append", partitionBy: [] } as const;
    expect(await delta.writeStreamed(write)).toMatchObject({ rows: 100 });
    expect((await cellsOf(delta, path))?.slice(0, 2)).toEqual(["100", "4950"]);
  });
});
