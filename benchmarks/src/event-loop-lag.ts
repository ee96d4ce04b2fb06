import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import type { Metrics } from "./workload.ts";
import { openProcessorWait, type ProcessorWait } from "./processor-wait.ts";

const resolutionMs = 1;
const ownPollMs = 5;

/** How late a timer was while something ran, in ms. */
export interface EventLoopLag extends Metrics {
  readonly lagMs: number;
  readonly lagP99Ms: number;
}

/** A watch over the event loop. */
export interface EventLoopWatch {
  /**
   * Ends it. Where the system tells it there is also `ownLagMs`: the most without the time in which the thread was ready and
   * had no processor, which other programs of the machine cause as well as the threads of the engine.
   */
  end(): Promise<EventLoopLag>;
}

/** Measures pauses between ticks of a timer without the time spent on waiting for a processor. */
function watchOwnPauses(wait: ProcessorWait): () => number {
  let longest = 0;
  let last = { time: performance.now(), wait: wait.total() };
  const timer = setInterval(() => {
    const now = { time: performance.now(), wait: wait.total() };
    longest = Math.max(longest, now.time - last.time - ownPollMs - (now.wait - last.wait));
    last = now;
  }, ownPollMs);
  // After a run that failed nobody ends the watch, and the process ends all the same.
  timer.unref();
  return () => {
    clearInterval(timer);
    wait.close();
    return longest;
  };
}

/** Watches the event loop from now on. */
export async function watchEventLoop(): Promise<EventLoopWatch> {
  const histogram = monitorEventLoopDelay({ resolution: resolutionMs });
  histogram.enable();
  // A pause is seen by the tick that ends it, and only after a first tick.
  const ticks = (): Promise<void> => delay(3 * ownPollMs);
  await ticks();
  histogram.reset();
  const wait = openProcessorWait();
  const ownPauses = wait === null ? null : watchOwnPauses(wait);
  const late = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - resolutionMs);
  return {
    end: async () => {
      await ticks();
      histogram.disable();
      const own = ownPauses === null ? {} : { ownLagMs: ownPauses() };
      return { lagMs: late(histogram.max), lagP99Ms: late(histogram.percentile(99)), ...own };
    },
  };
}
