import { type RoundPlan, type RoundRecord, runRound, type WorkloadGroup } from "./round.ts";

/** How many rounds, and how long. */
export interface RoundsPlan extends RoundPlan {
  readonly groups: readonly WorkloadGroup[];
  readonly rounds: number;
  /** Rounds of a group that is undecided after `rounds`, at most. */
  readonly mostRounds: number;
  /** Time for all of it, in ms. */
  readonly budgetMs: number;
  readonly isUndecided: (group: WorkloadGroup, records: readonly RoundRecord[]) => boolean;
  /** Whether a result is wrong, after which no time matters. */
  readonly isWrong: (group: WorkloadGroup, records: readonly RoundRecord[]) => boolean;
  /** Told of each round that is repeated. */
  readonly onDisturbance: (record: RoundRecord) => void;
}

/** Everything that was measured. */
export interface RoundsResult {
  readonly records: readonly RoundRecord[];
  /** Groups for which the machine was too restless. */
  readonly noisy: ReadonlySet<string>;
  /** Groups that would have needed more rounds than there was time for. */
  readonly outOfTime: ReadonlySet<string>;
}

const mostRepetitions = 5;

interface Progress {
  readonly records: RoundRecord[];
  readonly noisy: Set<string>;
  readonly outOfTime: Set<string>;
  /** By group: repeated rounds so far, and how long its last round took, in ms. */
  readonly repetitions: Map<string, number>;
  readonly lastMs: Map<string, number>;
}

/** Repeats a round until the machine was quiet; false when it never is. */
async function quietRound(
  plan: RoundsPlan,
  group: WorkloadGroup,
  at: { round: number; progress: Progress },
): Promise<boolean> {
  const { round, progress } = at;
  for (let attempt = 0; ; attempt++) {
    const began = performance.now();
    const isFirst = !progress.records.some((record) => record.group === group.id);
    const record = await runRound(plan, group, { round, attempt, isFirst });
    progress.lastMs.set(group.id, performance.now() - began);
    progress.records.push(record);
    if (record.disturbance === null) return true;
    plan.onDisturbance(record);
    const repetitions = (progress.repetitions.get(group.id) ?? 0) + 1;
    progress.repetitions.set(group.id, repetitions);
    if (repetitions > mostRepetitions) return false;
  }
}

/** Runs the rounds, one round of every group after the other, up to the first wrong result. */
export async function runRounds(plan: RoundsPlan): Promise<RoundsResult> {
  const end = performance.now() + plan.budgetMs;
  const progress: Progress = {
    records: [],
    noisy: new Set(),
    outOfTime: new Set(),
    repetitions: new Map(),
    lastMs: new Map(),
  };
  const { records, noisy, outOfTime, lastMs } = progress;
  const recordsOf = (group: WorkloadGroup): readonly RoundRecord[] =>
    records.filter((record) => record.group === group.id);
  for (let round = 0; round < plan.mostRounds; round++) {
    for (const group of plan.groups) {
      if (noisy.has(group.id)) continue;
      if (round >= plan.rounds && !plan.isUndecided(group, recordsOf(group))) continue;
      if (performance.now() + (lastMs.get(group.id) ?? 0) > end) {
        outOfTime.add(group.id);
        continue;
      }
      if (!(await quietRound(plan, group, { round, progress }))) noisy.add(group.id);
      if (plan.isWrong(group, recordsOf(group))) return { records, noisy, outOfTime };
    }
  }
  return { records, noisy, outOfTime };
}
