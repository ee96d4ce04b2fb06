import type { Outcome } from "./child-process.ts";
import type { RoundRecord } from "./round.ts";
import { type ByRound, median } from "./statistics.ts";

/** Rounds that count. */
function keptRounds(records: readonly RoundRecord[]): readonly RoundRecord[] {
  return records.filter(({ disturbance }) => disturbance === null);
}

/** What became of a workload in the processes of an entrant, in their order. */
export function outcomesOf(
  records: readonly RoundRecord[],
  { workload, entrant }: { readonly workload: string; readonly entrant: string },
): readonly Outcome[] {
  return records.flatMap(({ processes }) => {
    const outcome = processes[entrant]?.outcomes.get(workload);
    return outcome === undefined ? [] : [outcome];
  });
}

/** The value of a metric in each round that counts: the median of the runs of its process. */
export function valuesByRound(
  records: readonly RoundRecord[],
  { workload, entrant, metric }: { readonly workload: string; readonly entrant: string; readonly metric: string },
): ByRound {
  const values = keptRounds(records).flatMap(({ round, processes }) => {
    const outcome = processes[entrant]?.outcomes.get(workload);
    if (outcome?.kind !== "measured") return [];
    const runs = outcome.samples.flatMap((sample) => sample[metric] ?? []);
    return runs.length === 0 ? [] : [[round, median(runs)] as const];
  });
  return new Map(values);
}

/** Memory bandwidth in each round that counts, in GB/s: the mean of before and after. */
export function bandwidthByRound(records: readonly RoundRecord[]): ByRound {
  const values = keptRounds(records).flatMap(({ round, calibrations }) =>
    calibrations === null ? [] : [[round, (calibrations[0].bandwidth + calibrations[1].bandwidth) / 2] as const],
  );
  return new Map(values);
}
