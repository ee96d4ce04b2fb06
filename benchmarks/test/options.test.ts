import { describe, expect, it } from "vitest";
import { parseOptions, UsageError } from "../src/options.ts";

describe("parseOptions", () => {
  it("runs all workloads with everybody for seven rounds, and once at smoke scale", () => {
    const run = { command: "run", suite: "full", filter: "", peers: null, rounds: 7, scale: null, profile: "release" };
    expect(parseOptions(["run"])).toEqual(run);
    expect(parseOptions(["run", "--suite", "smoke", "--filter", "tpch.q1"])).toEqual({
      ...run,
      suite: "smoke",
      filter: "tpch.q1",
      rounds: 1,
    });
    expect(parseOptions(["run", "--peers", "duckdb", "--rounds", "3", "--scale", "0.1"])).toEqual({
      ...run,
      peers: ["duckdb"],
      rounds: 3,
      scale: 0.1,
    });
    expect(parseOptions(["run", "--peers", ""])).toMatchObject({ peers: [] });
  });

  it("knows the other commands", () => {
    expect(parseOptions(["gate"])).toMatchObject({ command: "gate", suite: "gate", rounds: 7, profile: "release" });
    expect(parseOptions(["gate", "--profile", "published"])).toMatchObject({ profile: "published" });
    expect(parseOptions(["update", "--reason", "faster joins"])).toEqual({
      command: "update",
      reason: "faster joins",
      filter: "",
      suite: "gate",
    });
    expect(parseOptions(["compare", "--base", "main~1", "--filter", "small"])).toMatchObject({
      base: "main~1",
      rounds: 7,
    });
    expect(parseOptions(["list"])).toEqual({ command: "list", filter: "" });
    expect(parseOptions(["report", "one", "two"])).toEqual({ command: "report", runs: ["one", "two"] });
  });

  it.each([
    [["update"], "--reason says why"],
    [["update", "--reason", " "], "--reason says why"],
    [["update", "--reason", "why", "--suite", "full"], 'The suite "full" has no baselines'],
    [["compare"], "--base names"],
    [["gate", "--rounds", "3"], "Unknown option"],
    [["run", "columns"], "Unexpected argument"],
    [["run", "--rounds", "0"], "--rounds is a whole number from 1 to 15"],
    [["run", "--suite", "quick"], 'There is no suite "quick"'],
    [["run", "--peers", "sqlite"], 'There is no contestant "sqlite"'],
    [["run", "--scale", "0"], "--scale is a number above 0"],
    [["run", "--profile", "debug"], 'There is no profile "debug"'],
    [["publish"], 'There is no command "publish"'],
  ])("refuses %j", (args, message) => {
    expect(() => parseOptions(args)).toThrow(UsageError);
    expect(() => parseOptions(args)).toThrow(message);
  });
});
