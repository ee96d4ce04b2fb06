import type { Suite, Workload } from "../workload.ts";
import { runProgram } from "./node-program.ts";
import { everySuite } from "./query-workload.ts";

interface Load {
  readonly queries: number;
  readonly aborts: number;
  readonly restMs: number;
}

const loads: Readonly<Record<Suite, Load>> = {
  smoke: { queries: 20, aborts: 5, restMs: 10 },
  gate: { queries: 1000, aborts: 100, restMs: 10_000 },
  full: { queries: 1000, aborts: 100, restMs: 60_000 },
};

/** What a process holds before, while and after it uses an engine. */
export const memoryWorkloads: readonly Workload[] = [
  {
    id: "memory.use",
    family: "memory",
    title: "memory after 1 000 queries, aborts, close and a rest",
    suites: everySuite,
    contestants: ["deltafuse", "duckdb", "polars"],
    data: [{ set: "wide", scale: { smoke: 20_000, gate: 200_000, full: 200_000 } }],
    alone: true,
    watch: [],
    repetition: { warmUps: 0, longWarmUps: 0, leastRuns: 1, longRuns: 1, mostRuns: 1 },
    setup: (_engine, { contestant, tables, limits, scratch, suite }) => {
      const task = { contestant, tables, limits, scratch, ...loads[suite] };
      return Promise.resolve({
        run: async () => ({
          answer: ["measured"],
          metrics: await runProgram("memory-use", task, { flags: ["--expose-gc"] }),
        }),
      });
    },
    digest: null,
    counters: null,
    plan: null,
    ceilings: ["memory.after-close"],
  },
];
