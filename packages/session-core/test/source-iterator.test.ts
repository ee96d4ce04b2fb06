import { describe, expect, it } from "vitest";
import { firstOf, sourceIterator } from "../src/source-iterator.ts";

const stalled = new Promise<never>(() => undefined);
const end = { done: true, value: undefined };

interface Answers {
  /** What each call of `next` answers; afterwards the source has ended. */
  readonly next: readonly Promise<number>[];
  readonly return?: Promise<IteratorResult<number>>;
}

/** A source, and what was asked of it. */
function source(answers: Answers): { readonly numbers: AsyncIterable<number>; readonly asked: readonly string[] } {
  const asked: string[] = [];
  const left = [...answers.next];
  const iterator: AsyncIterator<number> = {
    next: async () => {
      asked.push("next");
      const answer = left.shift();
      return answer === undefined ? { done: true, value: undefined } : { done: false, value: await answer };
    },
    return: async () => {
      asked.push("return");
      return (await answers.return) ?? { done: true, value: undefined };
    },
  };
  return { numbers: { [Symbol.asyncIterator]: () => iterator }, asked };
}

describe("a source", () => {
  it("gives everything and is not asked after its end", async () => {
    const { numbers, asked } = source({ next: [Promise.resolve(1), Promise.resolve(2)] });
    const iterator = sourceIterator(numbers);
    expect([await iterator.next(), await iterator.next(), await iterator.next(), await iterator.next()]).toEqual([
      { done: false, value: 1 },
      { done: false, value: 2 },
      end,
      end,
    ]);
    await iterator.stop();
    expect(asked).toEqual(["next", "next", "next"]);
  });

  it("that throws is over", async () => {
    const torn = new Error("the tape is torn");
    const { numbers, asked } = source({ next: [Promise.reject(torn), Promise.resolve(2)] });
    const iterator = sourceIterator(numbers);
    await expect(iterator.next()).rejects.toBe(torn);
    expect(await iterator.next()).toEqual(end);
    await iterator.stop();
    expect(asked).toEqual(["next"]);
  });

  it("that is stopped cleans up once, before stop resolves, and its failure to do so is nobody's", async () => {
    const { numbers, asked } = source({ next: [Promise.resolve(1)], return: Promise.reject(new Error("stuck")) });
    const iterator = sourceIterator(numbers);
    await iterator.next();
    await Promise.all([iterator.stop(), iterator.stop()]);
    expect(await iterator.next()).toEqual(end);
    expect(asked).toEqual(["next", "return"]);
  });

  it("that stalls in next or in return keeps nobody", async () => {
    const inNext = source({ next: [stalled], return: stalled });
    const iterator = sourceIterator(inNext.numbers);
    const waiting = iterator.next();
    await iterator.stop();
    expect(await waiting).toEqual(end);
    expect(inNext.asked).toEqual(["next", "return"]);

    const controller = new AbortController();
    const inReturn = source({ next: [Promise.resolve(1)], return: stalled });
    const other = sourceIterator(inReturn.numbers, { signal: controller.signal });
    await other.next();
    const stopping = other.stop();
    controller.abort();
    await stopping;
    expect(inReturn.asked).toEqual(["next", "return"]);
  });

  it("that stalls at its start rejects with the reason of an abort", async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const { numbers, asked } = source({ next: [stalled], return: stalled });
    const first = firstOf(sourceIterator(numbers, { signal }), { signal });
    const reason = new Error("enough");
    controller.abort(reason);
    await expect(first).rejects.toBe(reason);
    expect(asked).toEqual(["next", "return"]);
  });
});
