/** Keeps values by text. */
export interface BoundedCache<T> {
  get(key: string): T | undefined;
  /** Keeps a value; the one that was kept first is given up when there are too many. */
  set(key: string, value: T): void;
  /** The kept value, else a new one, which is kept. */
  getOr(key: string, make: () => T): T;
}

class Cache<T> implements BoundedCache<T> {
  readonly #entries = new Map<string, T>();
  readonly #size: number;

  constructor(size: number) {
    this.#size = size;
  }

  get(key: string): T | undefined {
    return this.#entries.get(key);
  }

  set(key: string, value: T): void {
    this.#entries.set(key, value);
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined && this.#entries.size > this.#size) this.#entries.delete(oldest);
  }

  getOr(key: string, make: () => T): T {
    const kept = this.#entries.get(key);
    if (kept !== undefined) return kept;
    const made = make();
    this.set(key, made);
    return made;
  }
}

/** Makes a cache of at most `size` values. */
export function boundedCache<T>(size: number): BoundedCache<T> {
  return new Cache(size);
}
