import { performance } from "node:perf_hooks";
import type { Engine, Ran } from "../contestant.ts";
import { groupKeys } from "../data/wide.ts";
import { digestOf } from "../digest.ts";
import { percentile } from "../percentile.ts";
import type { Counters, Sample, Workload, WorkloadContext, WorkloadRun } from "../workload.ts";
import { everySuite, freshRun, outsideGate, sampleOf, wideNeed } from "./query-workload.ts";
import { shortBounds, shortPrepared, shortQuery } from "./short-query.ts";

/** What was opened and is closed again. */
interface Closes {
  close(): Promise<void>;
}

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

/** Calls of the extension that one query more takes. */
async function callsPerQuery({ artifacts }: Engine, ask: (queries: number) => Promise<void>): Promise<Counters> {
  const few = await artifacts?.crossings(() => ask(2));
  const more = await artifacts?.crossings(() => ask(3));
  return few === undefined || more === undefined ? {} : { calls: more.calls - few.calls };
}

const callsOf = (engine: Engine, sql: string): Promise<Counters> =>
  callsPerQuery(engine, async (count) => {
    for (let query = 0; query < count; query++) await engine.query(sql);
  });

const callsOfPrepared = (engine: Engine): Promise<Counters> =>
  callsPerQuery(engine, async (count) => {
    const statement = await engine.prepare(shortPrepared);
    for (let query = 0; query < count; query++) await statement.run(shortBounds(query));
    await statement.close();
  });

type SmallSpec = Pick<Workload, "id" | "title" | "suites" | "data" | "counters" | "plan" | "ceilings"> & {
  /** The query that is compared. */
  readonly sql: string;
  readonly start: (engine: Engine, context: WorkloadContext) => Promise<WorkloadRun>;
};

const small = ({ sql, start, ...spec }: SmallSpec): Workload => ({
  ...spec,
  family: "small",
  contestants: ["deltafuse", "floor", "duckdb"],
  alone: false,
  watch: [],
  setup: start,
  digest: async (engine) => digestOf(await engine.table(sql), { ordered: true }),
});

const answer = "SELECT 42 AS answer";
const category = (key: number): string => `SELECT key, category FROM groups WHERE key = ${key}`;

/** A text that no run has asked before: plans are kept by the text. */
function plannedAnew(engine: Engine): WorkloadRun {
  let asked = 0;
  return { run: () => oneAfterTheOther(() => engine.query(category((asked++ * 7919) % groupKeys))) };
}

const firstQuery =
  (sql: string): SmallSpec["start"] =>
  (_engine, context) =>
    freshRun(context, async (engine) => sampleOf(await engine.query(sql)));

const prepared: Workload = {
  id: "small.prepared",
  family: "small",
  title: "a prepared query over a Parquet file, other values every time",
  suites: everySuite,
  contestants: ["deltafuse", "floor", "duckdb"],
  data: [wideNeed],
  alone: false,
  watch: [],
  setup: async (engine) => {
    const statement = await engine.prepare(shortPrepared);
    const run = (): Promise<Sample> => oneAfterTheOther((query) => statement.run(shortBounds(query)));
    return { run, close: () => statement.close() };
  },
  digest: async (engine) => digestOf(await engine.table(shortQuery(1)), { ordered: true }),
  counters: callsOfPrepared,
  plan: null,
  ceilings: ["small-prepared.duckdb"],
};

/** Opened one after the other in a run. */
const openings = 20;

/** The product opens a session without tables; a peer connects to what it has open. */
async function openerOf(engine: Engine, context: WorkloadContext): Promise<() => Promise<Closes>> {
  if (context.contestant !== "deltafuse") return () => engine.client();
  const { openSession } = await import("@deltafuse/session-core/session");
  const { benchmarkProfile } = await import("../contestants/deltafuse-profile.ts");
  const profile = benchmarkProfile(context.limits);
  return () => openSession(profile);
}

const opening: Workload = {
  id: "small.open",
  family: "small",
  title: "one more session of a process, without tables, the median of 20",
  suites: everySuite,
  contestants: ["deltafuse", "duckdb"],
  data: [],
  alone: false,
  watch: [],
  setup: async (engine, context) => {
    const open = await openerOf(engine, context);
    return {
      run: async () => {
        const times: number[] = [];
        for (let opened = 0; opened < openings; opened++) {
          const began = performance.now();
          const session = await open();
          times.push(performance.now() - began);
          await session.close();
        }
        const metrics = { ms: percentile(times, 0.5), p99Ms: percentile(times, 0.99) };
        return { answer: [`${openings} opened`], metrics };
      },
    };
  },
  digest: null,
  counters: null,
  plan: null,
  ceilings: ["small.open"],
};

/** What takes as long as its call: the median of some and the slowest but one. */
export const smallWorkloads: readonly Workload[] = [
  small({
    id: "small.select-42",
    title: "select 42, the same text every time",
    suites: everySuite,
    data: [],
    sql: answer,
    counters: (engine) => callsOf(engine, answer),
    plan: answer,
    start: (engine) => Promise.resolve({ run: () => oneAfterTheOther(() => engine.query(answer)) }),
    ceilings: ["floor", "small.duckdb"],
  }),
  small({
    id: "small.parquet",
    title: "a few rows of a Parquet file, planned anew",
    suites: outsideGate,
    data: [wideNeed],
    sql: category(4711),
    counters: (engine) => callsOf(engine, category(4711)),
    plan: category(4711),
    start: (engine) => Promise.resolve(plannedAnew(engine)),
    ceilings: ["floor"],
  }),
  small({
    id: "small.select-42-cold",
    title: "select 42, the first query of a session",
    suites: outsideGate,
    data: [],
    sql: answer,
    counters: null,
    plan: null,
    start: firstQuery(answer),
    ceilings: [],
  }),
  small({
    id: "small.parquet-cold",
    title: "a few rows of a Parquet file, the first query of a session",
    suites: outsideGate,
    data: [wideNeed],
    sql: category(4711),
    counters: null,
    plan: null,
    start: firstQuery(category(4711)),
    ceilings: [],
  }),
  prepared,
  opening,
];
