import { performance } from "node:perf_hooks";
import type { Ran } from "../contestant.ts";
import { digestOf } from "../digest.ts";
import { percentile } from "../percentile.ts";
import type { Sample, Workload } from "../workload.ts";
import { everySuite, outsideGate, wideNeed } from "./query-workload.ts";
import { shortBounds, shortPrepared, shortQuery } from "./short-query.ts";

/** Queries of a run, one after the other. */
const queries = 100;

async function oneAfterTheOther(ask: (query: number) => Promise<Ran>): Promise<Sample> {
  const times: number[] = [];
  let last: Ran = { rows: 0 };
  for (let query = 0; query < queries; query++) {
    const began = performance.now();
    last = await ask(query);
    times.push(last.metrics?.["ms"] ?? performance.now() - began);
  }
  const metrics = { ms: percentile(times, 0.5), p99Ms: percentile(times, 0.99) };
  return { answer: [`${last.rows} rows`], metrics };
}

type SmallSpec = Pick<Workload, "id" | "title" | "suites" | "data" | "ceilings"> & { readonly sql: string };

const small = ({ sql, ...spec }: SmallSpec): Workload => ({
  ...spec,
  family: "small",
  contestants: ["deltafuse", "floor", "duckdb"],
  alone: false,
  watch: [],
  setup: (engine) => Promise.resolve({ run: () => oneAfterTheOther(() => engine.query(sql)) }),
  digest: async (engine) => digestOf(await engine.table(sql), { ordered: true }),
  counters: null,
  plan: sql,
});

const prepared: Workload = {
  id: "small.prepared",
  family: "small",
  title: "a prepared query over a Parquet file, other values every time",
  suites: everySuite,
  contestants: ["deltafuse", "duckdb"],
  data: [wideNeed],
  alone: false,
  watch: [],
  setup: async (engine) => {
    const statement = await engine.prepare(shortPrepared);
    const run = (): Promise<Sample> => oneAfterTheOther((query) => statement.run(shortBounds(query)));
    return { run, close: () => statement.close() };
  },
  digest: async (engine) => digestOf(await engine.table(shortQuery(1)), { ordered: true }),
  counters: null,
  plan: null,
  ceilings: ["small-prepared.duckdb"],
};

/** Queries whose time is that of the call: the median of 100 and the slowest but one. */
export const smallWorkloads: readonly Workload[] = [
  small({
    id: "small.select-42",
    title: "select 42",
    suites: everySuite,
    data: [],
    sql: "SELECT 42 AS answer",
    ceilings: ["floor", "small.duckdb"],
  }),
  small({
    id: "small.parquet",
    title: "a few rows of a Parquet file, planned anew",
    suites: outsideGate,
    data: [wideNeed],
    sql: "SELECT key, category FROM groups WHERE key = 4711",
    ceilings: ["floor"],
  }),
  prepared,
];
