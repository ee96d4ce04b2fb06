import { groupKeys } from "../data/wide.ts";
import type { DataNeed, Suite, Workload } from "../workload.ts";
import { everySuite, outsideGate, type QuerySpec, queryWorkload, wideNeed, wideSql } from "./query-workload.ts";

const few = " WHERE id < 20000";

const fiveAggregates =
  "SELECT count(*) AS n, sum(id) AS ids, avg(ratio) AS ratio, max(moment) AS latest, sum(amount) AS amount FROM wide";

type ScanSpec = Pick<QuerySpec, "title" | "sql" | "ordered"> & Partial<QuerySpec>;

const parquet = (name: string, spec: ScanSpec): Workload =>
  queryWorkload({
    id: `scan.parquet.${name}`,
    family: "scan.parquet",
    suites: outsideGate,
    contestants: ["deltafuse", "floor", "duckdb", "polars"],
    data: [wideNeed],
    ceilings: ["floor"],
    ...spec,
  });

const parquetScans: readonly Workload[] = [
  parquet("full", { title: "all columns", sql: wideSql, digestSql: `${wideSql}${few}`, ordered: false }),
  parquet("projected", {
    title: "two columns",
    sql: "SELECT id, ratio FROM wide",
    digestSql: `SELECT id, ratio FROM wide${few}`,
    ordered: false,
  }),
  parquet("filtered", {
    title: "one row of a hundred",
    sql: "SELECT id, name FROM wide WHERE amount < 100000",
    ordered: false,
  }),
  parquet("top-k", {
    title: "the 100 largest",
    sql: "SELECT id, ratio FROM wide ORDER BY ratio DESC, id LIMIT 100",
    ordered: true,
  }),
  parquet("count", { title: "count(*)", sql: "SELECT count(*) AS n FROM wide", ordered: true }),
  parquet("aggregates", {
    title: "five aggregates",
    sql: fiveAggregates,
    ordered: true,
  }),
  parquet("aggregates-cold", {
    title: "five aggregates in a session that has read nothing",
    sql: fiveAggregates,
    ordered: true,
    fresh: true,
    keepPlan: false,
  }),
  parquet("join", {
    title: "join and group by",
    sql: `SELECT g.category, count(*) AS n, sum(w.amount) AS amount, avg(w.ratio) AS ratio, min(w.name) AS name
      FROM wide AS w JOIN groups AS g ON w.id % ${groupKeys} = g.key GROUP BY g.category ORDER BY g.category`,
    ordered: true,
  }),
];

const orders: DataNeed = { set: "delta-orders", scale: { smoke: 20_000, gate: 1_000_000, full: 5_000_000 } };
const files = (count: number): DataNeed => ({
  set: `delta-files-${count}`,
  scale: { smoke: 20_000, gate: 1_000_000, full: 1_000_000 },
});

const groupsOf = (table: string): string =>
  `SELECT region, count(*) AS n, sum(total) AS total, max(order_date) AS latest FROM ${table} GROUP BY region ORDER BY region`;

const rangeOf = (table: string): string =>
  `SELECT count(*) AS n, sum(total) AS total FROM ${table} WHERE order_key BETWEEN 3000 AND 3100`;

const delta = (name: string, spec: ScanSpec): Workload =>
  queryWorkload({
    id: `scan.delta.${name}`,
    family: "scan.delta",
    suites: everySuite,
    contestants: ["deltafuse", "floor", "duckdb"],
    data: [orders],
    ceilings: ["floor"],
    ...spec,
  });

const inSuites = (suites: readonly Suite[]): { readonly suites: readonly Suite[] } => ({ suites });

const deltaScans: readonly Workload[] = [
  delta("listing", { title: "the files as a listing table", sql: groupsOf("orders_listing"), ordered: true }),
  delta("full", {
    title: "a Delta table of the same files",
    sql: groupsOf("orders_delta"),
    ordered: true,
    ceilings: ["floor", "scan-delta.listing"],
    against: "scan.delta.listing",
  }),
  delta("full-cold", {
    title: "a Delta table in a session that has read nothing",
    suites: outsideGate,
    sql: groupsOf("orders_delta"),
    ordered: true,
    fresh: true,
    keepPlan: false,
  }),
  delta("deletion-vectors", {
    title: "a Delta table with one row of a hundred deleted",
    data: [{ set: "delta-vectors", scale: { smoke: 20_000, gate: 1_000_000, full: 1_000_000 } }],
    sql: groupsOf("orders_vectors"),
    ordered: true,
  }),
  delta("partition-listing", {
    title: "the files of one partition as a listing table",
    sql: "SELECT count(*) AS n, sum(total) AS total FROM orders_partition",
    ordered: true,
  }),
  delta("partition-pruned", {
    title: "one partition of 200",
    sql: "SELECT count(*) AS n, sum(total) AS total FROM orders_partitions WHERE region = 'r017'",
    ordered: true,
  }),
  ...([10, 100, 1000] as const).flatMap((count) => {
    const where = inSuites(count === 10 ? ["smoke"] : count === 100 ? ["gate", "full"] : ["full"]);
    const table = `files_${count}`;
    const shared = { ...where, data: [files(count)], ordered: true };
    return [
      delta(`listing-${count}`, {
        ...shared,
        title: `${count} files as a listing table`,
        sql: groupsOf(`${table}_listing`),
      }),
      delta(`files-${count}`, {
        ...shared,
        title: `a Delta table of ${count} files`,
        sql: groupsOf(table),
        ceilings: ["floor", "scan-delta.listing"],
        against: `scan.delta.listing-${count}`,
        // The log has the files in an order of its own.
        keepPlan: false,
      }),
      delta(`range-listing-${count}`, {
        ...shared,
        title: `a range of keys in one of ${count} files of a listing table`,
        sql: rangeOf(`${table}_listing`),
        keepPlan: false,
      }),
      delta(`stats-pruned-${count}`, {
        ...shared,
        title: `a range of keys in one of ${count} files`,
        sql: rangeOf(table),
        ceilings: ["floor", "scan-delta.listing"],
        against: `scan.delta.range-listing-${count}`,
      }),
    ];
  }),
];

/** Queries that spend their time on reading. */
export const scanWorkloads: readonly Workload[] = [...parquetScans, ...deltaScans];
