import { describe, expect, it } from "vitest";
import { parseDuration } from "../src/duration.ts";
import { formatSize, parseSize } from "../src/size.ts";

describe("parseSize", () => {
  it.each([
    ["1024", 1024],
    ["0", 0],
    ["8_192", 8192],
    ["1_0_0", 100],
    ["7B", 7],
    ["7b", 7],
    ["1K", 1024],
    ["1KB", 1024],
    ["1KiB", 1024],
    ["1kib", 1024],
    ["64M", 67_108_864],
    ["64 MiB", 67_108_864],
    ["1.5GiB", 1_610_612_736],
    ["0.5K", 512],
    ["2TB", 2_199_023_255_552],
    ["1.0009765625K", 1025],
    ["9007199254740991", 9_007_199_254_740_991],
    [0, 0],
    [-0, 0],
    [4096, 4096],
    [4096n, 4096],
  ])("reads %s as %d bytes", (input, bytes) => {
    expect(parseSize(input)).toBe(bytes);
  });

  it.each([
    ["", "it is neither digits nor a decimal with a unit of B, K, M, G or T"],
    ["abc", "it is neither digits nor a decimal with a unit of B, K, M, G or T"],
    ["-1M", "it is neither digits nor a decimal with a unit of B, K, M, G or T"],
    ["1e3", "it is neither digits nor a decimal with a unit of B, K, M, G or T"],
    ["1  K", "it is neither digits nor a decimal with a unit of B, K, M, G or T"],
    ["1Bi", "it is neither digits nor a decimal with a unit of B, K, M, G or T"],
    ["1BB", "it is neither digits nor a decimal with a unit of B, K, M, G or T"],
    ["1_", "it is neither digits nor a decimal with a unit of B, K, M, G or T"],
    [".5K", "it is neither digits nor a decimal with a unit of B, K, M, G or T"],
    [" 1K", "it is neither digits nor a decimal with a unit of B, K, M, G or T"],
    ["1P", "it is neither digits nor a decimal with a unit of B, K, M, G or T"],
    ["1.5", "a fraction needs a unit"],
    ["0.5B", "it has a fraction of a byte"],
    ["0.0001K", "it has a fraction of a byte"],
    ["9007199254740992", "it is larger than 2^53-1 bytes"],
    ["8192T", "it is larger than 2^53-1 bytes"],
    [2 ** 53, "it is larger than 2^53-1 bytes"],
    [2n ** 70n, "it is larger than 2^53-1 bytes"],
    [Number.NaN, "a number of bytes is an integer"],
    [Number.POSITIVE_INFINITY, "a number of bytes is an integer"],
    [0.5, "a number of bytes is an integer"],
    [-1, "a size is not negative"],
    [-1n, "a size is not negative"],
  ])("rejects %s", (input, reason) => {
    expect(() => parseSize(input)).toThrow(
      expect.objectContaining({ code: "CONFIG.INVALID_SIZE", details: { input: String(input), reason } }),
    );
  });
});

describe("formatSize", () => {
  it.each([
    [0, "0"],
    [1, "1"],
    [512, "512"],
    [1000, "1000"],
    [1024, "1KiB"],
    [1536, "1536"],
    [15_360, "15KiB"],
    [1_572_864, "1.5MiB"],
    [1_610_612_736, "1.5GiB"],
    [1_610_612_737, "1610612737"],
    [107_374_182_400, "100GiB"],
    [2 ** 53 - 1, "9007199254740991"],
  ])("writes %d as %s", (bytes, text) => {
    expect(formatSize(parseSize(bytes))).toBe(text);
  });

  it("round-trips", () => {
    for (let exponent = 0; exponent <= 53; exponent += 1) {
      for (const offset of [-1, 0, 1, 3]) {
        const bytes = Math.min(Math.max(2 ** exponent + offset, 0), Number.MAX_SAFE_INTEGER);
        expect(parseSize(formatSize(parseSize(bytes)))).toBe(bytes);
      }
    }
  });
});

it("lets the field decide what m means", () => {
  expect(parseSize("2m")).toBe(2_097_152);
  expect(parseDuration("2m")).toBe(120_000);
});
