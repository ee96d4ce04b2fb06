import { openProcessorWait } from "./processor-wait.ts";

const tickMs = 1;

/** A time between two ticks of the event loop that should follow each other within a millisecond. */
export interface LoopPause {
  /** When it began and ended, in ms of `performance.now()`. */
  readonly from: number;
  readonly to: number;
  /** How much later than due it ended, in ms. */
  readonly lateMs: number;
  /** How long of it the thread was ready to run and had no processor, in ms; 0 where the system does not tell. */
  readonly waitMs: number;
}

/** A watch over the pauses of the event loop. */
export interface PauseWatch {
  /** Ends it. A pause that no tick has ended yet is not among them. */
  end(): readonly LoopPause[];
}

/** Collects the pauses of the event loop from now on. */
export function watchPauses(): PauseWatch {
  const wait = openProcessorWait();
  const pauses: LoopPause[] = [];
  const moment = () => ({ at: performance.now(), waited: wait?.total() ?? 0 });
  let last = moment();
  const timer = setInterval(() => {
    const now = moment();
    const lateMs = now.at - last.at - tickMs;
    if (lateMs > tickMs) pauses.push({ from: last.at, to: now.at, lateMs, waitMs: now.waited - last.waited });
    last = now;
  }, tickMs);
  // After a run that failed nobody ends the watch, and the process ends all the same.
  timer.unref();
  return {
    end: () => {
      clearInterval(timer);
      wait?.close();
      return pauses;
    },
  };
}
