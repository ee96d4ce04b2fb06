import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import { type Baselines, type KnownDigests, removePlan, sortedJson, writeBaseline } from "./baseline.ts";
import { type BenchmarkPlan, type BenchmarkResult, runBenchmark } from "./benchmark.ts";
import { type ExitCode, exitCodeOf, exitCodes, type RatioBaseline, worst } from "./gate.ts";
import { sourceHash } from "./gate-record.ts";
import { type MachineFacts, readMachine, readVersions } from "./machine.ts";
import type { UpdateOptions } from "./options.ts";
import { folders, repositoryFolder } from "./place.ts";
import { measuredSession, writeRun } from "./result-folder.ts";
import { gateSelection, planOf, PrerequisiteError, type Print, quietMachine, runName } from "./run-command.ts";
import { withRunLock } from "./run-lock.ts";
import { selectWorkloads } from "./selection.ts";
import { type VerdictEntry, verdictList } from "./verdict-list.ts";
import { workloads } from "./workload-list.ts";
import { isClean, uncommitted } from "./working-tree.ts";

const rounds = 7;

/** Entries of what was selected come from the run, all others stay. */
function replaced<T>(
  before: Readonly<Record<string, T>>,
  now: Readonly<Record<string, T>>,
  isChosen: (id: string) => boolean,
): Readonly<Record<string, T>> {
  const kept = Object.entries(before).filter(([id]) => !isChosen(id));
  return { ...Object.fromEntries(kept), ...now };
}

function ratiosOf({ judgements }: BenchmarkResult, hash: string): Readonly<Record<string, RatioBaseline>> {
  const known = judgements.flatMap(({ id, estimate, reason }) => {
    if (estimate === null || reason !== null) return [];
    const { value, spread, rounds: count } = estimate;
    return [[id, { value, spread, rounds: count, sourceHash: hash }] as const];
  });
  return Object.fromEntries(known);
}

/** A run from which baselines are taken. */
export interface BaselineRun {
  readonly plan: BenchmarkPlan;
  readonly result: BenchmarkResult;
  /** What is to be said about its workloads, whatever is committed about them. */
  readonly entries: readonly VerdictEntry[];
}

/** Why new baselines would be untrue, and how the program ends. */
export interface Refusal {
  readonly why: string;
  readonly exitCode: ExitCode;
}

/** What makes the baselines of a run untrue; null when nothing does. */
export function refusalOf({ entries }: Pick<BaselineRun, "entries">): Refusal | null {
  const verdict = worst(entries.map((entry) => entry.verdict));
  const red = entries.find((entry) => entry.verdict === verdict);
  if (red === undefined || verdict === "pass") return null;
  return { why: `${red.id}: ${red.reasons.join("; ")}`, exitCode: exitCodeOf([verdict]) };
}

/** Where the baselines are written, and about what. */
export interface UpdateTarget {
  readonly folder: string;
  readonly machine: MachineFacts;
  readonly sourceHash: string;
  readonly reason: string;
  readonly date: string;
}

/** Digests that are committed or found; those over other data stay. */
function joinedDigests(...all: readonly KnownDigests[]): KnownDigests {
  const joined: Record<string, KnownDigests[string]> = {};
  for (const digests of all) {
    for (const [id, own] of Object.entries(digests)) joined[id] = { ...joined[id], ...own };
  }
  return joined;
}

type BaselineFiles = readonly (readonly [path: string, text: string])[];

/** Files of a class of machines. */
function machineFiles({ plan, result }: BaselineRun, { machine, sourceHash: hash }: UpdateTarget): BaselineFiles {
  const session = measuredSession(result.records) ?? result.facts.session;
  const judged = new Set(result.judgements.map(({ id }) => id));
  const files = {
    ratios: replaced(plan.baselines.ratios, ratiosOf(result, hash), (id) => judged.has(id)),
    settings: session?.settings ?? {},
    session: session?.identity ?? {},
    versions: readVersions(repositoryFolder),
    machine,
  };
  return Object.entries(files).map(
    ([name, content]) => [join(machine.class, `${name}.json`), sortedJson(content)] as const,
  );
}

/**
 * Rewrites the baselines of the workloads that were measured: in one run over small data, or in another one too. Of a run
 * in which the machine was restless, what is exact.
 */
export async function writeBaselines(
  runs: readonly [BaselineRun, ...(readonly BaselineRun[])],
  target: UpdateTarget,
): Promise<void> {
  const { folder } = target;
  const before = runs[0].plan.baselines;
  const ids = new Set(runs.flatMap(({ plan }) => plan.workloads.map(({ id }) => id)));
  const isChosen = (id: string): boolean => ids.has(id);
  const counters = Object.assign({}, ...runs.map(({ result }) => result.facts.counters));
  const plans: Baselines["plans"] = Object.assign({}, ...runs.map(({ result }) => result.facts.plans));
  const digests = joinedDigests(before.digests, ...runs.map(({ result }) => result.digests));
  const timed = runs.find(({ plan, result }) => plan.calibrate !== null && result.noisy.size === 0);
  const files: BaselineFiles = [
    ["counters.json", sortedJson(replaced(before.counters, counters, isChosen))],
    ["digests.json", sortedJson(digests)],
    ...Object.entries(plans).map(([id, text]) => [join("plans", `${id}.txt`), text] as const),
    ...(timed === undefined ? [] : machineFiles(timed, target)),
  ];
  for (const [path, text] of files) await writeBaseline(join(folder, path), text);
  for (const id of Object.keys(before.plans)) if (isChosen(id) && plans[id] === undefined) await removePlan(folder, id);
  await appendFile(join(folder, "CHANGES.md"), `- ${target.date}: ${target.reason}\n`);
}

/** Runs a plan without comparing it with what is about to be replaced. */
export async function baselineRun(plan: BenchmarkPlan): Promise<BaselineRun> {
  const result = await runBenchmark({ ...plan, baselines: { ...plan.baselines, digests: {} } });
  const baselines = { ...plan.baselines, counters: result.facts.counters, plans: result.facts.plans };
  const entries = verdictList({ result, workloads: plan.workloads, baselines, judgesTimes: false });
  return { plan, result, entries };
}

/** The suites of which the filter selects something: that of small data, and the gate where times are wanted. */
function suitesOf({ suite, filter }: UpdateOptions): readonly UpdateOptions["suite"][] {
  const wanted = suite === "gate" ? (["smoke", "gate"] as const) : (["smoke"] as const);
  return wanted.filter((one) => selectWorkloads(workloads, { suite: one, filter, peers: null }).length > 0);
}

async function measured(options: UpdateOptions, print: Print): Promise<ExitCode> {
  const machine = readMachine();
  const { filter, reason } = options;
  const runs: BaselineRun[] = [];
  for (const suite of suitesOf(options)) {
    const call = { ...gateSelection(filter, suite === "gate" ? rounds : 1), suite };
    if (suite === "gate" && !(await quietMachine(machine, print))) {
      print("The machine is too busy to measure anything.");
      return exitCodes.inconclusive;
    }
    const run = await baselineRun(planOf(call, machine, print));
    const folder = join(folders.results, runName(`update-${suite}`));
    await writeRun(folder, { ...run, machine, versions: readVersions(repositoryFolder), call });
    print(`Everything of this run: ${folder}`);
    const refusal = refusalOf(run);
    if (refusal !== null) {
      print(refusal.why);
      return refusal.exitCode;
    }
    runs.push(run);
  }
  const [first, ...others] = runs;
  if (first === undefined) throw new PrerequisiteError(`No workload with baselines is called "${filter}".`);
  const date = new Date().toISOString().slice(0, "2000-01-01".length);
  const target = { folder: folders.baselines, machine, sourceHash: sourceHash(repositoryFolder), reason, date };
  await writeBaselines([first, ...others], target);
  print(await uncommitted(repositoryFolder, folders.baselines));
  const noisy = runs.flatMap(({ result }) => [...result.noisy]);
  if (noisy.length === 0) return exitCodes.green;
  print(
    `The machine was too restless for ${noisy.join(", ")}: counters, plans and digests are written, times are not.`,
  );
  return exitCodes.inconclusive;
}

/**
 * `bench:update`: measures again and rewrites the baselines of what the filter selects, unless the tree is dirty or a result
 * wrong; times only where the machine was quiet. Rejects as `runCommand` does.
 */
export async function updateCommand(options: UpdateOptions, print: Print): Promise<ExitCode> {
  if (!isClean(repositoryFolder)) {
    print("The tree has changes that are not committed: baselines would belong to no revision.");
    return exitCodes.prerequisite;
  }
  return withRunLock(() => measured(options, print));
}
