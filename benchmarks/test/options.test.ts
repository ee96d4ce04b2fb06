import { describe, expect, it } from "vitest";
import { parseOptions } from "../options.ts";

describe("parseOptions", () => {
  it("has five rounds, and one when it is quick", () => {
    expect(parseOptions(["--output", "out"], "/here")).toEqual({
      quick: false,
      rounds: 5,
      filter: "",
      output: "/here/out",
    });
    expect(parseOptions(["--quick", "--filter", "rows", "--output", "/there"], "/here")).toEqual({
      quick: true,
      rounds: 1,
      filter: "rows",
      output: "/there",
    });
  });

  it("puts results into the package unless told otherwise", () => {
    expect(parseOptions(["--rounds", "3"], "/here")).toMatchObject({
      rounds: 3,
      output: expect.stringMatching(/[\\/]benchmarks[\\/]output$/),
    });
  });

  it("refuses what it does not know", () => {
    for (const args of [["--fast"], ["columns"], ["--rounds", "0"], ["--rounds", "many"], ["--rounds"]]) {
      expect(parseOptions(args, "/here")).toBeNull();
    }
  });
});
