import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { watchPauses } from "./loop-pauses.ts";
import type { Metrics } from "./workload.ts";

const resolutionMs = 1;
const settlingMs = 15;

/** How late a timer was while something ran, in ms. */
export interface EventLoopLag extends Metrics {
  readonly lagMs: number;
  readonly lagP99Ms: number;
  /**
   * The longest pause without the time in which the thread was ready and had no processor (where the system tells it), which
   * other programs of the machine cause as well as the threads of the engine.
   */
  readonly ownLagMs: number;
}

/** A watch over the event loop. */
export interface EventLoopWatch {
  end(): Promise<EventLoopLag>;
}

/** Watches the event loop from now on. */
export async function watchEventLoop(): Promise<EventLoopWatch> {
  const histogram = monitorEventLoopDelay({ resolution: resolutionMs });
  histogram.enable();
  // A pause is seen by the tick that ends it, and only after a first tick.
  const ticks = (): Promise<void> => delay(settlingMs);
  await ticks();
  histogram.reset();
  const pauses = watchPauses();
  const late = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - resolutionMs);
  return {
    end: async () => {
      await ticks();
      histogram.disable();
      const ownLagMs = Math.max(0, ...pauses.end().map(({ lateMs, waitMs }) => lateMs - waitMs));
      return { lagMs: late(histogram.max), lagP99Ms: late(histogram.percentile(99)), ownLagMs };
    },
  };
}
