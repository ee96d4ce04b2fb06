import { describe, expect, it } from "vitest";
import {
  bootstrapInterval,
  estimate,
  geometricMean,
  median,
  medianAbsoluteDeviation,
  paired,
  quantile,
  spread,
} from "../src/statistics.ts";

describe("statistics", () => {
  it("finds the middle of a sample in any order", () => {
    expect([median([3, 1, 2]), median([4, 1, 3, 2]), median([7]), median([])]).toEqual([2, 2.5, 7, Number.NaN]);
  });

  it("sorts by number, not by text", () => {
    expect(median([9, 10, 100])).toBe(10);
  });

  it("interpolates quantiles between neighbours", () => {
    expect([quantile([4, 1, 3, 2], 0), quantile([4, 1, 3, 2], 0.5), quantile([1, 2], 0.25), quantile([], 0.5)]).toEqual(
      [1, 2.5, 1.25, Number.NaN],
    );
  });

  it("measures how far values are from their median, whatever one of them does", () => {
    expect(medianAbsoluteDeviation([1, 1, 2, 2, 4, 6, 9])).toBe(1);
    expect(medianAbsoluteDeviation([1, 1, 2, 2, 4, 6, 9000])).toBe(1);
    expect(spread([1, 1, 2, 2, 4, 6, 9])).toBe(1.4826);
  });

  it("takes the mean of factors", () => {
    expect([geometricMean([1, 4]), geometricMean([2, 0.5]), geometricMean([])]).toEqual([2, 1, Number.NaN]);
  });

  it("has the same interval of the median for the same values, within their bounds", () => {
    const values = [0.98, 1.01, 1, 1.02, 0.97, 1.03, 0.99];
    expect(bootstrapInterval(values)).toEqual({ lower: 0.98, upper: 1.02 });
    expect(bootstrapInterval(values)).toEqual(bootstrapInterval(values));
    expect(bootstrapInterval([1, 1, 1])).toEqual({ lower: 1, upper: 1 });
  });

  it("sums up the rounds of a value", () => {
    expect(estimate([2, 2, 2])).toEqual({ value: 2, spread: 0, interval: { lower: 2, upper: 2 }, rounds: 3 });
  });

  it("pairs values of the same round and leaves out what one of them lacks", () => {
    const pairs = paired(
      new Map([
        [0, 10],
        [1, 200],
        [3, 11],
      ]),
      new Map([
        [1, 100],
        [0, 5],
        [2, 7],
      ]),
    );
    expect(pairs).toEqual([
      [0, 10, 5],
      [1, 200, 100],
    ]);
  });
});
