import { expect, it } from "vitest";
import { boundedCache } from "../src/bounded-cache.ts";

it("keeps so many values and gives up the oldest", () => {
  const cache = boundedCache<number>(2);
  cache.set("a", 1);
  cache.set("b", 2);
  cache.set("a", 3);
  expect([cache.get("a"), cache.get("b"), cache.get("c")]).toEqual([3, 2, undefined]);
  cache.set("c", 4);
  expect([cache.get("a"), cache.get("b"), cache.get("c")]).toEqual([undefined, 2, 4]);
});

it("makes a value once, and keeps nothing of a failure", () => {
  const cache = boundedCache<object>(1);
  const made = cache.getOr("a", () => ({}));
  expect(cache.getOr("a", () => ({}))).toBe(made);
  const failure = new RangeError("no");
  expect(() =>
    cache.getOr("b", () => {
      throw failure;
    }),
  ).toThrow(failure);
  expect([cache.get("a"), cache.get("b")]).toEqual([made, undefined]);
});
