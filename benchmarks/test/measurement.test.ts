import { describe, expect, it } from "vitest";
import { gateRepetition, measure, measuredRepetition, type Repetition, singleRepetition } from "../src/measurement.ts";
import type { WorkloadRun } from "../src/workload.ts";
import { simulatedWorkload } from "./simulation.ts";

/** Runs that say themselves how long they took: the first ones as told, all others as the last of these. */
function told(...times: readonly number[]) {
  const events: string[] = [];
  let count = 0;
  const run: WorkloadRun = {
    before: () => Promise.resolve(void events.push("before")),
    run: () => {
      events.push("run");
      const ms = times[Math.min(count++, times.length - 1)] ?? 0;
      return Promise.resolve({
        answer: [`${count}`],
        metrics: { ms },
        after: () => Promise.resolve(void events.push("after")),
      });
    },
  };
  return { run, events, runs: () => count };
}

async function counts(rules: Repetition, ...times: readonly number[]): Promise<readonly [all: number, kept: number]> {
  const { run, runs } = told(...times);
  const { samples } = await measure(simulatedWorkload, run, rules);
  return [runs(), samples.length];
}

describe("measure", () => {
  it("warms up twice, then runs at least five times and a second, and at most fifty times", async () => {
    expect(await counts(measuredRepetition, 300)).toEqual([7, 5]);
    expect(await counts(measuredRepetition, 100)).toEqual([12, 10]);
    expect(await counts(measuredRepetition, 1)).toEqual([52, 50]);
  });

  it("warms up once and runs twice where a run takes over two seconds", async () => {
    expect(await counts(measuredRepetition, 2001)).toEqual([3, 2]);
    expect(await counts(measuredRepetition, 2000)).toEqual([7, 5]);
  });

  it("takes a long run into account wherever it comes", async () => {
    expect(await counts(measuredRepetition, 10, 3000, 10)).toEqual([4, 2]);
    expect(await counts(measuredRepetition, 10, 10, 10, 3000)).toEqual([4, 2]);
  });

  it("is shorter in the gate, and one run without a warm-up in smoke", async () => {
    expect(await counts(gateRepetition, 100)).toEqual([4, 3]);
    expect(await counts(gateRepetition, 1001)).toEqual([2, 1]);
    expect(await counts(singleRepetition, 0)).toEqual([1, 1]);
    expect(await counts(singleRepetition, 60_000)).toEqual([1, 1]);
  });

  it("keeps the first answer that counts, and prepares and clears up around every run", async () => {
    const { run, events } = told(2001);
    const { answer, samples } = await measure(simulatedWorkload, run, measuredRepetition);
    expect([answer, samples.map(({ ms }) => ms)]).toEqual([["2"], [2001, 2001]]);
    expect(events).toEqual(Array.from({ length: 3 }, () => ["before", "run", "after"]).flat());
  });

  it("takes the wall time and the processor time of a run that tells none, and the memory where it is watched", async () => {
    const run: WorkloadRun = { run: () => Promise.resolve({ answer: [] }) };
    const watched = { ...simulatedWorkload, watch: ["rss"] as const };
    const { samples } = await measure(watched, run, singleRepetition);
    expect(samples).toEqual([{ ms: expect.any(Number), cpuMs: expect.any(Number), peakRssMiB: expect.any(Number) }]);
  });
});
