import { describe, expect, it } from "vitest";
import type { Measurement } from "../src/measurement.ts";
import { renderReport } from "../src/report.ts";
import type { Round } from "../src/runner.ts";
import { type Finding, summarize } from "../src/summary.ts";
import type { Workload } from "../src/workload.ts";

const workload: Workload = {
  id: "columns",
  title: "stream as columns",
  wanted: { kind: "speed", atLeast: 2 },
  rowsOf: (rows) => rows,
  watchLag: true,
  run: async () => ({ answer: [] }),
  digest: null,
};

function measurement(times: readonly number[], lag: number): Measurement {
  return {
    times,
    answer: [],
    digest: null,
    lags: times.map(() => ({ max: lag, p99: 0, ownMax: lag / 2 })),
    settings: {},
  };
}

const rounds: readonly Round[] = [
  { deltafuse: measurement([10, 12, 11], 3), duckdb: measurement([33], 20) },
  { deltafuse: measurement([100], 9), duckdb: measurement([400, 420, 410], 40) },
  { deltafuse: measurement([20, 9], 30), duckdb: measurement([29], 10) },
];

const finding: Finding = {
  id: "columns",
  title: "stream as columns",
  rows: 30_000,
  wanted: { kind: "speed", atLeast: 2 },
  medianMs: { deltafuse: 14.5, duckdb: 33 },
  leastMs: { deltafuse: 9, duckdb: 29 },
  speed: 3,
  lagMs: { deltafuse: 6, duckdb: 40 },
  ownLagMs: { deltafuse: 3, duckdb: 20 },
};

describe("summarize", () => {
  it("takes medians of rounds, quotients within a round, and pauses over all runs", () => {
    expect(summarize({ workload, rounds }, 30_000)).toEqual(finding);
  });

  it("has pauses of the thread itself only where every run tells them", () => {
    const [round] = rounds;
    if (round === undefined) throw new Error("There are no rounds.");
    const silent = { ...round.duckdb, lags: [{ max: 1, p99: 0, ownMax: null }] };
    const found = summarize({ workload, rounds: [...rounds, { ...round, duckdb: silent }] }, 30_000);
    expect(found.ownLagMs).toBeNull();
  });
});

describe("renderReport", () => {
  it("puts what is wanted beside what was found", () => {
    const query: Finding = {
      ...finding,
      rows: null,
      lagMs: null,
      ownLagMs: null,
      title: "query",
      wanted: { kind: "time", atMost: 0.25 },
    };
    expect(renderReport([finding, query])).toBe(
      [
        "workload                               DeltaFuse          DuckDB             ratio     wanted",
        "------------------------------------------------------------------------------------------------------",
        "stream as columns                  2.07 M rows/s  0.909 M rows/s    3.00 x as fast     >= 2 x  reached",
        "  longest pause of the event loop        6.00 ms         40.0 ms                     <= 10 ms  reached",
        "  without waits for a processor          3.00 ms         20.0 ms",
        "query                                    14.5 ms         33.0 ms  0.333 x the time  <= 0.25 x  missed",
      ].join("\n"),
    );
  });
});
