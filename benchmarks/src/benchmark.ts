import { type Correctness, correctnessOf, isWrong } from "./agreement.ts";
import { type Baselines, type KnownDigests, readAnswer } from "./baseline.ts";
import type { Calibrate, Calibration } from "./calibration.ts";
import type { NativeProfile } from "./ceiling.ts";
import type { DataPlace } from "./data-place.ts";
import type { ByEntrant, Entrant } from "./entrant.ts";
import { type Facts, takeFacts } from "./facts.ts";
import type { RatioBaseline } from "./gate.ts";
import { type Judgement, type JudgementInput, judgementsOf } from "./judgement.ts";
import type { Limits } from "./limits.ts";
import type { Repetition } from "./measurement.ts";
import type { Job } from "./protocol.ts";
import { groupsOf, type RoundPlan, type RoundRecord, type WorkloadGroup } from "./round.ts";
import { type RoundsResult, runRounds } from "./rounds.ts";
import { contestantsOf, type Selection } from "./selection.ts";
import { outcomesOf } from "./series.ts";
import type { Workload } from "./workload.ts";

/** Everything that a run needs. */
export interface BenchmarkPlan {
  readonly selection: Selection;
  /** Those of the selection. */
  readonly workloads: readonly Workload[];
  readonly entrants: readonly Entrant[];
  readonly baselines: Baselines;
  /** Folder of `baselines/`. */
  readonly baselineFolder: string;
  readonly dataOf: (workloads: readonly Workload[], suite: Selection["suite"]) => Promise<DataPlace>;
  readonly limits: Limits;
  readonly repetition: Repetition;
  readonly profile: NativeProfile;
  readonly seed: number;
  readonly rounds: number;
  readonly mostRounds: number;
  /** Time for everything but the making of data, in ms. */
  readonly budgetMs: number;
  /** Null: times do not matter, and neither does the machine. */
  readonly calibrate: Calibrate | null;
  readonly print: (line: string) => void;
}

/** What a run found. */
export interface BenchmarkResult extends RoundsResult {
  readonly facts: Facts;
  /** By id of the workload. */
  readonly correctness: ReadonlyMap<string, ByEntrant<Correctness>>;
  readonly judgements: readonly Judgement[];
  /** Of DeltaFuse. */
  readonly digests: KnownDigests;
}

/** Data of every group, by its id. */
type Places = ReadonlyMap<string, DataPlace>;

async function placesOf(
  plan: BenchmarkPlan,
  groups: readonly WorkloadGroup[],
  suite: Selection["suite"],
): Promise<Places> {
  const places = new Map<string, DataPlace>();
  for (const group of groups) places.set(group.id, await plan.dataOf(group.workloads, suite));
  return places;
}

const emptyPlace: DataPlace = { key: "", tables: {}, scales: {} };

function jobOf(plan: BenchmarkPlan, places: Places): RoundPlan["jobOf"] {
  return (group, entrant, isFirst): Omit<Job, "scratch"> | null => {
    const { ceilings } = plan.baselines;
    const own = group.workloads.filter((one) =>
      contestantsOf(one, plan.selection, ceilings).includes(entrant.contestant),
    );
    if (own.length === 0) return null;
    const { tables, scales } = places.get(group.id) ?? emptyPlace;
    return {
      contestant: entrant.contestant,
      workloads: own.map(({ id }) => id),
      suite: plan.selection.suite,
      tables,
      scales,
      limits: plan.limits,
      repetition: plan.repetition,
      collect: { times: true, digest: isFirst, counters: false, plan: false, session: isFirst },
    };
  };
}

function correctnessBy(
  plan: BenchmarkPlan,
  records: readonly RoundRecord[],
  places: Places,
): BenchmarkResult["correctness"] {
  const found = groupsOf(plan.workloads).flatMap((group) =>
    group.workloads.map((workload) => {
      const entries = plan.entrants.map(
        ({ id }) => [id, outcomesOf(records, { workload: workload.id, entrant: id })] as const,
      );
      const place = places.get(group.id) ?? emptyPlace;
      const official = place.scales["tpch"] === 1 ? readAnswer(plan.baselineFolder, workload.id) : null;
      const baseline = plan.baselines.digests[workload.id]?.[place.key] ?? null;
      const { confirmedBy = null } = workload;
      const outcomes = Object.fromEntries(entries);
      return [workload.id, correctnessOf({ outcomes, baseline, official, confirmedBy })] as const;
    }),
  );
  return new Map(found);
}

function digestsOf(plan: BenchmarkPlan, records: readonly RoundRecord[], places: Places): KnownDigests {
  const found = groupsOf(plan.workloads).flatMap((group) =>
    group.workloads.flatMap(({ id }) => {
      const outcomes = outcomesOf(records, { workload: id, entrant: "deltafuse" });
      const digest = outcomes.flatMap((outcome) => (outcome.kind === "measured" ? (outcome.digest ?? []) : []))[0];
      if (digest === undefined) return [];
      const { rows, sha256 } = digest;
      return [[id, { [places.get(group.id)?.key ?? ""]: { rows, sha256 } }] as const];
    }),
  );
  return Object.fromEntries(found);
}

interface Judged {
  readonly plan: BenchmarkPlan;
  readonly places: Places;
  readonly isNoisy: JudgementInput["isNoisy"];
  readonly baselines: Readonly<Record<string, RatioBaseline>>;
}

function judge(
  { plan, places, isNoisy, baselines }: Judged,
  records: readonly RoundRecord[],
  workloads: readonly Workload[],
): readonly Judgement[] {
  const correctness = correctnessBy(plan, records, places);
  const input = { records, profile: plan.profile, correctness, baselines, isNoisy };
  return judgementsOf(input, plan.baselines.ceilings, workloads);
}

async function roundsOf(
  plan: BenchmarkPlan,
  groups: readonly WorkloadGroup[],
  { places, budgetMs }: { readonly places: Places; readonly budgetMs: number },
): Promise<RoundsResult> {
  const history: Calibration[] = [];
  if (plan.calibrate !== null) history.push(await plan.calibrate());
  const baselines = plan.baselines.ratios;
  return runRounds({
    groups,
    entrants: plan.entrants,
    seed: plan.seed,
    rounds: plan.rounds,
    mostRounds: plan.mostRounds,
    budgetMs,
    calibrate: plan.calibrate,
    history,
    jobOf: jobOf(plan, places),
    isUndecided: (group, records) =>
      judge({ plan, places, isNoisy: () => false, baselines }, records, group.workloads).some(
        ({ verdict, reason }) => verdict === "inconclusive" && reason === null,
      ),
    isWrong: ({ workloads }, records) => {
      const found = [...correctnessBy({ ...plan, workloads }, records, places)].find(([, one]) => isWrong(one));
      if (found !== undefined) plan.print(`The run ends here: a result of ${found[0]} is wrong.`);
      return found !== undefined;
    },
    onProcess: (group, round, entrant) => plan.print(`round ${round + 1}: ${group}, ${entrant}`),
    onDisturbance: ({ group, round, disturbance }) =>
      plan.print(`round ${round + 1}: ${group} is repeated: ${disturbance}`),
  });
}

async function factsOf(plan: BenchmarkPlan, groups: readonly WorkloadGroup[]): Promise<Facts> {
  const product = plan.entrants.find(({ id }) => id === "deltafuse");
  if (product === undefined) return { counters: {}, plans: {}, failures: {}, session: null };
  const small = groupsOf(groups.flatMap((group) => group.workloads.filter(({ suites }) => suites.includes("smoke"))));
  const places = await placesOf(plan, small, "smoke");
  return takeFacts({
    groups: small,
    product,
    jobOf: (group) => ({ ...(places.get(group.id) ?? emptyPlace), limits: plan.limits }),
    onProcess: (group) => plan.print(`counters and plans: ${group}`),
  });
}

/** Makes what data is missing, measures, compares. Rejects when data cannot be made. */
export async function runBenchmark(plan: BenchmarkPlan): Promise<BenchmarkResult> {
  const groups = groupsOf(plan.workloads);
  const places = await placesOf(plan, groups, plan.selection.suite);
  const began = performance.now();
  const facts = await factsOf(plan, groups);
  const budgetMs = plan.budgetMs - (performance.now() - began);
  const rounds = await roundsOf(plan, groups, { places, budgetMs });
  const groupOf = (workload: Workload): string => (workload.alone ? workload.id : workload.family);
  const isNoisy = (workload: Workload): boolean => rounds.noisy.has(groupOf(workload));
  const { records } = rounds;
  const judged = judge({ plan, places, isNoisy, baselines: plan.baselines.ratios }, records, plan.workloads);
  const correctness = correctnessBy(plan, records, places);
  return { ...rounds, facts, correctness, judgements: judged, digests: digestsOf(plan, records, places) };
}
