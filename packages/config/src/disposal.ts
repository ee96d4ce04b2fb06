/** An object that owns a resource and gives it back once. */
export interface Closeable extends AsyncDisposable {
  /** Gives the resource back. Idempotent: every call returns the promise of the first. */
  close(): Promise<void>;
}

/**
 * Builds the pair of `close()` and `[Symbol.asyncDispose]()` from one function, which runs at most once. The claim is
 * taken before anything is awaited, so that two concurrent calls share one run. Both functions work unbound.
 *
 * @example
 * let closed = 0;
 * const connection = { name: "lake", ...closeable(async () => void (closed += 1)) };
 * await Promise.all([connection.close(), connection.close()]);
 * closed; // 1
 */
export function closeable(close: () => Promise<void>): Closeable {
  let closing: Promise<void> | undefined;
  const run = async (): Promise<void> => close();
  const closeOnce = (): Promise<void> => {
    if (closing !== undefined) return closing;
    let settle: (work: Promise<void>) => void = () => undefined;
    closing = new Promise((resolve) => {
      settle = resolve;
    });
    // Claimed before it starts: `close` may call back into `close()`.
    settle(run());
    return closing;
  };
  return { close: closeOnce, [Symbol.asyncDispose]: closeOnce };
}
