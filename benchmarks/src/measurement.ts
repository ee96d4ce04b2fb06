import { watchEventLoop } from "./event-loop-lag.ts";
import { watchMemory } from "./memory-watch.ts";
import type { Answer, Metrics, Sample, Workload, WorkloadRun } from "./workload.ts";

/** How often a workload runs in one process. */
export interface Repetition {
  /** Runs that do not count. */
  readonly warmUps: number;
  /** Runs that are measured, at least. */
  readonly leastRuns: number;
  /** Time that is measured, at least, in ms. */
  readonly leastMs: number;
  readonly mostRuns: number;
  /** Where a run takes longer, in ms, there are the two below. */
  readonly longMs: number;
  readonly longWarmUps: number;
  readonly longRuns: number;
}

/** Two warm-ups, then at least five runs and a second; one and two where a run takes over two seconds. */
export const measuredRepetition: Repetition = {
  warmUps: 2,
  leastRuns: 5,
  leastMs: 1000,
  mostRuns: 50,
  longMs: 2000,
  longWarmUps: 1,
  longRuns: 2,
};

/** As {@link measuredRepetition}, shorter: the gate has 25 minutes for everything and takes its certainty from the rounds. */
export const gateRepetition: Repetition = {
  warmUps: 1,
  leastRuns: 3,
  leastMs: 300,
  mostRuns: 50,
  longMs: 1000,
  longWarmUps: 1,
  longRuns: 1,
};

/** One run: whether everything works, not how fast it is. */
export const singleRepetition: Repetition = {
  warmUps: 0,
  leastRuns: 1,
  leastMs: 0,
  mostRuns: 1,
  longMs: Number.MAX_SAFE_INTEGER,
  longWarmUps: 0,
  longRuns: 1,
};

/** What was measured of one workload in one process. */
export interface Measured {
  /** One per run that counts. */
  readonly samples: readonly Metrics[];
  readonly answer: Answer;
}

interface Timed {
  readonly metrics: Metrics & { readonly ms: number };
  readonly answer: Answer;
}

async function watched(workload: Workload, run: WorkloadRun): Promise<{ sample: Sample; metrics: Metrics }> {
  const lag = workload.watch.includes("lag") ? await watchEventLoop() : null;
  const memory = workload.watch.includes("rss") ? watchMemory() : null;
  const cpu = process.cpuUsage();
  const began = performance.now();
  const sample = await run.run();
  const ms = performance.now() - began;
  const used = process.cpuUsage(cpu);
  const peak = memory === null ? {} : { peakRssMiB: memory.end() };
  const pauses = lag === null ? {} : await lag.end();
  return { sample, metrics: { ms, cpuMs: (used.user + used.system) / 1000, ...peak, ...pauses, ...sample.metrics } };
}

async function timed(workload: Workload, run: WorkloadRun): Promise<Timed> {
  await run.before?.();
  const { sample, metrics } = await watched(workload, run);
  await sample.after?.();
  return { metrics: { ...metrics, ms: metrics["ms"] ?? Number.NaN }, answer: sample.answer };
}

function isEnough(runs: readonly Timed[], rules: Repetition, isLong: boolean): boolean {
  if (runs.length >= rules.mostRuns) return true;
  if (isLong) return runs.length >= rules.longRuns;
  const sum = runs.reduce((total, { metrics }) => total + metrics.ms, 0);
  return runs.length >= rules.leastRuns && sum >= rules.leastMs;
}

/** Runs a workload that is set up, again and again. */
export async function measure(workload: Workload, run: WorkloadRun, rules: Repetition): Promise<Measured> {
  const warmUps: Timed[] = [];
  const runs: Timed[] = [];
  const isLong = (): boolean => [...warmUps, ...runs].some(({ metrics }) => metrics.ms > rules.longMs);
  while (warmUps.length < (isLong() ? rules.longWarmUps : rules.warmUps)) warmUps.push(await timed(workload, run));
  while (!isEnough(runs, rules, isLong())) runs.push(await timed(workload, run));
  return { samples: runs.map(({ metrics }) => metrics), answer: runs[0]?.answer ?? [] };
}
