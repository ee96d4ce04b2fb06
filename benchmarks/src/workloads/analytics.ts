import type { DataNeed, Workload } from "../workload.ts";
import { outsideGate, queryWorkload } from "./query-workload.ts";
import { namedQueries } from "./sql-text.ts";

interface Family {
  readonly name: "hits" | "groupby";
  readonly data: DataNeed;
  readonly ordered: boolean;
}

const familyWorkloads = ({ name, data, ordered }: Family): readonly Workload[] =>
  namedQueries(`${name}.sql`).map(([query, sql]) =>
    queryWorkload({
      id: `${name}.${query}`,
      family: name,
      title: `${name}, query ${query}`,
      suites: outsideGate,
      contestants: ["deltafuse", "floor", "duckdb", "polars"],
      data: [data],
      sql,
      ordered,
      ceilings: ["floor", `${name}.geomean`],
      watch: ["rss"],
    }),
  );

/** Queries of web analytics, and groups and joins with few and with many keys. */
export const analyticsWorkloads: readonly Workload[] = [
  ...familyWorkloads({
    name: "hits",
    data: { set: "hits", scale: { smoke: 10_000, gate: 1_000_000, full: 10_000_000 } },
    ordered: true,
  }),
  ...familyWorkloads({
    name: "groupby",
    data: { set: "groupby", scale: { smoke: 10_000, gate: 1_000_000, full: 10_000_000 } },
    ordered: false,
  }),
];
