import { type AbortableOptions, unlessAborted } from "@deltafuse/config/abort";

/** Data of a program that arrives step by step, and that may never arrive. One call at a time. */
export interface SourceIterator<T> {
  /** What comes next; the end after `stop`, also for a call that was waiting. Rejects with what the source throws. */
  next(): Promise<IteratorResult<T, undefined>>;
  /**
   * Takes nothing more and lets the source clean up (its `return`). Waits for that, unless the source is still busy with
   * what comes next, or the signal is aborted: a source that stalls keeps nobody. Never rejects. Idempotent.
   */
  stop(): Promise<void>;
}

const end: IteratorReturnResult<undefined> = { done: true, value: undefined };

class StoppableIterator<T> implements SourceIterator<T> {
  readonly #source: AsyncIterator<T>;
  readonly #signal: AbortSignal | undefined;
  /** Ends the call of `next` that waits. */
  #release: (() => void) | undefined;
  #isOver = false;
  #stopping: Promise<void> | undefined;

  constructor(source: AsyncIterator<T>, signal: AbortSignal | undefined) {
    this.#source = source;
    this.#signal = signal;
  }

  async next(): Promise<IteratorResult<T, undefined>> {
    if (this.#isOver) return end;
    try {
      // A race with one long-lived promise would keep every chunk until that promise settles.
      const result = await new Promise<IteratorResult<T>>((resolve, reject) => {
        this.#release = () => resolve(end);
        this.#source.next().then(resolve, reject);
      });
      if (result.done !== true) return result;
      this.#isOver = true;
      return end;
    } catch (error) {
      this.#isOver = true;
      throw error;
    } finally {
      this.#release = undefined;
    }
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    const returned = this.#return();
    if (this.#release === undefined) await settledOrAborted(returned, this.#signal);
    else this.#release();
  }

  async #return(): Promise<void> {
    try {
      await this.#source.return?.();
    } catch {
      // The reader has what it needs, or has failed for a reason of its own.
    }
  }
}

async function settledOrAborted(work: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  let release = (): void => undefined;
  const start = (): Promise<void> =>
    new Promise((resolve) => {
      release = resolve;
      work.then(resolve, resolve);
    });
  await unlessAborted(signal, start, () => release()).catch(() => undefined);
}

/**
 * Takes charge of a source.
 *
 * @param source - Nothing of it is taken yet.
 * @param options - The signal of the call that reads it.
 */
export function sourceIterator<T>(source: AsyncIterable<T>, { signal }: AbortableOptions = {}): SourceIterator<T> {
  return new StoppableIterator(source[Symbol.asyncIterator](), signal);
}

/**
 * What a source begins with. On abort the source is stopped and the promise rejects with the signal's reason, however
 * long the source would take.
 */
export function firstOf<T>(
  source: SourceIterator<T>,
  { signal }: AbortableOptions,
): Promise<IteratorResult<T, undefined>> {
  return unlessAborted(
    signal,
    () => source.next(),
    () => source.stop(),
  );
}
