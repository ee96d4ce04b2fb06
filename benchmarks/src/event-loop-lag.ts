import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { openProcessorWait, type ProcessorWait } from "./processor-wait.ts";

const resolutionMs = 5;

/** How late a timer of 5 ms was while something ran, in ms. */
export interface EventLoopLag {
  readonly max: number;
  readonly p99: number;
  /**
   * The most without the time in which the thread was ready and had no processor, which other programs of the machine
   * cause as well as the threads of the engine; null where the system does not tell.
   */
  readonly ownMax: number | null;
}

/** A watch over the event loop. */
export interface EventLoopWatch {
  end(): Promise<EventLoopLag>;
}

/** Measures pauses between ticks of a timer without the time spent on waiting for a processor. */
function watchOwnPauses(wait: ProcessorWait): () => number {
  let longest = 0;
  let last = { time: performance.now(), wait: wait.total() };
  const timer = setInterval(() => {
    const now = { time: performance.now(), wait: wait.total() };
    longest = Math.max(longest, now.time - last.time - resolutionMs - (now.wait - last.wait));
    last = now;
  }, resolutionMs);
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
  const ticks = (): Promise<void> => delay(3 * resolutionMs);
  await ticks();
  histogram.reset();
  const wait = openProcessorWait();
  const ownPauses = wait === null ? null : watchOwnPauses(wait);
  const late = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - resolutionMs);
  return {
    end: async () => {
      await ticks();
      histogram.disable();
      return { max: late(histogram.max), p99: late(histogram.percentile(99)), ownMax: ownPauses?.() ?? null };
    },
  };
}
