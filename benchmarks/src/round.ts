import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ByEntrant, Entrant } from "./entrant.ts";
import { type Calibrate, type Calibration, disturbanceOf } from "./calibration.ts";
import { type ProcessResult, runProcess } from "./child-process.ts";
import type { Job } from "./protocol.ts";
import { seededRandom, seedOf, shuffled } from "./random.ts";
import type { Workload } from "./workload.ts";

/** Workloads that share processes. */
export interface WorkloadGroup {
  readonly id: string;
  readonly workloads: readonly Workload[];
}

/** One attempt at a round of a group. */
export interface RoundRecord {
  readonly group: string;
  readonly round: number;
  /** From 0. */
  readonly attempt: number;
  readonly order: readonly string[];
  /** Null where the machine is not looked at. */
  readonly calibrations: readonly [before: Calibration, after: Calibration] | null;
  /** Why it does not count; null when it does. */
  readonly disturbance: string | null;
  readonly processes: ByEntrant<ProcessResult>;
}

/** Splits workloads into those that share processes: a family, or one that stays alone. */
export function groupsOf(workloads: readonly Workload[]): readonly WorkloadGroup[] {
  const groups = new Map<string, Workload[]>();
  for (const workload of workloads) {
    const id = workload.alone ? workload.id : workload.family;
    groups.set(id, [...(groups.get(id) ?? []), workload]);
  }
  return [...groups].map(([id, members]) => ({ id, workloads: members }));
}

/** Who runs when, the same for the same seed. */
function orderOf(
  names: readonly string[],
  seed: number,
  at: { readonly group: string; readonly round: number },
): readonly string[] {
  return shuffled(names, seededRandom(seedOf(seed, at.group, at.round)));
}

const shortestSilenceMs = 120_000;
const timesOfTheBest = 20;

/** What the rounds of a run share. */
export interface RoundPlan {
  readonly seed: number;
  /** Job of an entrant without its scratch folder; null where it does not take part. */
  readonly jobOf: (group: WorkloadGroup, entrant: Entrant, isFirst: boolean) => Omit<Job, "scratch"> | null;
  readonly entrants: readonly Entrant[];
  /** Null: nothing is measured, so the machine does not matter. */
  readonly calibrate: Calibrate | null;
  /** Every calibration so far; a round adds its own. */
  readonly history: Calibration[];
  /** Told before each process. */
  readonly onProcess: (group: string, round: number, entrant: string) => void;
}

/** Runs a job with a scratch folder that is gone afterwards. */
export async function runJob(
  entrant: Entrant,
  job: Omit<Job, "scratch">,
  silenceMs: (workload: string | null) => number = () => shortestSilenceMs,
): Promise<ProcessResult> {
  const scratch = await mkdtemp(join(tmpdir(), "deltafuse-bench-"));
  try {
    return await runProcess(entrant.program, { ...job, scratch }, silenceMs);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Total time of the runs of a workload in the process that was fastest so far. */
function bestTotalMs(processes: ByEntrant<ProcessResult>, workload: string | null): number {
  const totals = Object.values(processes).flatMap((process) => {
    const outcome = workload === null ? undefined : process.outcomes.get(workload);
    if (outcome?.kind !== "measured") return [];
    return [outcome.samples.reduce((sum, { ms = 0 }) => sum + ms, 0)];
  });
  return totals.length === 0 ? 0 : Math.min(...totals);
}

/** Runs every entrant once, in a process of its own, between two looks at the machine. */
export async function runRound(
  plan: RoundPlan,
  group: WorkloadGroup,
  at: { readonly round: number; readonly attempt: number; readonly isFirst: boolean },
): Promise<RoundRecord> {
  const { round, attempt, isFirst } = at;
  const names = plan.entrants.map(({ id }) => id);
  const order = orderOf(names, plan.seed, { group: group.id, round });
  const before = (await plan.calibrate?.()) ?? null;
  const processes: Record<string, ProcessResult> = {};
  for (const name of order) {
    const entrant = plan.entrants.find(({ id }) => id === name);
    const job = entrant === undefined ? null : plan.jobOf(group, entrant, isFirst);
    if (entrant === undefined || job === null) continue;
    plan.onProcess(group.id, round, name);
    processes[name] = await runJob(entrant, job, (workload) =>
      Math.max(shortestSilenceMs, timesOfTheBest * bestTotalMs(processes, workload)),
    );
  }
  const after = (await plan.calibrate?.()) ?? null;
  const record = { group: group.id, round, attempt, order, processes };
  if (before === null || after === null) return { ...record, calibrations: null, disturbance: null };
  plan.history.push(before, after);
  const disturbance = disturbanceOf(before, after, { calibrations: plan.history }) ?? faultsOf(processes);
  return { ...record, calibrations: [before, after], disturbance };
}

function faultsOf(processes: ByEntrant<ProcessResult>): string | null {
  const faults = Object.entries(processes).filter(([, { majorFaults }]) => majorFaults > 0);
  return faults.length === 0 ? null : `major page faults: ${faults.map(([name]) => name).join(", ")}`;
}
