/** Those who wait for something, in the order in which they came. */
export interface PoolWaiters<T> {
  readonly count: number;
  /** Waits for what `serve` gives; an abort leaves the queue and rejects with the signal's reason. */
  wait(signal: AbortSignal | undefined): Promise<T>;
  /** Gives something to the first. */
  serve(value: T): void;
  /** Sends the first away. */
  refuse(error: unknown): void;
  refuseAll(error: unknown): void;
}

interface Waiter<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

class Waiters<T> implements PoolWaiters<T> {
  readonly #queue: Waiter<T>[] = [];

  get count(): number {
    return this.#queue.length;
  }

  wait(signal: AbortSignal | undefined): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const leave = (): void => {
        this.#queue.splice(this.#queue.indexOf(waiter), 1);
        reject(signal?.reason);
      };
      const done = (): void => signal?.removeEventListener("abort", leave);
      const waiter: Waiter<T> = {
        resolve: (value) => {
          done();
          resolve(value);
        },
        reject: (error) => {
          done();
          reject(error);
        },
      };
      this.#queue.push(waiter);
      signal?.addEventListener("abort", leave, { once: true });
    });
  }

  serve(value: T): void {
    this.#queue.shift()?.resolve(value);
  }

  refuse(error: unknown): void {
    this.#queue.shift()?.reject(error);
  }

  refuseAll(error: unknown): void {
    while (this.#queue.length > 0) this.refuse(error);
  }
}

/** Makes an empty queue. */
export function poolWaiters<T>(): PoolWaiters<T> {
  return new Waiters<T>();
}
