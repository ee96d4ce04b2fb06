import { type CountersByWorkload, counterDifferences, textDifference } from "./counters.ts";
import type { Baselines } from "./baseline.ts";
import type { SessionArtifact } from "./contestant.ts";
import type { Entrant } from "./entrant.ts";
import { singleRepetition } from "./measurement.ts";
import type { Collection, Job } from "./protocol.ts";
import { runJob, type WorkloadGroup } from "./round.ts";
import type { Counters, Workload } from "./workload.ts";

/** What DeltaFuse tells of itself, the same on every machine. */
export interface Facts {
  readonly counters: CountersByWorkload;
  /** By id of the workload. */
  readonly plans: Readonly<Record<string, string>>;
  /** By id of the workload: why there is none. */
  readonly failures: Readonly<Record<string, string>>;
  readonly session: SessionArtifact | null;
}

/** What the jobs need to know. */
export interface FactsPlan {
  readonly groups: readonly WorkloadGroup[];
  readonly product: Entrant;
  /** Over the data of the suite `smoke`. */
  readonly jobOf: (group: WorkloadGroup) => Pick<Job, "tables" | "scales" | "limits">;
  readonly onProcess: (group: string) => void;
}

const counterPartitions = 1;
const planPartitions = 4;

const nothing: Collection = { times: false, digest: false, counters: false, plan: false, session: false };

function jobFor(plan: FactsPlan, group: WorkloadGroup, collect: Collection): Omit<Job, "scratch"> {
  const partitions = collect.counters ? counterPartitions : planPartitions;
  const { limits, ...data } = plan.jobOf(group);
  return {
    ...data,
    limits: { ...limits, partitions },
    contestant: "deltafuse",
    workloads: group.workloads.map(({ id }) => id),
    suite: "smoke",
    repetition: singleRepetition,
    collect,
  };
}

const having = (group: WorkloadGroup, has: (workload: Workload) => boolean): WorkloadGroup => ({
  ...group,
  workloads: group.workloads.filter(has),
});

/** Takes counters with one partition and plans with four, both over small data. */
export async function takeFacts(plan: FactsPlan): Promise<Facts> {
  const counters: Record<string, CountersByWorkload[string]> = {};
  const plans: Record<string, string> = {};
  const failures: Record<string, string> = {};
  let session: SessionArtifact | null = null;
  const take = async (group: WorkloadGroup, collect: Collection): Promise<void> => {
    if (group.workloads.length === 0) return;
    plan.onProcess(group.id);
    const result = await runJob(plan.product, jobFor(plan, group, collect));
    session = result.session ?? session;
    for (const [id, outcome] of result.outcomes) {
      if (outcome.kind === "measured") {
        if (outcome.counters !== null) counters[id] = outcome.counters;
        if (outcome.plan !== null) plans[id] = outcome.plan;
      }
      if (outcome.kind === "failed") failures[id] = outcome.message;
      if (outcome.kind === "timeout") failures[id] = `silent for ${outcome.afterMs / 1000} s`;
    }
  };
  for (const group of plan.groups) {
    await take(
      having(group, (one) => one.counters !== null),
      { ...nothing, counters: true },
    );
    await take(
      having(group, (one) => one.plan !== null),
      { ...nothing, plan: true, session: true },
    );
  }
  return { counters, plans, failures, session };
}

/**
 * What of a workload is not as it is committed, in lines. A workload that is not committed yet differs too; one that is not
 * in the suite `smoke` has nothing to compare.
 */
export function factDifferences(workload: Workload, facts: Facts, baselines: Baselines): readonly string[] {
  const { id, suites } = workload;
  if (!suites.includes("smoke")) return [];
  return [
    ...counterLines(baselines.counters[id], facts.counters[id] ?? {}),
    ...planLines(baselines.plans[id], facts.plans[id]),
  ];
}

function counterLines(before: Counters | undefined, now: Counters): readonly string[] {
  if (before === undefined) return Object.keys(now).length === 0 ? [] : ["its counters are not committed"];
  const lines = counterDifferences(before, now);
  return lines.map(({ name, before: old, now: found }) => `counter ${name}: ${old ?? "none"} -> ${found ?? "none"}`);
}

function planLines(before: string | undefined, now: string | undefined): readonly string[] {
  if (before === undefined) return now === undefined ? [] : ["its plan is not committed"];
  if (now === undefined) return ["it has no plan any more"];
  return textDifference(before, now).map((line) => `plan ${line}`);
}
