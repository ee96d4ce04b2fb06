import { type AbortableOptions, untilAborted } from "@deltafuse/config/abort";

/** How long something is waited for. */
export interface WaitOptions extends AbortableOptions {
  /** Default: without end. */
  readonly timeoutMs?: number;
}

/**
 * Waits for a promise, but not beyond a time or the abort of a signal. Resolves with whether it was fulfilled in time;
 * rejects as the promise does, or with the signal's reason.
 *
 * The timer keeps the process alive, because somebody awaits the result; it ends with the waiting.
 */
export async function waitAtMost(work: Promise<unknown>, { timeoutMs, signal }: WaitOptions): Promise<boolean> {
  signal?.throwIfAborted();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    if (timeoutMs !== undefined) timer = setTimeout(() => resolve(false), timeoutMs);
  });
  try {
    return await untilAborted(Promise.race([work.then(() => true), late]), signal);
  } finally {
    clearTimeout(timer);
  }
}
