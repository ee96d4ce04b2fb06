import { describe, expect, it } from "vitest";
import { least, median, medianRatio } from "../src/statistics.ts";

describe("statistics", () => {
  it("finds the middle of a sample in any order", () => {
    expect([median([3, 1, 2]), median([4, 1, 3, 2]), median([7]), median([])]).toEqual([2, 2.5, 7, Number.NaN]);
  });

  it("sorts by number, not by text", () => {
    expect(median([9, 10, 100])).toBe(10);
  });

  it("finds the least value", () => {
    expect([least([3, 1, 2]), least([])]).toEqual([1, Number.NaN]);
  });

  it("divides values of the same round, so that a slow round changes nothing", () => {
    expect(medianRatio([20, 200, 22], [10, 100, 10])).toBe(2);
  });
});
