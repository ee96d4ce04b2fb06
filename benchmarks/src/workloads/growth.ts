import type { DataNeed, Workload } from "../workload.ts";
import { groupKeys } from "../data/wide.ts";
import { type QuerySpec, queryWorkload, sampleOf, wideSql } from "./query-workload.ts";
import { wideTouch } from "./wide-touch.ts";

const suites = ["smoke", "full"] as const;
const wide: DataNeed = { set: "wide", scale: { smoke: 20_000, gate: 10_000_000, full: 10_000_000 } };

/** Rows of results: ten times as many in every step. */
const rowCounts = [1000, 10_000, 100_000, 1_000_000, 10_000_000] as const;
const smallest = (count: number): Workload["suites"] => (count <= 10_000 ? suites : ["full"]);

type GrowthSpec = Pick<QuerySpec, "id" | "title" | "suites" | "data" | "sql" | "ordered"> & Partial<QuerySpec>;

const growing = (spec: GrowthSpec): Workload =>
  queryWorkload({
    family: "growth",
    contestants: ["deltafuse", "floor", "duckdb"],
    alone: true,
    watch: ["rss"],
    keepPlan: false,
    ceilings: [],
    ...spec,
  });

const limited = (count: number): string => `${wideSql} WHERE id < ${count}`;

const columnsOut = rowCounts.map((count) =>
  growing({
    id: `growth.columns-${count}`,
    title: `${count} rows out as columns`,
    suites: smallest(count),
    data: [wide],
    sql: limited(count),
    digestSql: limited(1000),
    ordered: false,
  }),
);

const rowsOut = rowCounts.map((count): Workload => ({
  ...growing({
    id: `growth.rows-${count}`,
    title: `${count} rows out as objects`,
    suites: smallest(count),
    data: [wide],
    sql: limited(count),
    digestSql: limited(1000),
    ordered: false,
  }),
  contestants: ["deltafuse", "duckdb"],
  setup: (engine) =>
    Promise.resolve({
      run: async () => {
        const touch = wideTouch();
        await engine.rows({ sql: limited(count), mode: "exact" }, touch.visit);
        return { answer: touch.answer() };
      },
    }),
}));

const partitions = ([1, 2, 4] as const).map((count) =>
  growing({
    id: `growth.partitions-${count}`,
    title: `join and group by with ${count} partitions`,
    suites,
    contestants: ["deltafuse", "floor"],
    data: [wide],
    sql: `SELECT g.category, count(*) AS n, sum(w.amount) AS amount FROM wide AS w JOIN groups AS g ON w.id % ${groupKeys} = g.key
      GROUP BY g.category ORDER BY g.category`,
    ordered: true,
    limits: { partitions: count },
  }),
);

const files = ([10, 100, 1000, 10_000] as const).map((count) =>
  growing({
    id: `growth.delta-files-${count}`,
    title: `a Delta table of ${count} files`,
    suites: count === 10 ? suites : ["full"],
    contestants: ["deltafuse", "floor"],
    data: [{ set: `delta-files-${count}`, scale: { smoke: 20_000, gate: 1_000_000, full: 1_000_000 } }],
    sql: `SELECT region, count(*) AS n, sum(total) AS total FROM files_${count} GROUP BY region ORDER BY region`,
    ordered: true,
  }),
);

const commits = ([10, 100, 1000] as const).map((count): Workload => ({
  ...growing({
    id: `growth.delta-commits-${count}`,
    title: `open a Delta table of ${count} commits`,
    suites: count === 10 ? suites : ["full"],
    contestants: ["deltafuse", "floor"],
    data: [{ set: `delta-commits-${count}`, scale: { smoke: 1000, gate: 100_000, full: 100_000 } }],
    sql: `SELECT count(*) AS n FROM commits_${count}`,
    ordered: true,
  }),
  setup: async (engine, { tables }) => {
    const delta = await engine.delta();
    const path = tables[`commits_${count}`]?.path ?? "";
    return { run: async () => sampleOf(await delta.open(path)) };
  },
}));

/** One thing grows, all else stays: how time and memory follow. */
export const growthWorkloads: readonly Workload[] = [...columnsOut, ...rowsOut, ...partitions, ...files, ...commits];
