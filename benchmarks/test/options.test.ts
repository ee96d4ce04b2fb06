import { describe, expect, it } from "vitest";
import { parseOptions } from "../src/options.ts";

describe("parseOptions", () => {
  it("has ten million rows and five rounds, and less of both when it is quick", () => {
    expect(parseOptions(["--output", "out"], "/here")).toEqual({
      quick: false,
      rows: 10_000_000,
      rounds: 5,
      filter: "",
      output: "/here/out",
    });
    expect(parseOptions(["--quick", "--filter", "rows", "--output", "/there"], "/here")).toEqual({
      quick: true,
      rows: 200_000,
      rounds: 1,
      filter: "rows",
      output: "/there",
    });
  });

  it("puts results into the package unless told otherwise", () => {
    expect(parseOptions(["--rows", "1000", "--rounds", "3"], "/here")).toMatchObject({
      rows: 1000,
      rounds: 3,
      output: expect.stringMatching(/[\\/]benchmarks[\\/]output$/),
    });
  });

  it("refuses what it does not know", () => {
    for (const args of [
      ["--fast"],
      ["columns"],
      ["--rounds", "0"],
      ["--rows", "1e99"],
      ["--rounds", "many"],
      ["--rounds"],
    ]) {
      expect(parseOptions(args, "/here")).toBeNull();
    }
  });
});
