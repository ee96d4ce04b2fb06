/** Last argument of every asynchronous public function. */
export interface AbortableOptions {
  /** Aborting stops the work, then rejects with `signal.reason`. */
  readonly signal?: AbortSignal;
}

/**
 * Runs work that can be cancelled. When the signal is aborted already, nothing starts. When it aborts later, `cancel` is
 * called once, the work is awaited until it settles, and the promise rejects with `signal.reason` unchanged. The
 * listener is removed in every case.
 *
 * @param signal - The caller's signal, if any.
 * @param start - Starts the work.
 * @param cancel - Asks the work to stop; the work must settle afterwards. A failure of `cancel` is not reported, because
 *   the caller gets the reason of the abort.
 *
 * @example
 * const controller = new AbortController();
 * await unlessAborted(controller.signal, async () => 42, () => undefined); // 42
 */
export async function unlessAborted<T>(
  signal: AbortSignal | undefined,
  start: () => Promise<T>,
  cancel: () => void | Promise<void>,
): Promise<T> {
  if (signal === undefined) return start();
  signal.throwIfAborted();
  let cancelled: Promise<void> | undefined;
  const onAbort = (): void => {
    cancelled = (async () => cancel())();
    cancelled.catch(() => undefined);
  };
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    const [result] = await Promise.allSettled([start()]);
    if (cancelled !== undefined) {
      await Promise.allSettled([cancelled]);
      throw signal.reason;
    }
    if (result.status === "rejected") throw result.reason;
    return result.value;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/**
 * Waits for work that others wait for too: an abort ends the waiting, not the work, and rejects with `signal.reason`. What
 * becomes of the work afterwards is nobody's.
 *
 * @example
 * const controller = new AbortController();
 * await untilAborted(Promise.resolve(42), controller.signal); // 42
 */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  let onAbort = (): void => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    work.catch(() => undefined);
    signal.removeEventListener("abort", onAbort);
  }
}

/**
 * Whether something was thrown because work was called off: it is the reason of the signal, or an `AbortError`.
 *
 * @example
 * isAbort(new DOMException("enough", "AbortError")); // true
 * isAbort(new RangeError("too long")); // false
 */
export function isAbort(error: unknown, { signal }: AbortableOptions = {}): boolean {
  if (signal?.aborted === true && error === signal.reason) return true;
  return error instanceof Error && error.name === "AbortError";
}
