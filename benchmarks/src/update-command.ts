import { execFileSync } from "node:child_process";
import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import { type Baselines, type KnownDigests, removePlan, sortedJson, writeBaseline } from "./baseline.ts";
import { type BenchmarkPlan, type BenchmarkResult, runBenchmark } from "./benchmark.ts";
import { type ExitCode, exitCodes, type RatioBaseline } from "./gate.ts";
import { sourceHash } from "./gate-record.ts";
import { type MachineFacts, readMachine, readVersions } from "./machine.ts";
import type { UpdateOptions } from "./options.ts";
import { folders, repositoryFolder } from "./place.ts";
import { measuredSession } from "./result-folder.ts";
import { gateSelection, planOf, type Print, quietMachine } from "./run-command.ts";
import { withRunLock } from "./run-lock.ts";

const rounds = 7;

const git = (...args: readonly string[]): string =>
  execFileSync("git", ["-C", repositoryFolder, ...args], { encoding: "utf8" }).trim();

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

/** What would make the new baselines untrue; null when nothing does. */
export function refusal({ correctness, noisy, facts }: BenchmarkResult): string | null {
  for (const [id, entrants] of correctness) {
    for (const name of ["deltafuse", "floor"]) {
      const found = entrants[name];
      if (found?.kind === "wrong") return `${id}: ${name} is wrong: ${found.why}`;
    }
  }
  const [failure] = Object.entries(facts.failures);
  if (failure !== undefined) return `${failure[0]} failed: ${failure[1]}`;
  return noisy.size === 0 ? null : `The machine was too restless for ${[...noisy].join(", ")}.`;
}

/** Where the baselines are written, and about what. */
export interface UpdateTarget {
  readonly folder: string;
  readonly machine: MachineFacts;
  readonly sourceHash: string;
  readonly reason: string;
  readonly date: string;
}

/** Rewrites the baselines of the workloads that were measured. */
export async function writeBaselines(
  plan: BenchmarkPlan,
  result: BenchmarkResult,
  target: UpdateTarget,
): Promise<void> {
  const { folder, machine } = target;
  const ids = new Set(plan.workloads.map(({ id }) => id));
  const before: Baselines = plan.baselines;
  const isChosen = (id: string): boolean => ids.has(id);
  const judged = new Set(result.judgements.map(({ id }) => id));
  const { counters, plans, session: factSession } = result.facts;
  const digests = Object.entries(result.digests).map(([id, own]) => [id, { ...before.digests[id], ...own }] as const);
  const files: (readonly [path: string, text: string])[] = [
    ["counters.json", sortedJson(replaced(before.counters, counters, isChosen))],
    ["digests.json", sortedJson({ ...before.digests, ...Object.fromEntries(digests) })],
    ...Object.entries(plans).map(([id, text]) => [join("plans", `${id}.txt`), text] as const),
  ];
  if (plan.calibrate !== null) {
    const session = measuredSession(result.records) ?? factSession;
    const ratios = replaced(before.ratios, ratiosOf(result, target.sourceHash), (id) => judged.has(id));
    files.push(
      [join(machine.class, "ratios.json"), sortedJson(ratios)],
      [join(machine.class, "settings.json"), sortedJson(session?.settings ?? {})],
      [join(machine.class, "versions.json"), sortedJson(readVersions(repositoryFolder))],
      [join(machine.class, "machine.json"), sortedJson(machine)],
    );
  }
  for (const [path, text] of files) await writeBaseline(join(folder, path), text);
  for (const id of Object.keys(before.plans)) if (isChosen(id) && plans[id] === undefined) await removePlan(folder, id);
  await appendFile(join(folder, "CHANGES.md"), `- ${target.date}: ${target.reason}\n`);
}

async function run(plan: BenchmarkPlan): Promise<BenchmarkResult> {
  // What is committed about results is about to be replaced.
  return runBenchmark({ ...plan, baselines: { ...plan.baselines, digests: {} } });
}

/** Digests of several runs; each has data of its own. */
function joinedDigests(...results: readonly BenchmarkResult[]): KnownDigests {
  const joined: Record<string, KnownDigests[string]> = {};
  for (const { digests } of results) {
    for (const [id, own] of Object.entries(digests)) joined[id] = { ...joined[id], ...own };
  }
  return joined;
}

async function measured(options: UpdateOptions, print: Print): Promise<ExitCode> {
  const machine = readMachine();
  const isGate = options.suite === "gate";
  if (isGate && !(await quietMachine(machine, print))) {
    print("The machine is too busy to measure anything.");
    return exitCodes.inconclusive;
  }
  const { filter, reason } = options;
  const small = planOf({ ...gateSelection(filter, 1), suite: "smoke" }, machine, print);
  const results = [await run(small)];
  const last = isGate ? planOf(gateSelection(filter, rounds), machine, print) : small;
  if (isGate) results.push(await run(last));
  for (const result of results) {
    const why = refusal(result);
    if (why === null) continue;
    print(why);
    return exitCodes.wrong;
  }
  const date = new Date().toISOString().slice(0, "2000-01-01".length);
  const target = { folder: folders.baselines, machine, sourceHash: sourceHash(repositoryFolder), reason, date };
  const newest = results.at(-1);
  if (newest !== undefined) await writeBaselines(last, { ...newest, digests: joinedDigests(...results) }, target);
  print(git("diff", "--", folders.baselines));
  return exitCodes.green;
}

/** `bench:update`: measures again and rewrites the baselines of what the filter selects, unless the tree is dirty. */
export async function updateCommand(options: UpdateOptions, print: Print): Promise<ExitCode> {
  if (git("status", "--porcelain") !== "") {
    print("The tree has changes that are not committed: baselines would belong to no revision.");
    return exitCodes.prerequisite;
  }
  return withRunLock(() => measured(options, print));
}
