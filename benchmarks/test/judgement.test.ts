import { describe, expect, it } from "vitest";
import type { BenchmarkResult } from "../src/benchmark.ts";
import type { Ceiling } from "../src/ceiling.ts";
import type { Outcome, ProcessResult } from "../src/child-process.ts";
import { exitCodeOf } from "../src/gate.ts";
import { judgementsOf } from "../src/judgement.ts";
import type { RoundRecord } from "../src/round.ts";
import { verdictList } from "../src/verdict-list.ts";
import type { Workload } from "../src/workload.ts";
import { simulatedBaselines, simulatedWorkload } from "./simulation.ts";

const measured = (ms: number): Outcome => ({
  kind: "measured",
  samples: [{ ms }],
  answer: ["1 row"],
  digest: null,
  counters: null,
  plan: null,
});

type Outcomes = Readonly<Record<string, Outcome>>;

const processOf = (outcomes: Outcomes): ProcessResult => ({
  outcomes: new Map(Object.entries(outcomes)),
  settings: null,
  session: null,
  maxRssMiB: null,
  majorFaults: 0,
  noise: [],
  wallMs: 0,
});

/** Five rounds in which DeltaFuse takes 98 ms for each workload, and DuckDB does as it is told. */
function gate(
  workloads: readonly Workload[],
  { duckdb, deltafuse }: Readonly<Record<string, Outcomes>>,
  fold: Ceiling["fold"],
) {
  const own = deltafuse ?? Object.fromEntries(workloads.map(({ id }) => [id, measured(98)]));
  const processes = { deltafuse: processOf(own), duckdb: processOf(duckdb ?? {}) };
  const records = [0, 1, 2, 3, 4].map((round): RoundRecord => ({
    group: "simulated",
    round,
    attempt: 0,
    order: [],
    calibrations: null,
    disturbance: null,
    processes,
  }));
  const ceilings = simulatedBaselines.ceilings.map((one) => ({ ...one, fold }));
  const about = { records, profile: "release", correctness: new Map(), baselines: {}, isNoisy: () => false } as const;
  const judgements = judgementsOf(about, ceilings, workloads);
  const facts = { counters: {}, plans: {}, failures: {}, session: null };
  const rounds = { records, noisy: new Set<string>(), outOfTime: new Set<string>() };
  const result: BenchmarkResult = { ...rounds, facts, correctness: new Map(), judgements, digests: {} };
  const baselines = { ...simulatedBaselines, counters: {}, plans: {} };
  const entries = verdictList({ result, workloads, baselines, judgesTimes: true });
  return { exitCode: exitCodeOf(entries.map(({ verdict }) => verdict)), last: entries.at(-1) };
}

const one = simulatedWorkload;
const other = { ...one, id: "simulated.other" };
const cannot: Outcome = { kind: "unsupported", reason: "It has no Delta tables." };

describe("a promise about a peer", () => {
  it.each<[string, Outcome, string]>([
    ["cannot do it", cannot, "duckdb: It has no Delta tables."],
    ["fails", { kind: "failed", message: "Out of memory\n  at execute" }, "duckdb failed: Out of memory"],
    ["hangs", { kind: "timeout", afterMs: 120_000 }, "duckdb was silent for 120 s"],
  ])("is inconclusive, by name, where the peer %s", (_what, outcome, reason) => {
    const { exitCode, last } = gate([one], { duckdb: { [one.id]: outcome } }, "each");
    expect([exitCode, last]).toMatchObject([
      3,
      { verdict: "inconclusive", ratio: null, reasons: [`duckdb: ${reason}`] },
    ]);
  });

  it("is inconclusive where the peer did not run", () => {
    const { exitCode, last } = gate([one], {}, "each");
    expect([exitCode, last?.reasons]).toEqual([3, ["duckdb: duckdb did not run"]]);
  });

  it("is unjudged, and green, where the workload says why the peer cannot do it", () => {
    const listed = { ...one, unsupported: { duckdb: "It has no Delta tables." } };
    const { exitCode, last } = gate([listed], { duckdb: { [one.id]: cannot } }, "each");
    expect([exitCode, last]).toMatchObject([
      0,
      { verdict: "unjudged", reasons: ["duckdb: duckdb: It has no Delta tables."] },
    ]);
  });

  it("is failed where DeltaFuse hangs", () => {
    const hung = { [one.id]: { kind: "timeout", afterMs: 120_000 } } as const;
    const { exitCode, last } = gate([one], { deltafuse: hung, duckdb: { [one.id]: measured(100) } }, "each");
    expect([exitCode, last?.verdict]).toEqual([1, "failed"]);
    expect(last?.reasons).toContain("deltafuse failed: it was silent for 120 s");
  });
});

describe("a promise over several workloads", () => {
  const duckdb = { [one.id]: measured(100), [other.id]: cannot };

  it("tells the mean of those that a peer can do, and decides nothing", () => {
    const { exitCode, last } = gate([one, other], { duckdb }, "geomean");
    expect([exitCode, last?.id, last?.verdict]).toEqual([3, "duckdb", "inconclusive"]);
    expect([last?.ratio, last?.reasons]).toEqual([expect.closeTo(0.98, 5), ["duckdb: It has no Delta tables."]]);
  });

  it("leaves out what a workload says that the peer cannot do", () => {
    const listed = { ...other, unsupported: { duckdb: "It has no Delta tables." } };
    const { exitCode, last } = gate([one, listed], { duckdb }, "geomean");
    expect([exitCode, last?.verdict, last?.ratio]).toEqual([0, "pass", expect.closeTo(0.98, 5)]);
    const allListed = [one, other].map((each) => ({ ...each, unsupported: { duckdb: "It is not there." } }));
    expect(gate(allListed, { duckdb }, "geomean").last?.verdict).toBe("unjudged");
  });

  it("is failed where DeltaFuse fails at one of them", () => {
    const deltafuse = { [one.id]: measured(98), [other.id]: { kind: "failed", message: "Out of memory" } } as const;
    const { exitCode, last } = gate([one, other], { deltafuse, duckdb }, "sum");
    expect([exitCode, last?.verdict, last?.reasons]).toEqual([1, "failed", ["deltafuse failed: Out of memory"]]);
  });
});
