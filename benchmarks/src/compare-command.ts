import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runBenchmark } from "./benchmark.ts";
import type { Ceiling } from "./ceiling.ts";
import type { Entrant } from "./entrant.ts";
import { type ExitCode, exitCodeOf, exitCodes } from "./gate.ts";
import { readMachine, readVersions } from "./machine.ts";
import type { Options } from "./options.ts";
import { childProgram, folders, repositoryFolder } from "./place.ts";
import { writeRun } from "./result-folder.ts";
import { renderJudgements, renderReasons, renderTimes } from "./result-table.ts";
import { gateSelection, planOf, PrerequisiteError, type Print, quietMachine, runName } from "./run-command.ts";
import { withRunLock } from "./run-lock.ts";
import { verdictList } from "./verdict-list.ts";
import type { Workload } from "./workload.ts";

/** The other revision, as an entrant. */
const base = "base";
/** Slower than this is a regression. */
const ceiling: Ceiling = {
  id: "revision",
  title: "no slower than the other revision",
  metric: "ms",
  reference: base,
  fold: "each",
  must: { ratio: 1.1 },
  aim: { ratio: 1 },
};

/** Checks the revision out beside the repository and builds it there, unless that was done before; the folder. */
function buildRevision(ref: string, print: Print): string {
  const commit = execFileSync("git", ["-C", repositoryFolder, "rev-parse", "--verify", `${ref}^{commit}`], {
    encoding: "utf8",
  }).trim();
  const folder = join(tmpdir(), `deltafuse-${commit}`);
  if (!existsSync(folder)) {
    execFileSync("git", ["-C", repositoryFolder, "worktree", "add", "--detach", folder, commit]);
  }
  print(`Building ${ref} in ${folder}. It stays there; remove it with: git worktree remove --force ${folder}`);
  const { status } = spawnSync(process.execPath, [join(folder, "tools", "run.mjs"), "build"], {
    cwd: folder,
    stdio: "inherit",
  });
  if (status !== 0) throw new PrerequisiteError(`${ref} could not be built.`);
  return folder;
}

/** What is measured of both revisions: the product alone. */
function comparable(workload: Workload): Workload {
  return { ...workload, contestants: ["deltafuse"], ceilings: [ceiling.id] };
}

async function measured(options: Options & { readonly command: "compare" }, print: Print): Promise<ExitCode> {
  const machine = readMachine();
  const folder = buildRevision(options.base, print);
  if (!(await quietMachine(machine, print))) {
    print("The machine is too busy to measure anything.");
    return exitCodes.inconclusive;
  }
  const child = join(folder, "benchmarks", "dist", "child.js");
  const entrants: readonly Entrant[] = [
    { id: "deltafuse", contestant: "deltafuse", program: childProgram },
    {
      id: base,
      contestant: "deltafuse",
      program: { ...childProgram, args: [...childProgram.args.slice(0, -1), child] },
    },
  ];
  const selection = gateSelection(options.filter, options.rounds);
  const own = planOf(selection, machine, print);
  const baselines = { ...own.baselines, ceilings: [ceiling], ratios: {} };
  const plan = { ...own, entrants, baselines, workloads: own.workloads.map(comparable) };
  const result = await runBenchmark(plan);
  // A changed counter or plan may be the very purpose; it is told, and the times decide.
  const known = { ...baselines, counters: result.facts.counters, plans: result.facts.plans };
  const entries = verdictList({ result, workloads: plan.workloads, baselines: known, judgesTimes: true });
  print(
    `\n${renderTimes(result, plan.workloads)}\n\n${renderJudgements(result.judgements)}\n\n${renderReasons(entries)}`,
  );
  const call = { ...selection, base: options.base };
  await writeRun(join(folders.results, runName("compare")), {
    result,
    entries,
    machine,
    versions: readVersions(repositoryFolder),
    call,
  });
  return exitCodeOf(entries.map(({ verdict }) => verdict));
}

/** `bench:compare`: this tree and another revision as contestants of the same rounds. Rejects with `PrerequisiteError`. */
export async function compareCommand(
  options: Options & { readonly command: "compare" },
  print: Print,
): Promise<ExitCode> {
  return withRunLock(() => measured(options, print));
}
