import type { ResultTable } from "../digest.ts";
import type { Workload, WorkloadContext } from "../workload.ts";
import { everySuite, queryWorkload, type QuerySpec } from "./query-workload.ts";
import { queryText } from "./sql-text.ts";

const numbers: readonly number[] = Array.from({ length: 22 }, (_, index) => index + 1);

/** Averages and quotients: engines keep different digits of them, the official answers two. */
const rounded: ReadonlySet<string> = new Set([
  "avg_qty",
  "avg_price",
  "avg_disc",
  "mkt_share",
  "promo_revenue",
  "avg_yearly",
]);

/**
 * Queries that polars takes with explicit joins and with sums of dates written out. Decimals are multiplied as float64, since
 * polars keeps two digits of a product of decimals and so finds other results.
 */
const polarsQueries: ReadonlySet<number> = new Set([1, 3, 5, 6, 7, 10, 12, 14]);

/** The result with averages and quotients at two digits behind the point. */
function printed({ columns, rows }: ResultTable): ResultTable {
  const isRounded = columns.map(({ name }) => rounded.has(name));
  return {
    columns: columns.map((column, at) => (isRounded[at] === true ? { ...column, type: "decimal" } : column)),
    rows: rows.map((row) =>
      row.map((cell, at) => (isRounded[at] === true && cell !== null ? Number(cell).toFixed(2) : cell)),
    ),
  };
}

/** The official text of a query, with the fraction of query 11 for the scale factor. */
function officialText(number: number): (scales: WorkloadContext["scales"]) => string {
  const text = queryText(`tpch/q${number}.sql`);
  return ({ tpch = 1 }) => text.replace("<fraction>", (0.0001 / tpch).toFixed(10));
}

const official = (
  number: number,
  spec: Pick<QuerySpec, "family" | "suites" | "data" | "ceilings"> & Partial<QuerySpec>,
): Workload =>
  queryWorkload({
    id: `${spec.family}.q${number}`,
    title: `TPC-H query ${number}`,
    contestants: ["deltafuse", "floor", "duckdb", "polars"],
    sql: officialText(number),
    ...(polarsQueries.has(number) ? { dialects: { polars: queryText(`tpch-polars/q${number}.sql`) } } : {}),
    ordered: true,
    watch: ["rss"],
    // 22 queries and four contestants: the rounds make up for fewer runs of each.
    repetition: { warmUps: 1, leastRuns: 3, leastMs: 300 },
    shape: printed,
    ...spec,
  });

/** The 22 queries of TPC-H. */
export const tpchWorkloads: readonly Workload[] = numbers.map((number) => ({
  confirmedBy: "duckdb",
  ...official(number, {
    family: "tpch",
    suites: everySuite,
    data: [{ set: "tpch", scale: { smoke: 0.1, gate: 1, full: 1 } }],
    ceilings: ["floor", "tpch.geomean", "tpch.worst", ...(polarsQueries.has(number) ? ["tpch.polars-sum"] : [])],
  }),
}));

const large = { suites: ["full"], data: [{ set: "tpch", scale: { smoke: 0.1, gate: 1, full: 10 } }] } as const;

/** The same at scale factor 10, under the memory limit of all contestants and under a quarter of it. */
export const largeTpchWorkloads: readonly Workload[] = [
  ...numbers.map((number) =>
    official(number, { ...large, family: "tpch-sf10", alone: true, keepPlan: false, ceilings: ["tpch-sf10.geomean"] }),
  ),
  ...numbers.map((number) =>
    official(number, {
      ...large,
      family: "tpch-sf10-1gib",
      title: `TPC-H query ${number} under 1 GiB`,
      contestants: ["deltafuse", "floor", "duckdb"],
      limits: { memoryGiB: 1 },
      alone: true,
      keepPlan: false,
      ceilings: [],
    }),
  ),
];
