import { loadavg } from "node:os";
import { join } from "node:path";
import { type Baselines, readBaselines } from "./baseline.ts";
import { type BenchmarkPlan, type BenchmarkResult, runBenchmark } from "./benchmark.ts";
import { calibrator } from "./calibrator.ts";
import { contestantNames } from "./contestant.ts";
import { dataSets } from "./data-list.ts";
import { placeData } from "./data-place.ts";
import type { StoredData } from "./data-cache.ts";
import { buildCommand, findProgram } from "./program-path.ts";
import type { Entrant } from "./entrant.ts";
import { type ExitCode, exitCodeOf, exitCodes } from "./gate.ts";
import { gateRecord, sourceHash, writeGateRecord } from "./gate-record.ts";
import { sharedLimits } from "./limits.ts";
import { type MachineFacts, readBuildId, readMachine, readVersions } from "./machine.ts";
import { gateRepetition, measuredRepetition, type Repetition, singleRepetition } from "./measurement.ts";
import type { RunOptions } from "./options.ts";
import { calibrationProgram, childProgram, folders, repositoryFolder } from "./place.ts";
import { waitForQuiet } from "./quiet-machine.ts";
import { measuredSession, writeRun } from "./result-folder.ts";
import { renderJudgements, renderReasons, renderTimes } from "./result-table.ts";
import { withRunLock } from "./run-lock.ts";
import { selectWorkloads } from "./selection.ts";
import { settingDifferences } from "./settings-artifact.ts";
import { type VerdictEntry, verdictList } from "./verdict-list.ts";
import type { Suite } from "./workload.ts";
import { workloads } from "./workload-list.ts";

/** Takes the lines for the reader. */
export type Print = (line: string) => void;

/** Something that a run needs is not there. */
export class PrerequisiteError extends Error {}

const seed = 20_240_229;
const mostRounds = 15;
const loadWaitMs = 120_000;
const loadPollMs = 5000;
/** What remains of 25 minutes after waiting for the machine and before the last process has ended. */
const gateBudgetMs = 22 * 60_000;

const repetitions: Readonly<Record<Suite, Repetition>> = {
  smoke: singleRepetition,
  gate: gateRepetition,
  full: measuredRepetition,
};

/** Who takes part: everybody whose program is there. */
function entrants(print: Print): readonly Entrant[] {
  const hasFloor = findProgram("deltafuse-floor") !== null;
  if (!hasFloor) print(`The floor does not take part. Build it with: ${buildCommand}`);
  return contestantNames
    .filter((name) => name !== "floor" || hasFloor)
    .map((name) => ({ id: name, contestant: name, program: childProgram }));
}

/** What all commands that measure have in common. */
export function planOf(options: RunOptions, machine: MachineFacts, print: Print): BenchmarkPlan {
  const { suite } = options;
  const chosen = selectWorkloads(workloads, options);
  if (chosen.length === 0)
    throw new PrerequisiteError(`No workload of the suite ${suite} is called "${options.filter}".`);
  const limits = sharedLimits();
  const known = new Map<string, StoredData>();
  const scales = options.scale === null ? {} : { tpch: options.scale };
  const onSet = (name: string): void => print(`data: ${name}`);
  return {
    selection: options,
    workloads: chosen,
    entrants: entrants(print),
    baselines: readBaselines(folders.baselines, machine.class),
    baselineFolder: folders.baselines,
    dataOf: (some, of) => placeData(some, of, { cache: folders.data, sets: dataSets, scales, onSet, known }),
    limits,
    repetition: repetitions[suite],
    profile: options.profile,
    seed,
    rounds: options.rounds,
    mostRounds: options.command === "gate" ? mostRounds : options.rounds,
    budgetMs: options.command === "gate" ? gateBudgetMs : Number.POSITIVE_INFINITY,
    calibrate: suite === "smoke" ? null : calibrator(calibrationProgram(limits.threads)),
    print,
  };
}

function printOutcome(
  plan: BenchmarkPlan,
  result: BenchmarkResult,
  { entries, print }: { readonly entries: readonly VerdictEntry[]; readonly print: Print },
): void {
  print(`\n${renderTimes(result, plan.workloads)}`);
  if (plan.calibrate !== null && result.judgements.length > 0) print(`\n${renderJudgements(result.judgements)}`);
  const reasons = renderReasons(entries);
  if (reasons !== "") print(`\n${reasons}`);
}

function printSettings(result: BenchmarkResult, { settings }: Baselines, print: Print): void {
  const session = measuredSession(result.records);
  if (settings === null || session === null) return;
  for (const { key, before, now } of settingDifferences(settings, session.settings)) {
    print(`setting ${key}: ${before ?? "none"} -> ${now ?? "none"}`);
  }
}

/** Waits for a machine that is quiet enough to be measured. */
export function quietMachine(machine: MachineFacts, print: Print): Promise<boolean> {
  return waitForQuiet({
    load: () => loadavg()[0] ?? 0,
    cores: machine.cores,
    mostMs: loadWaitMs,
    pollMs: loadPollMs,
    onWait: (load) => print(`Waiting for the machine: ${load} busy processes on ${machine.cores} cores.`),
  });
}

/** Name of the folder of a run: when, and what. */
export function runName(call: string): string {
  return `${new Date().toISOString().replaceAll(/[:.]/g, "-")}-${call}`;
}

async function locked(options: RunOptions, print: Print): Promise<ExitCode> {
  const machine = readMachine();
  const plan = planOf(options, machine, print);
  const isGate = options.command === "gate";
  const needsFloor = plan.workloads.some((one) => one.contestants.includes("floor"));
  if (isGate && needsFloor && !plan.entrants.some(({ id }) => id === "floor")) {
    throw new PrerequisiteError(`The gate needs the floor. Build it with: ${buildCommand}`);
  }
  if (plan.calibrate !== null && !(await quietMachine(machine, print))) {
    print("The machine is too busy to measure anything.");
    return exitCodes.inconclusive;
  }
  const result = await runBenchmark(plan);
  const entries = verdictList({ result, workloads: plan.workloads, baselines: plan.baselines, judgesTimes: isGate });
  printOutcome(plan, result, { entries, print });
  printSettings(result, plan.baselines, print);
  const folder = join(folders.results, runName(options.suite));
  await writeRun(folder, {
    result,
    entries,
    machine,
    versions: readVersions(repositoryFolder),
    call: { ...options, seed },
  });
  if (isGate) {
    const about = {
      sourceHash: sourceHash(repositoryFolder),
      nativeBuildId: readBuildId(repositoryFolder),
      suite: options.suite,
      profile: options.profile,
    };
    await writeGateRecord(
      folders.results,
      gateRecord(entries, { ...about, finishedAt: new Date().toISOString(), machine }),
    );
  }
  print(`\nEverything of this run: ${folder}`);
  return exitCodeOf(entries.map(({ verdict }) => verdict));
}

/** `bench` and `bench:gate`. Rejects with {@link PrerequisiteError}, `LockedError` and `DataNeedError`. */
export async function runCommand(options: RunOptions, print: Print): Promise<ExitCode> {
  const run = (): Promise<ExitCode> => locked(options, print);
  return options.suite === "smoke" ? run() : withRunLock(run);
}

/** The selection of a command that measures as the gate does. */
export function gateSelection(filter: string, rounds: number): RunOptions {
  return { command: "run", suite: "gate", filter, peers: null, rounds, scale: null, profile: "release" };
}
