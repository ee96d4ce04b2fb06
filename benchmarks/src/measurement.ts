import type { Engine, EngineSettings } from "./contestant.ts";
import { type EventLoopLag, watchEventLoop } from "./event-loop-lag.ts";
import type { Answer, Workload } from "./workload.ts";

/** How long a workload is repeated in one process. */
export interface Repetition {
  /** Time that is measured, at least, in ms. */
  readonly leastMs: number;
  /** Runs that are measured, at least, unless they take four times `leastMs`. */
  readonly leastRuns: number;
  readonly mostRuns: number;
  /** A first run that is shorter, in ms, is a warm-up and does not count. */
  readonly warmUpBelowMs: number;
}

/** What one process measured of one workload. */
export interface Measurement {
  /** Times of the runs, in ms. */
  readonly times: readonly number[];
  readonly answer: Answer;
  /** Null where it was not asked for. */
  readonly digest: Answer | null;
  /** One per run; empty where the workload does not watch it. */
  readonly lags: readonly EventLoopLag[];
  /** What the engine ran with. */
  readonly settings: EngineSettings;
}

interface Run {
  readonly ms: number;
  readonly answer: Answer;
  readonly lag: EventLoopLag | null;
}

async function timed(engine: Engine, workload: Workload): Promise<Run> {
  const watch = workload.watchLag ? await watchEventLoop() : null;
  const began = performance.now();
  const { answer, after } = await workload.run(engine);
  const ms = performance.now() - began;
  const lag = watch === null ? null : await watch.end();
  await after?.();
  return { ms, answer, lag };
}

function isEnough(runs: readonly Run[], { leastMs, leastRuns, mostRuns }: Repetition): boolean {
  const sum = runs.reduce((total, { ms }) => total + ms, 0);
  if (runs.length >= mostRuns || sum >= 4 * leastMs) return true;
  return runs.length >= leastRuns && sum >= leastMs;
}

/** Runs a workload again and again. */
export async function measure(
  engine: Engine,
  { workload, repetition }: { readonly workload: Workload; readonly repetition: Repetition },
): Promise<Pick<Measurement, "times" | "answer" | "lags">> {
  const first = await timed(engine, workload);
  const runs = first.ms < repetition.warmUpBelowMs ? [] : [first];
  while (!isEnough(runs, repetition)) runs.push(await timed(engine, workload));
  return {
    times: runs.map(({ ms }) => ms),
    answer: first.answer,
    lags: runs.flatMap(({ lag }) => (lag === null ? [] : [lag])),
  };
}
