import { performance, PerformanceObserver } from "node:perf_hooks";
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

/** From when to when, in ms. */
type Span = readonly [from: number, to: number];

interface Watched<T> {
  readonly result: T;
  readonly metrics: Metrics;
}

const tickMs = 1;

function length([from, to]: Span): number {
  return Math.max(0, to - from);
}

function common(one: Span, other: Span): number {
  return length([Math.max(one[0], other[0]), Math.min(one[1], other[1])]);
}

/** The longest pause of the event loop in ms, without what the garbage collector took of it. */
async function slicesDuring<T>(work: () => Promise<T>): Promise<Watched<T>> {
  const collections: Span[] = [];
  const observer = new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) collections.push([startTime, startTime + duration]);
  });
  observer.observe({ entryTypes: ["gc"] });
  const pauses: Span[] = [];
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    if (now - last > 2 * tickMs) pauses.push([last, now]);
    last = now;
  }, tickMs);
  const result = await work();
  // The last pause ends with a tick, and collections are told of a turn later.
  await new Promise((resolve) => setTimeout(resolve, 5));
  clearInterval(timer);
  observer.disconnect();
  const own = pauses.map((pause) => {
    const collected = collections.reduce((sum, collection) => sum + common(pause, collection), 0);
    return Math.max(0, length(pause) - tickMs - collected);
  });
  return { result, metrics: { sliceMs: Math.max(0, ...own), collectionMs: Math.max(0, ...collections.map(length)) } };
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
