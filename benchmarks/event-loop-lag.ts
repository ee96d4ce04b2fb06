import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";

const resolutionMs = 5;

/** How late a timer of 5 ms was while something ran, in ms. */
export interface EventLoopLag {
  readonly max: number;
  readonly p99: number;
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
  const ticks = (): Promise<void> => delay(3 * resolutionMs);
  await ticks();
  histogram.reset();
  const late = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - resolutionMs);
  return {
    end: async () => {
      await ticks();
      histogram.disable();
      return { max: late(histogram.max), p99: late(histogram.percentile(99)) };
    },
  };
}
