import { monitorEventLoopDelay, PerformanceObserver } from "node:perf_hooks";
import type { Engine } from "../contestant.ts";
import type { Metrics, Sample, Workload } from "../workload.ts";
import { everySuite, sampleOf, wideNeed, wideSql } from "./query-workload.ts";
import { columnsDigest, rowsDigest, wideTouch } from "./wide-touch.ts";

const shared = {
  family: "lag",
  suites: everySuite,
  contestants: ["deltafuse", "duckdb", "polars"],
  data: [wideNeed],
  alone: false,
  watch: ["lag"],
  counters: null,
  plan: null,
} as const satisfies Partial<Workload>;

async function streamedRows(engine: Engine, mode: "exact" | "numbers"): Promise<Sample> {
  const touch = wideTouch();
  await engine.rows({ sql: wideSql, mode }, touch.visit);
  return { answer: touch.answer() };
}

interface Watched<T> {
  readonly result: T;
  readonly metrics: Metrics;
}

/** The longest pause of the event loop in ms, without the longest pause of the garbage collector in it. */
async function slicesDuring<T>(work: () => Promise<T>): Promise<Watched<T>> {
  let longestCollection = 0;
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) longestCollection = Math.max(longestCollection, duration);
  });
  observer.observe({ entryTypes: ["gc"] });
  const pauses = monitorEventLoopDelay({ resolution: 1 });
  pauses.enable();
  const result = await work();
  await new Promise((resolve) => setTimeout(resolve, 5));
  pauses.disable();
  observer.disconnect();
  const sliceMs = Math.max(0, pauses.max / 1e6 - 1 - longestCollection);
  return { result, metrics: { sliceMs, collectionMs: longestCollection } };
}

async function gatheredRows(engine: Engine): Promise<Sample> {
  const touch = wideTouch();
  const { result, metrics } = await slicesDuring(() => engine.rowArray({ sql: wideSql, mode: "plain" }));
  // What the program does with its rows is no pause of ours.
  for (const row of result) touch.visit(row);
  return { answer: touch.answer(), metrics };
}

/** How long the event loop waits while results stream through it. */
export const lagWorkloads: readonly Workload[] = [
  {
    ...shared,
    id: "lag.columns",
    title: "event loop while columns stream",
    setup: (engine) => Promise.resolve({ run: async () => sampleOf(await engine.columns(wideSql)) }),
    digest: columnsDigest,
    ceilings: ["lag"],
  },
  {
    ...shared,
    id: "lag.rows-lossless",
    title: "event loop while exact rows stream",
    setup: (engine) => Promise.resolve({ run: () => streamedRows(engine, "exact") }),
    digest: (engine) => rowsDigest(engine, "exact"),
    ceilings: ["lag"],
  },
  {
    ...shared,
    id: "lag.rows-numbers",
    title: "event loop while rows of numbers stream",
    setup: (engine) => Promise.resolve({ run: () => streamedRows(engine, "numbers") }),
    digest: (engine) => rowsDigest(engine, "numbers"),
    ceilings: ["lag"],
  },
  {
    ...shared,
    id: "lag.rows-array",
    title: "event loop while all rows are gathered",
    setup: (engine) => Promise.resolve({ run: () => gatheredRows(engine) }),
    digest: null,
    ceilings: ["lag.slice"],
  },
];
