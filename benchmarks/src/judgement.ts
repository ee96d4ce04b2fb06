import type { Correctness } from "./agreement.ts";
import type { Outcome } from "./child-process.ts";
import { type Ceiling, type Limit, limitsOf, type NativeProfile, type Score, scoreOf } from "./ceiling.ts";
import type { ByEntrant } from "./entrant.ts";
import { boundOf, judge, type RatioBaseline, type Verdict, worst } from "./gate.ts";
import type { RoundRecord } from "./round.ts";
import { bandwidthByRound, outcomesOf, valuesByRound } from "./series.ts";
import { type ByRound, type Estimate, estimate, geometricMean, median, paired } from "./statistics.ts";
import type { Workload } from "./workload.ts";

/** A promise as it was found to be kept. */
export interface Judgement {
  /** `workload ceiling`, or the id of the ceiling where it is about several workloads. */
  readonly id: string;
  readonly ceiling: string;
  /** Those it is about. */
  readonly workloads: readonly string[];
  readonly verdict: Verdict;
  /** What the numbers are: a quotient, an amount above the reference, or the value itself. */
  readonly kind: Score["kind"];
  /** Null where there is nothing to divide. */
  readonly estimate: Estimate | null;
  /** The bound that holds, of ceiling and baseline. */
  readonly limit: number;
  readonly must: number;
  readonly aim: number | null;
  /** Why there is no estimate, or what it leaves out; null where nothing is missing. */
  readonly reason: string | null;
}

/** What judgements are made of. */
export interface JudgementInput {
  readonly records: readonly RoundRecord[];
  readonly profile: NativeProfile;
  /** By id of a workload. */
  readonly correctness: ReadonlyMap<string, ByEntrant<Correctness>>;
  /** By id of a judgement; empty on a machine class without baselines. */
  readonly baselines: Readonly<Record<string, RatioBaseline>>;
  /** Whether the machine was too restless for a workload, or the time was up. */
  readonly isNoisy: (workload: Workload) => boolean;
}

const product = "deltafuse";

interface Pairs {
  readonly values: readonly (readonly [round: number, value: number, reference: number])[];
  /** Why there are none, and what that means. */
  readonly lack: { readonly verdict: Verdict; readonly reason: string } | null;
}

/** Why the values of an entrant cannot be used; null when they can. Only what the workload lists leaves nothing open. */
function lackOf(input: JudgementInput, workload: Workload, entrant: string): Pairs["lack"] {
  const listed: Readonly<Record<string, string | undefined>> = workload.unsupported ?? {};
  if (listed[entrant] !== undefined) return { verdict: "unjudged", reason: `${entrant}: ${listed[entrant]}` };
  const correctness = input.correctness.get(workload.id)?.[entrant];
  // A wrong result of DeltaFuse is a verdict of its own.
  if (correctness?.kind === "wrong" && entrant !== product) {
    return { verdict: "inconclusive", reason: `${entrant} is wrong: ${correctness.why}` };
  }
  const outcomes = outcomesOf(input.records, { workload: workload.id, entrant });
  if (outcomes.length === 0) return { verdict: "inconclusive", reason: `${entrant} did not run` };
  return outcomes.map((outcome) => lackIn(outcome, entrant)).find((lack) => lack !== null) ?? null;
}

function lackIn(outcome: Outcome, entrant: string): Pairs["lack"] {
  if (outcome.kind === "measured") return null;
  if (outcome.kind === "unsupported") return { verdict: "inconclusive", reason: `${entrant}: ${outcome.reason}` };
  const verdict = entrant === product ? "failed" : "inconclusive";
  if (outcome.kind === "failed") return { verdict, reason: `${entrant} failed: ${outcome.message.split("\n")[0]}` };
  return { verdict, reason: `${entrant} was silent for ${outcome.afterMs / 1000} s` };
}

function withoutReference(values: ByRound): Pairs["values"] {
  return [...values].map(([round, value]) => [round, value, 0] as const);
}

/** Values of DeltaFuse and of what a promise compares them with, of the same rounds. */
function pairsOf(input: JudgementInput, ceiling: Ceiling, workload: Workload): Pairs {
  const { records } = input;
  const { metric, reference } = ceiling;
  const of = (id: string, entrant: string, name: string): ByRound =>
    valuesByRound(records, { workload: id, entrant, metric: name });
  const values = of(workload.id, product, metric);
  const lack = lackOf(input, workload, product);
  if (lack !== null) return { values: [], lack };
  if (reference === null) return { values: withoutReference(values), lack: null };
  if (reference === "workload")
    return { values: paired(values, of(workload.against ?? "", product, metric)), lack: null };
  if (reference.startsWith("metric:")) {
    return { values: paired(values, of(workload.id, product, reference.slice("metric:".length))), lack: null };
  }
  if (reference === "bandwidth") {
    const sizes = paired(of(workload.id, product, "bytes"), bandwidthByRound(records));
    const times = sizes.map(([round, bytes, bandwidth]) => [round, bytes / (bandwidth * 1e6)] as const);
    return { values: paired(values, new Map(times)), lack: null };
  }
  const peerLack = lackOf(input, workload, reference);
  return peerLack === null
    ? { values: paired(values, of(workload.id, reference, metric)), lack: null }
    : { values: [], lack: peerLack };
}

interface Bounds {
  readonly score: Score;
  readonly must: number;
  readonly aim: number | null;
}

/** The bound of the aim, where it is told as the must is. */
function aimOf(aim: Limit | null, score: Score, hasReference: boolean): number | null {
  if (aim === null) return null;
  const other = scoreOf(aim, hasReference);
  return other.kind === score.kind ? other.bound : null;
}

function boundsOf(input: JudgementInput, ceiling: Ceiling, reference: number): Bounds {
  const { must, aim } = limitsOf(ceiling, { profile: input.profile, reference });
  const hasReference = ceiling.reference !== null;
  const score = scoreOf(must, hasReference);
  return { score, must: score.bound, aim: aimOf(aim, score, hasReference) };
}

interface Found {
  readonly id: string;
  readonly workloads: readonly Workload[];
  readonly scores: readonly number[];
  readonly bounds: Bounds;
  readonly lack: Pairs["lack"];
}

function judgementOf(input: JudgementInput, ceiling: Ceiling, found: Found): Judgement {
  const { id, workloads, scores, bounds, lack } = found;
  const { must, aim, score } = bounds;
  const baseline = input.baselines[id] ?? null;
  const about = { id, ceiling: ceiling.id, workloads: workloads.map((workload) => workload.id) };
  const shared = { ...about, kind: score.kind, must, aim, limit: boundOf({ ceiling: must, baseline }) };
  const result = scores.length === 0 ? null : estimate(scores);
  if (lack !== null) return { ...shared, verdict: lack.verdict, estimate: result, reason: lack.reason };
  if (result === null)
    return { ...shared, verdict: "inconclusive", estimate: null, reason: `no round has ${ceiling.metric}` };
  const verdict = judge({ estimate: result, ceiling: must, baseline, noisy: workloads.some(input.isNoisy) });
  return { ...shared, verdict, estimate: result, reason: null };
}

function judgeEach(input: JudgementInput, ceiling: Ceiling, workload: Workload): Judgement {
  const { values, lack } = pairsOf(input, ceiling, workload);
  const bounds = boundsOf(input, ceiling, median(values.map(([, , reference]) => reference)));
  const scores = values.map(([, value, reference]) => bounds.score.of(value, reference));
  return judgementOf(input, ceiling, {
    id: `${workload.id} ${ceiling.id}`,
    workloads: [workload],
    scores,
    bounds,
    lack,
  });
}

/** One value per round that all workloads have: the geometric mean of their ratios, or the ratio of their sums. */
function folded(fold: "geomean" | "sum", all: readonly Pairs["values"][]): readonly number[] {
  const rounds = (all[0] ?? []).map(([round]) => round);
  return rounds.flatMap((round) => {
    const pairs = all.flatMap((values) => values.filter(([other]) => other === round));
    if (pairs.length < all.length) return [];
    if (fold === "geomean") return [geometricMean(pairs.map(([, value, reference]) => value / reference))];
    const sum = (of: (pair: (typeof pairs)[number]) => number): number =>
      pairs.reduce((total, pair) => total + of(pair), 0);
    return [sum(([, value]) => value) / sum(([, , reference]) => reference)];
  });
}

function judgeTogether(input: JudgementInput, ceiling: Ceiling, workloads: readonly Workload[]): Judgement {
  const all = workloads.map((workload) => pairsOf(input, ceiling, workload));
  const usable = all.filter(({ lack }) => lack === null);
  const lacks = all.flatMap(({ lack }) => lack ?? []);
  // What the workload says a peer cannot do is left out; what else is missing is told beside the number of the rest.
  const verdict = worst(lacks.map((one) => one.verdict));
  const isWhole = verdict === "unjudged" && usable.length > 0;
  const lack = isWhole ? null : (lacks.find((one) => one.verdict === verdict) ?? null);
  const bounds = boundsOf(input, ceiling, Number.POSITIVE_INFINITY);
  const scores = folded(
    ceiling.fold === "sum" ? "sum" : "geomean",
    usable.map(({ values }) => values),
  );
  return judgementOf(input, ceiling, { id: ceiling.id, workloads, scores, bounds, lack });
}

/** Judges every promise that the workloads are held to, in the order of the promises. */
export function judgementsOf(
  input: JudgementInput,
  ceilings: readonly Ceiling[],
  workloads: readonly Workload[],
): readonly Judgement[] {
  return ceilings.flatMap((ceiling) => {
    if ((ceiling.profile ?? input.profile) !== input.profile) return [];
    const held = workloads.filter((workload) => workload.ceilings.includes(ceiling.id));
    if (held.length === 0) return [];
    if (ceiling.fold === "each") return held.map((workload) => judgeEach(input, ceiling, workload));
    return [judgeTogether(input, ceiling, held)];
  });
}
