import { describe, expect, it } from "vitest";
import { type Ceiling, limitsOf, scoreOf } from "../src/ceiling.ts";
import { counterDifferences, textDifference } from "../src/counters.ts";
import { boundOf, exitCodeOf, judge, type RatioBaseline, type Verdict, worst } from "../src/gate.ts";
import { gateRecord } from "../src/gate-record.ts";
import { readMachine } from "../src/machine.ts";

const baseline = (value: number, spread: number): RatioBaseline => ({ value, spread, rounds: 7, sourceHash: "" });
const evidence = (lower: number, upper: number, rest: object = {}) => ({
  estimate: { value: (lower + upper) / 2, spread: 0.01, interval: { lower, upper }, rounds: 7 },
  ceiling: 1.25,
  baseline: null,
  noisy: false,
  ...rest,
});

describe("judge", () => {
  it.each<[string, ReturnType<typeof evidence>, Verdict]>([
    ["below the ceiling", evidence(1.1, 1.2), "pass"],
    ["up to the ceiling", evidence(1.1, 1.25), "pass"],
    ["above the ceiling", evidence(1.26, 1.3), "regression"],
    ["on both sides of it", evidence(1.2, 1.3), "inconclusive"],
    ["below the ceiling, above the baseline", evidence(1.15, 1.2, { baseline: baseline(1, 0.01) }), "regression"],
    ["above a quiet baseline by less than a tenth", evidence(1.05, 1.09, { baseline: baseline(1, 0.01) }), "pass"],
    [
      "above a restless baseline by less than three spreads",
      evidence(1.1, 1.2, { baseline: baseline(1, 0.08) }),
      "pass",
    ],
    ["above a ceiling that the baseline exceeds", evidence(1.3, 1.35, { baseline: baseline(1.3, 0.01) }), "regression"],
    ["better than the baseline by more than a tenth", evidence(0.8, 0.85, { baseline: baseline(1, 0.01) }), "improved"],
    ["better than the baseline by less than that", evidence(0.88, 0.95, { baseline: baseline(1, 0.01) }), "pass"],
    ["good on a noisy machine", evidence(1.1, 1.2, { noisy: true }), "inconclusive"],
    [
      "good after too few rounds",
      { ...evidence(1, 1), estimate: { ...evidence(1, 1).estimate, rounds: 4 } },
      "inconclusive",
    ],
  ])("an interval %s: %#", (_what, found, verdict) => {
    expect(judge(found)).toBe(verdict);
  });

  it("takes the ceiling alone on a machine class without a baseline", () => {
    expect([boundOf({ ceiling: 1.25, baseline: null }), boundOf({ ceiling: 1.25, baseline: baseline(1, 0) })]).toEqual([
      1.25, 1.1,
    ]);
  });
});

describe("worst", () => {
  it("lets a wrong result beat a changed counter, and that a good ratio", () => {
    expect(worst(["pass", "changed", "wrong"])).toBe("wrong");
    expect(worst(["pass", "changed"])).toBe("changed");
    expect(worst([])).toBe("pass");
  });

  it("has an exit code for each, and inconclusive is not green", () => {
    const codes = (verdicts: readonly Verdict[]) => verdicts.map((verdict) => exitCodeOf([verdict, "pass"]));
    expect(codes(["wrong", "changed", "failed", "regression", "inconclusive", "unjudged", "improved", "pass"])).toEqual(
      [4, 1, 1, 1, 3, 0, 0, 0],
    );
    const entry = (verdict: Verdict) => ({ id: "one", verdict, reasons: [], ratio: 1, limit: 2 });
    const about = {
      sourceHash: "a",
      nativeBuildId: "b",
      suite: "gate",
      profile: "release",
      finishedAt: "now",
      machine: readMachine(),
    } as const;
    expect(gateRecord([entry("pass"), entry("improved")], about).verdict).toBe("green");
    expect(gateRecord([entry("inconclusive")], about)).toEqual({
      ...about,
      kind: "deltafuse.gate",
      version: 1,
      verdict: "inconclusive",
      workloads: { one: { verdict: "inconclusive", ratio: 1, limit: 2 } },
    });
  });
});

describe("a ceiling", () => {
  const ceiling: Ceiling = {
    id: "floor",
    title: "",
    metric: "ms",
    reference: "floor",
    fold: "each",
    must: { release: { ratio: 1.25 }, published: { ratio: 1.15 } },
    aim: { ratio: 1 },
    below: { reference: 50, must: { ratio: 1, plus: 0.25 }, aim: null },
  };

  it("depends on the profile, and on the size of the reference", () => {
    expect(limitsOf(ceiling, { profile: "published", reference: 60 })).toEqual({
      must: { ratio: 1.15 },
      aim: { ratio: 1 },
    });
    expect(limitsOf(ceiling, { profile: "release", reference: 60 }).must).toEqual({ ratio: 1.25 });
    expect(limitsOf(ceiling, { profile: "release", reference: 49 }).must).toEqual({ ratio: 1, plus: 0.25 });
  });

  it("is a quotient, an amount above the reference, or absolute", () => {
    const told = [scoreOf({ ratio: 2 }, true), scoreOf({ ratio: 1.2, plus: 40 }, true), scoreOf({ plus: 10 }, false)];
    expect(told.map(({ kind, of, bound }) => [kind, of(300, 100), bound])).toEqual([
      ["ratio", 3, 2],
      ["difference", 180, 40],
      ["absolute", 300, 10],
    ]);
  });
});

describe("counters", () => {
  it("are compared exactly", () => {
    const before = { nativeCalls: 3, bytes: 1000, gone: "a" };
    expect(counterDifferences(before, { nativeCalls: 4, bytes: 1000, come: 1 })).toEqual([
      { name: "come", before: null, now: 1 },
      { name: "gone", before: "a", now: null },
      { name: "nativeCalls", before: 3, now: 4 },
    ]);
  });

  it("tells the lines in which two plans differ", () => {
    expect(textDifference("a\nb\n", "a\nc\n")).toEqual(["- b", "+ c"]);
    expect(textDifference("a\nb", "b\na")).toEqual(["the same lines in another order"]);
    expect(textDifference("a\n", "a")).toEqual([]);
  });
});
