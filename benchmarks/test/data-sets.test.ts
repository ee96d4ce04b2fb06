import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { duckdb } from "../src/contestants/duckdb.ts";
import { dataSets } from "../src/data-list.ts";
import { csvLine, eventRows } from "../src/data/event-row.ts";
import { eventsData } from "../src/data/events.ts";
import { groupbyData } from "../src/data/groupby.ts";
import { hitsData } from "../src/data/hits.ts";
import { shapesData } from "../src/data/shapes.ts";
import { wideData } from "../src/data/wide.ts";
import type { DataSet } from "../src/data-set.ts";
import { workloads } from "../src/workload-list.ts";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "deltafuse-data-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function hashesOf(set: DataSet, scale: number): Promise<Readonly<Record<string, string>>> {
  const target = await mkdtemp(join(folder, `${set.id}-`));
  await set.make({ folder: target, scale, seed: 1 });
  const tables = Object.entries(set.tables).map(async ([name, { path }]) => {
    return [
      name,
      createHash("sha256")
        .update(await readFile(join(target, path)))
        .digest("hex"),
    ] as const;
  });
  return Object.fromEntries(await Promise.all(tables));
}

describe("data that is made locally", () => {
  it.each([wideData, shapesData, hitsData, groupbyData, eventsData].map((set) => [set.id, set] as const))(
    "%s has the same bytes every time, and others at another scale",
    { timeout: 120_000 },
    async (_id, set) => {
      const [first, second, larger] = [await hashesOf(set, 500), await hashesOf(set, 500), await hashesOf(set, 700)];
      expect(second).toEqual(first);
      expect(Object.keys(first)).toEqual(Object.keys(set.tables));
      expect(larger).not.toEqual(first);
    },
  );

  it("has events with nested members and nulls, whose records of CSV have quotes where they are needed", () => {
    const rows = [...eventRows(200, 1)];
    expect(rows.filter(({ person }) => person.city === null).length).toBeGreaterThan(0);
    expect(rows.filter(({ value }) => value === null).length).toBeGreaterThan(0);
    expect(new Set(rows.map(({ tags }) => tags.length))).toEqual(new Set([1, 2, 3]));
    const event = {
      id: 7,
      kind: "open",
      person: { name: 'Kim "the Owl"', city: null },
      tags: [],
      value: 1.5,
      note: "a, b",
    };
    expect(csvLine(event)).toBe('7,open,"Kim ""the Owl""",,1.5,"a, b"');
  });

  it("is all wanted by workloads", () => {
    const wanted = new Set(workloads.flatMap(({ data }) => data.map(({ set }) => set)));
    expect(dataSets.map(({ id }) => id).filter((id) => !wanted.has(id))).toEqual([]);
  });

  it("has the columns that its queries need: five of wide, 105 of hits", async () => {
    const [wide, hits] = [join(folder, "wide"), join(folder, "hits")];
    const columnsOf = async (set: DataSet, target: string) => {
      await mkdir(target);
      await set.make({ folder: target, scale: 10, seed: 1 });
      const tables = Object.fromEntries(
        Object.entries(set.tables).map(([name, { path, format }]) => [name, { path: join(target, path), format }]),
      );
      const engine = await duckdb.open({
        tables,
        limits: { threads: 1, partitions: 1, memoryGiB: 1 },
        externalBuffers: true,
        scratch: folder,
      });
      try {
        return (await engine.table(`SELECT * FROM ${set.id}`)).columns;
      } finally {
        await engine.close();
      }
    };
    expect(await columnsOf(wideData, wide)).toEqual([
      { name: "id", type: "int" },
      { name: "ratio", type: "float" },
      { name: "name", type: "text" },
      { name: "moment", type: "timestamp" },
      { name: "amount", type: "decimal" },
    ]);
    expect(await columnsOf(hitsData, hits)).toHaveLength(105);
  });
});
