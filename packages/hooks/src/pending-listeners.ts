import type { AbortableOptions } from "@deltafuse/config/abort";

/** Waits for promises, but not beyond the abort of a signal; then it rejects with the signal's reason. */
export async function waitAbortable(work: Promise<unknown>, options: AbortableOptions): Promise<void> {
  const { signal } = options;
  if (signal === undefined) {
    await work;
    return;
  }
  signal.throwIfAborted();
  let onAbort = (): void => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
  });
  try {
    await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/**
 * Waits for a promise at most the given time. Resolves with whether it settled in time.
 *
 * The timer keeps the process alive, because somebody awaits the result; it is cleared as soon as the promise settles.
 */
export async function settledWithin(work: Promise<void>, timeoutMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), timeoutMs);
  });
  try {
    return await Promise.race([work.then(() => true), timeout]);
  } finally {
    clearTimeout(timer);
  }
}
