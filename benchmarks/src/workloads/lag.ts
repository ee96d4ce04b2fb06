import { PerformanceObserver } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import type { Engine } from "../contestant.ts";
import { type LoopPause, watchPauses } from "../loop-pauses.ts";
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

/** When a collection of garbage began and ended, in ms of `performance.now()`. */
type Collection = readonly [from: number, to: number];

const collectedDuring = ({ from, to }: LoopPause, collections: readonly Collection[]): number =>
  collections.reduce((sum, [began, ended]) => sum + Math.max(0, Math.min(to, ended) - Math.max(from, began)), 0);

/**
 * The longest time in ms that JavaScript held the event loop: without what the garbage collector took, or without what the
 * thread waited for a processor, whichever is more (a collection may have waited too).
 */
async function slicesDuring<T>(work: () => Promise<T>): Promise<Watched<T>> {
  const collections: Collection[] = [];
  const observer = new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) collections.push([startTime, startTime + duration]);
  });
  observer.observe({ entryTypes: ["gc"] });
  const pauses = watchPauses();
  const result = await work();
  // The last pause ends with a tick, and collections are told of a turn later.
  await delay(5);
  observer.disconnect();
  const slices = pauses
    .end()
    .map((pause) => pause.lateMs - Math.max(pause.waitMs, collectedDuring(pause, collections)));
  const collectionMs = Math.max(0, ...collections.map(([began, ended]) => ended - began));
  return { result, metrics: { sliceMs: Math.max(0, ...slices), collectionMs } };
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
