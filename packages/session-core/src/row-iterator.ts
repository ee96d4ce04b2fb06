/** The rows of many arrays, one by one and in the order they are asked for. A generator takes twice as long for each row. */
export class RowIterator<T extends object> implements AsyncIterableIterator<T, void, undefined> {
  readonly #slices: AsyncGenerator<readonly T[], void, undefined>;
  #rows: readonly T[] = [];
  #position = 0;
  /** Calls that wait for rows, and the end of the last of them. */
  #waiting = 0;
  #last: Promise<void> = Promise.resolve();

  constructor(slices: AsyncGenerator<readonly T[], void, undefined>) {
    this.#slices = slices;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<T, void>> {
    const value = this.#rows[this.#position];
    if (value === undefined || this.#waiting > 0) return this.#later();
    this.#position += 1;
    return Promise.resolve({ done: false, value });
  }

  async return(): Promise<IteratorResult<T, void>> {
    this.#rows = [];
    await this.#slices.return();
    return { done: true, value: undefined };
  }

  #later(): Promise<IteratorResult<T, void>> {
    const result = this.#waiting === 0 ? this.#fetched() : this.#last.then(() => this.#fetched());
    this.#waiting += 1;
    const end = (): void => {
      this.#waiting -= 1;
    };
    this.#last = result.then(end, end);
    return result;
  }

  async #fetched(): Promise<IteratorResult<T, void>> {
    for (;;) {
      const value = this.#rows[this.#position];
      if (value !== undefined) {
        this.#position += 1;
        return { done: false, value };
      }
      const slice = await this.#slices.next();
      if (slice.done === true) return { done: true, value: undefined };
      this.#rows = slice.value;
      this.#position = 0;
    }
  }
}
