import { fileURLToPath } from "node:url";
import type { Baselines } from "../src/baseline.ts";
import { type BenchmarkPlan, type BenchmarkResult, runBenchmark } from "../src/benchmark.ts";
import type { Calibration } from "../src/calibration.ts";
import type { Ceiling } from "../src/ceiling.ts";
import type { ChildProgram } from "../src/child-process.ts";
import type { ContestantName } from "../src/contestant.ts";
import type { Entrant } from "../src/entrant.ts";
import { type ExitCode, exitCodeOf } from "../src/gate.ts";
import { gateRepetition } from "../src/measurement.ts";
import { type VerdictEntry, verdictList } from "../src/verdict-list.ts";
import type { Workload } from "../src/workload.ts";

const program = fileURLToPath(new URL("simulated-contestant.mjs", import.meta.url));

/** What a simulated contestant tells. */
export interface Told {
  readonly ms?: number;
  readonly unsupported?: string;
  readonly nativeCalls?: number;
  readonly plan?: string;
  readonly rows?: readonly (readonly string[])[];
  readonly answer?: string;
  readonly noise?: readonly string[];
  readonly majorFaults?: number;
  readonly end?: "crash" | "exit" | "hang" | "refuse";
}

/** The program of a simulated contestant. */
export function simulatedProgram(told: Told): ChildProgram {
  return { command: process.execPath, args: [program, JSON.stringify({ ms: 100, ...told })] };
}

/** A workload that only simulated contestants can do. */
export const simulatedWorkload: Workload = {
  id: "simulated.query",
  family: "simulated",
  title: "a query that takes as long as it is told to",
  suites: ["smoke", "gate"],
  contestants: ["deltafuse", "floor", "duckdb"],
  data: [],
  alone: false,
  watch: [],
  setup: () => Promise.reject(new Error("nobody sets this up")),
  digest: null,
  counters: () => Promise.resolve({}),
  plan: "SELECT 1",
  ceilings: ["duckdb"],
};

const ceiling: Ceiling = {
  id: "duckdb",
  title: "over DuckDB",
  metric: "ms",
  reference: "duckdb",
  fold: "each",
  must: { ratio: 1.2 },
  aim: { ratio: 1 },
};

/** What is committed about the simulated workload. */
export const simulatedBaselines: Baselines = {
  ceilings: [ceiling],
  counters: { "simulated.query": { nativeCalls: 3 } },
  digests: { "simulated.query": { "": { rows: 1, sha256: JSON.stringify([["1", "2.50"]]) } } },
  plans: { "simulated.query": "TableScan: wide\n" },
  ratios: {},
  settings: null,
};

/** A machine at rest. */
export const quiet: Calibration = { bandwidth: 10, sha256Ms: 40, swappedPages: 0 };

/** A run with simulated contestants, and how it ends. */
export interface Simulated {
  readonly result: BenchmarkResult;
  readonly entries: readonly VerdictEntry[];
  readonly exitCode: ExitCode;
  readonly printed: readonly string[];
}

/** Who takes part, and what each of them tells. */
export type Contestants = Readonly<Partial<Record<ContestantName, Told>>>;

/** A run with simulated contestants on a quiet machine. */
export function simulatedPlan(contestants: Contestants, changes: Partial<BenchmarkPlan> = {}): BenchmarkPlan {
  const names: readonly ContestantName[] = ["deltafuse", "floor", "duckdb", "polars"];
  const entrants = names.flatMap((name): Entrant[] => {
    const told = contestants[name];
    return told === undefined ? [] : [{ id: name, contestant: name, program: simulatedProgram(told) }];
  });
  return {
    selection: { suite: "gate", filter: "", peers: null },
    workloads: [simulatedWorkload],
    entrants,
    baselines: simulatedBaselines,
    baselineFolder: "/nowhere",
    dataOf: () => Promise.resolve({ key: "", tables: {}, scales: {} }),
    limits: { threads: 2, partitions: 2, memoryGiB: 1 },
    repetition: gateRepetition,
    profile: "release",
    seed: 1,
    rounds: 5,
    mostRounds: 7,
    budgetMs: 60_000,
    calibrate: () => Promise.resolve(quiet),
    print: () => undefined,
    ...changes,
  };
}

/** Runs simulated contestants through everything but the machine. */
export async function simulate(contestants: Contestants, changes: Partial<BenchmarkPlan> = {}): Promise<Simulated> {
  const printed: string[] = [];
  const plan = simulatedPlan(contestants, { print: (line) => printed.push(line), ...changes });
  const result = await runBenchmark(plan);
  const { workloads, baselines } = plan;
  const entries = verdictList({ result, workloads, baselines, judgesTimes: true });
  return { result, entries, exitCode: exitCodeOf(entries.map(({ verdict }) => verdict)), printed };
}
