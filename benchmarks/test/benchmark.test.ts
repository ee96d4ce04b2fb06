import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Calibration } from "../src/calibration.ts";
import { quiet, simulate, simulatedBaselines, simulatedProgram, simulatedWorkload, type Told } from "./simulation.ts";

const peer: Told = { ms: 100 };
const all = (told: Told) => ({ deltafuse: { ms: 98, ...told }, floor: { ms: 97 }, duckdb: peer });
const both = (told: Told) => ({ deltafuse: { ms: 98, ...told }, duckdb: peer });
const alone = (told: Told) => ({ deltafuse: { ms: 98, ...told } });
const once = { rounds: 1, mostRounds: 1 };
const baselineAtPar = {
  ...simulatedBaselines,
  ratios: { "simulated.query duckdb": { value: 1, spread: 0.001, rounds: 7, sourceHash: "" } },
};

/** Looks at the machine that find these, one after the other, and then a quiet one. */
const looks = (...found: readonly Partial<Calibration>[]) => {
  const rest = [...found];
  return () => Promise.resolve({ ...quiet, ...rest.shift() });
};

describe("the gate", () => {
  it("is green where everything is as promised and as committed", async () => {
    const { exitCode, entries, result } = await simulate(all({}));
    expect([exitCode, entries]).toEqual([
      0,
      [{ id: "simulated.query", verdict: "pass", reasons: [], ratio: expect.closeTo(0.98, 5), limit: 1.2 }],
    ]);
    expect(result.records).toHaveLength(5);
    expect(Object.keys(result.records[0]?.processes ?? {}).toSorted()).toEqual(["deltafuse", "duckdb", "floor"]);
  });

  it("ends with 1 when DeltaFuse becomes 30 % slower, and passes at 3 %", async () => {
    const slow = await simulate(both({ ms: 130 }), { baselines: baselineAtPar });
    expect([slow.exitCode, slow.entries[0]?.verdict]).toEqual([1, "regression"]);
    expect(slow.entries[0]?.reasons).toEqual(["duckdb: 1.300, bound 1.100"]);
    const alike = await simulate(both({ ms: 103 }), { baselines: baselineAtPar });
    expect([alike.exitCode, alike.entries[0]?.verdict]).toEqual([0, "pass"]);
  });

  it("tells of an improvement beyond the baseline, and passes", async () => {
    const { exitCode, entries } = await simulate(both({ ms: 80 }), { baselines: baselineAtPar });
    expect([exitCode, entries[0]?.verdict]).toEqual([0, "improved"]);
  });

  it("ends with 4 at a wrong cell of DeltaFuse, which beats a good ratio, and names the cell", async () => {
    const { exitCode, entries } = await simulate(both({ ms: 50, rows: [["1", "2.51"]] }));
    expect([exitCode, entries[0]?.verdict]).toEqual([4, "wrong"]);
    expect(entries[0]?.reasons[0]).toMatch(/^deltafuse is wrong: 1 rows .* instead of the committed 1 rows/);
    const uncommitted = { ...simulatedBaselines, digests: {} };
    const compared = await simulate(all({ rows: [["1", "2.51"]] }), { baselines: uncommitted, ...once });
    expect(compared.entries[0]?.reasons[0]).toBe("deltafuse is wrong: row 1, amount decimal: 2.51 instead of 2.50");
  });

  it("names query, row and column of a cell that is not in the official answer", async () => {
    const folder = await mkdtemp(join(tmpdir(), "deltafuse-answers-"));
    try {
      await mkdir(join(folder, "answers", "tpch-sf1"), { recursive: true });
      await writeFile(join(folder, "answers", "tpch-sf1", "q1.csv"), "id,amount\n1,2.50\n2,3.50\n");
      const rows = [
        ["1", "2.50"],
        ["2", "3.51"],
      ];
      const { exitCode, entries } = await simulate(alone({ rows }), {
        ...once,
        workloads: [{ ...simulatedWorkload, id: "tpch.q1", family: "tpch" }],
        baselines: { ...simulatedBaselines, ceilings: [], counters: {}, plans: { "tpch.q1": "TableScan: wide\n" } },
        baselineFolder: folder,
        dataOf: () => Promise.resolve({ key: "tpch", tables: {}, scales: { tpch: 1 } }),
      });
      expect([exitCode, entries[0]?.id]).toEqual([4, "tpch.q1"]);
      expect(entries[0]?.reasons).toContain("deltafuse is wrong: row 2, amount: 3.51 instead of 3.50");
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it("runs nothing any more after the round with the wrong result", async () => {
    const later = { ...simulatedWorkload, id: "later.query", family: "later" };
    const told = both({ rows: [["1", "2.51"]] });
    const { result, exitCode, printed } = await simulate(told, { workloads: [simulatedWorkload, later] });
    expect([exitCode, result.records.map(({ group, round }) => [group, round])]).toEqual([4, [["simulated", 0]]]);
    expect(printed.at(-1)).toBe("The run ends here: a result of simulated.query is wrong.");
  });

  it("ends with 4 when a later round finds something else", async () => {
    const { exitCode, entries } = await simulate(all({ answer: "2 rows" }), once);
    expect([exitCode, entries[0]?.reasons[0]]).toEqual([4, "deltafuse is wrong: it found 2 rows instead of 1 row"]);
  });

  it("ends with 1 at a changed plan and at a changed counter, with the difference", async () => {
    const plan = await simulate(both({ plan: "Filter: id > 1\n" }), once);
    expect([plan.exitCode, plan.entries[0]?.verdict]).toEqual([1, "changed"]);
    expect(plan.entries[0]?.reasons.slice(0, 2)).toEqual(["plan - TableScan: wide", "plan + Filter: id > 1"]);
    const counter = await simulate(both({ ms: 50, nativeCalls: 4 }));
    expect([counter.exitCode, counter.entries[0]?.reasons]).toEqual([1, ["counter nativeCalls: 3 -> 4"]]);
  });

  it("ends with 4 where the peer that has to confirm the floor contradicts it, unless a digest is committed", async () => {
    const workloads = [{ ...simulatedWorkload, confirmedBy: "duckdb" as const }];
    const told = { ...all({}), duckdb: { rows: [["1", "2.60"]] } };
    const baselines = { ...simulatedBaselines, digests: {} };
    const doubtful = await simulate(told, { workloads, baselines, ...once });
    expect([doubtful.exitCode, doubtful.entries[0]?.reasons[0]]).toEqual([
      4,
      "deltafuse is wrong: duckdb contradicts and nothing else decides: row 1, amount decimal: 2.60 instead of 2.50",
    ]);
    const committed = await simulate(told, { workloads, ...once });
    expect(committed.result.correctness.get("simulated.query")).toMatchObject({ floor: { kind: "right" } });
  });

  it("ends with 3 where a peer is wrong, and names the promise that nobody judged", async () => {
    const { exitCode, entries } = await simulate({ ...all({}), duckdb: { rows: [["1", "2.60"]] } }, once);
    expect([exitCode, entries[0]]).toMatchObject([3, { verdict: "inconclusive", ratio: null }]);
    const wrong = "duckdb is wrong: row 1, amount decimal: 2.60 instead of 2.50";
    expect(entries[0]?.reasons).toEqual([wrong, `duckdb: ${wrong}`]);
  });

  it("ends with 1 when DeltaFuse crashes and with 3 when a reference does", async () => {
    const own = await simulate(both({ end: "crash" }), once);
    expect([own.exitCode, own.entries[0]?.verdict]).toEqual([1, "failed"]);
    const peers = await simulate({ ...all({}), duckdb: { end: "exit" } }, once);
    expect([peers.exitCode, peers.entries[0]?.verdict]).toEqual([3, "inconclusive"]);
  });

  it("adds rounds while they are too few to decide, and ends with 3 when they stay so", async () => {
    const { exitCode, result } = await simulate(both({}), { rounds: 2, mostRounds: 4 });
    expect([exitCode, result.records.length]).toEqual([3, 4]);
  });

  it("ends with 3 when the time is spent before enough rounds were made", async () => {
    const { exitCode, result } = await simulate(both({}), { budgetMs: 0 });
    expect([exitCode, result.records, [...result.outOfTime]]).toEqual([3, [], ["simulated"]]);
  });
});

describe("a noisy machine", () => {
  it.each([
    ["before", [{}, { bandwidth: 8 }, {}]],
    ["after", [{}, {}, { bandwidth: 8 }]],
    ["and slow at the processor", [{}, {}, { sha256Ms: 60 }]],
    ["and swaps", [{}, {}, { swappedPages: 5 }]],
  ] as const)("makes a round be repeated when it drifts %s", async (_when, found) => {
    const { result, printed } = await simulate(alone({}), { calibrate: looks(...found), ...once });
    expect(result.records.map(({ attempt, disturbance }) => [attempt, disturbance === null])).toEqual([
      [0, false],
      [1, true],
    ]);
    expect(printed.some((line) => line.startsWith("round 1: simulated is repeated: "))).toBe(true);
  });

  it("makes a round be repeated when it drifts between two rounds", async () => {
    const calibrate = looks({}, {}, {}, { bandwidth: 9 }, { bandwidth: 9 });
    const { result } = await simulate(alone({}), { calibrate, rounds: 2, mostRounds: 2 });
    expect(result.records.map(({ round, disturbance }) => [round, disturbance])).toEqual([
      [0, null],
      [1, "memory at 90 % of the best"],
      [1, null],
    ]);
  });

  it("makes the workload noisy after five repetitions, which is not green", async () => {
    let bandwidth = 100;
    const calibrate = () => Promise.resolve({ ...quiet, bandwidth: (bandwidth *= 0.9) });
    const { exitCode, result, entries } = await simulate(both({}), { calibrate });
    expect(result.records.map(({ attempt }) => attempt)).toEqual([0, 1, 2, 3, 4, 5]);
    expect([exitCode, [...result.noisy], entries[0]?.verdict]).toEqual([3, ["simulated"], "inconclusive"]);
  });

  it("repeats a round in which a process read pages from disk", async () => {
    const { result } = await simulate(alone({ majorFaults: 2 }), once);
    expect(result.records[0]?.disturbance).toBe("major page faults: deltafuse");
    expect(result.noisy.size).toBe(1);
  });
});

describe("a run", () => {
  it("starts the contestants of each round in an order that only the seed decides", async () => {
    const orders = async (seed: number) =>
      (await simulate(all({}), { seed })).result.records.map(({ order }) => order.join(" "));
    const one = await orders(1);
    expect(await orders(1)).toEqual(one);
    expect(new Set(one).size).toBeGreaterThan(1);
    expect(await orders(2)).not.toEqual(one);
  });

  it("compares two revisions of DeltaFuse as it compares contestants", async () => {
    const entrant = (id: string, ms: number) => ({
      id,
      contestant: "deltafuse" as const,
      program: simulatedProgram({ ms }),
    });
    const ceilings = simulatedBaselines.ceilings.map((one) => ({ ...one, reference: "base", must: { ratio: 1.1 } }));
    const { exitCode, entries } = await simulate(
      {},
      { entrants: [entrant("deltafuse", 130), entrant("base", 100)], baselines: { ...simulatedBaselines, ceilings } },
    );
    expect([exitCode, entries[0]?.verdict, entries[0]?.ratio]).toEqual([1, "regression", expect.closeTo(1.3, 5)]);
  });

  it("has processes of its own for a workload that stays alone", async () => {
    const single = { ...simulatedWorkload, id: "simulated.alone", alone: true };
    const workloads = [simulatedWorkload, { ...simulatedWorkload, id: "simulated.other" }, single];
    const { result } = await simulate(all({}), { workloads, ...once });
    expect(
      result.records.map(({ group, processes }) => [group, [...(processes["floor"]?.outcomes.keys() ?? [])]]),
    ).toEqual([
      ["simulated", ["simulated.query", "simulated.other"]],
      ["simulated.alone", ["simulated.alone"]],
    ]);
  });
});
