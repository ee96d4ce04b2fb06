import { describe, expect, it } from "vitest";
import { formatDuration, parseDuration } from "../src/duration.ts";

const notAList = "it is not a list of integers with the units d, h, m, s, ms in that order";

describe("parseDuration", () => {
  it.each([
    ["30s", 30_000],
    ["1m30s", 90_000],
    ["2m", 120_000],
    ["250ms", 250],
    ["0s", 0],
    ["0m30s", 30_000],
    ["90s", 90_000],
    ["1d2h3m4s5ms", 93_784_005],
    ["1h5ms", 3_600_005],
    [250, 250],
    [0, 0],
  ])("reads %j as %d milliseconds", (input, millis) => {
    expect(parseDuration(input)).toBe(millis);
  });

  it.each([
    ["", notAList],
    ["30", notAList],
    ["s", notAList],
    ["30s1m", notAList],
    ["30s30s", notAList],
    ["1.5s", notAList],
    ["-1m", notAList],
    ["1m 30s", notAList],
    ["1M", notAList],
    ["1_000s", notAList],
    ["9007199254740992ms", "it is longer than 2^53-1 milliseconds"],
    ["104249991375d", "it is longer than 2^53-1 milliseconds"],
    [Number.NaN, "a number of milliseconds is an integer"],
    [1.5, "a number of milliseconds is an integer"],
    [-1, "a duration is not negative"],
  ])("rejects %j", (input, reason) => {
    expect(() => parseDuration(input)).toThrow(
      expect.objectContaining({ code: "CONFIG.INVALID_DURATION", details: { input: String(input), reason } }),
    );
  });
});

describe("formatDuration", () => {
  it.each([
    [0, "0s"],
    [250, "250ms"],
    [1000, "1s"],
    [30_000, "30s"],
    [60_000, "1m"],
    [90_000, "90s"],
    [300_000, "5m"],
    [3_600_000, "1h"],
    [5_400_000, "90m"],
    [86_400_000, "1d"],
    [93_784_005, "93784s5ms"],
    [93_784_000, "93784s"],
  ])("writes %d as %s", (millis, text) => {
    expect(formatDuration(parseDuration(millis))).toBe(text);
  });

  it("round-trips", () => {
    for (const millis of [1, 999, 1001, 59_999, 61_000, 3_599_999, 3_661_001, 90_061_001, Number.MAX_SAFE_INTEGER]) {
      expect(parseDuration(formatDuration(parseDuration(millis)))).toBe(millis);
    }
  });
});
