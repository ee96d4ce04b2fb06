import { describe, expect, it } from "vitest";
import { RowIterator } from "../src/row-iterator.ts";

interface Row {
  readonly n: number;
}

/** Slices of rows 0, 1, 2, …, and whether they were closed. */
function slicesOf(...sizes: readonly number[]): {
  slices: AsyncGenerator<readonly Row[], void>;
  closed: () => boolean;
} {
  let closed = false;
  async function* made(): AsyncGenerator<readonly Row[], void> {
    let n = 0;
    try {
      for (const size of sizes) {
        await Promise.resolve();
        yield Array.from({ length: size }, () => ({ n: n++ }));
      }
    } finally {
      closed = true;
    }
  }
  return { slices: made(), closed: () => closed };
}

async function numbers(rows: AsyncIterable<Row>): Promise<readonly number[]> {
  const all: number[] = [];
  for await (const { n } of rows) all.push(n);
  return all;
}

describe("RowIterator", () => {
  it("gives the rows of every slice, of empty ones too", async () => {
    const { slices, closed } = slicesOf(0, 2, 0, 0, 3);
    expect(await numbers(new RowIterator(slices))).toEqual([0, 1, 2, 3, 4]);
    expect(closed()).toBe(true);
    expect(await numbers(new RowIterator(slicesOf().slices))).toEqual([]);
  });

  it("keeps the order of calls that do not wait for each other", async () => {
    const rows = new RowIterator(slicesOf(2, 3).slices);
    const calls = Array.from({ length: 7 }, () => rows.next());
    const results = await Promise.all(calls);
    expect(results.map(({ value }) => value?.n)).toEqual([0, 1, 2, 3, 4, undefined, undefined]);
    expect(results.map(({ done }) => done)).toEqual([false, false, false, false, false, true, true]);
  });

  it("begins with the first call, not after it", () => {
    let begun = false;
    async function* watched(): AsyncGenerator<readonly Row[], void> {
      begun = true;
      yield await Promise.resolve([]);
    }
    void new RowIterator(watched()).next();
    expect(begun).toBe(true);
  });

  it("closes the slices when the loop is left, and gives nothing after that", async () => {
    const { slices, closed } = slicesOf(3, 3);
    const rows = new RowIterator(slices);
    for await (const { n } of rows) if (n === 1) break;
    expect(closed()).toBe(true);
    expect(await rows.next()).toEqual({ done: true, value: undefined });
  });

  it("passes a failure on, once", async () => {
    async function* failing(): AsyncGenerator<readonly Row[], void> {
      yield [{ n: 0 }];
      await Promise.reject(new Error("no more"));
    }
    const rows = new RowIterator(failing());
    expect(await rows.next()).toEqual({ done: false, value: { n: 0 } });
    const [first, second] = await Promise.allSettled([rows.next(), rows.next()]);
    expect(first).toMatchObject({ status: "rejected", reason: { message: "no more" } });
    expect(second).toEqual({ status: "fulfilled", value: { done: true, value: undefined } });
  });
});
