import type { BenchmarkResult } from "./benchmark.ts";
import type { Baselines } from "./baseline.ts";
import { factDifferences } from "./facts.ts";
import { type Verdict, worst } from "./gate.ts";
import { outcomesOf } from "./series.ts";
import type { Workload } from "./workload.ts";

/** What is to be said about one workload, or about a promise over several. */
export interface VerdictEntry {
  readonly id: string;
  readonly verdict: Verdict;
  /** Why, a sentence each. */
  readonly reasons: readonly string[];
  /** The estimate that decided, and the bound on it; null where nothing was estimated. */
  readonly ratio: number | null;
  readonly limit: number | null;
}

/** What verdicts are made of. */
export interface VerdictInput {
  readonly result: BenchmarkResult;
  readonly workloads: readonly Workload[];
  readonly baselines: Baselines;
  /** Whether missed promises count; else only answers, counters and plans do. */
  readonly judgesTimes: boolean;
}

interface Reasoned {
  readonly verdict: Verdict;
  readonly reason: string;
}

function wrongResults({ correctness }: BenchmarkResult, id: string): readonly Reasoned[] {
  return Object.entries(correctness.get(id) ?? {}).flatMap(([entrant, found]) => {
    if (found.kind !== "wrong") return [];
    const isOurs = entrant === "deltafuse" || entrant === "floor";
    return [{ verdict: isOurs ? ("wrong" as const) : ("pass" as const), reason: `${entrant} is wrong: ${found.why}` }];
  });
}

function failures({ records, facts }: BenchmarkResult, id: string): readonly Reasoned[] {
  const failed = outcomesOf(records, { workload: id, entrant: "deltafuse" }).flatMap((outcome) => {
    if (outcome.kind === "failed") return [outcome.message];
    return outcome.kind === "timeout" ? [`it was silent for ${outcome.afterMs / 1000} s`] : [];
  });
  const failure = facts.failures[id];
  const all = [...new Set([...failed, ...(failure === undefined ? [] : [failure])])];
  return all.map((message) => ({ verdict: "failed" as const, reason: `deltafuse failed: ${message}` }));
}

function changes({ result, baselines }: VerdictInput, workload: Workload): readonly Reasoned[] {
  // What failed has nothing to compare, and is told as a failure.
  if (result.facts.failures[workload.id] !== undefined) return [];
  const lines = factDifferences(workload, result.facts, baselines);
  return lines.map((reason) => ({ verdict: "changed" as const, reason }));
}

function promises({ result, judgesTimes }: VerdictInput, id: string): readonly (Reasoned & Partial<VerdictEntry>)[] {
  if (!judgesTimes) return [];
  const own = result.judgements.filter((one) => one.id.startsWith(`${id} `));
  return own.map(({ verdict, ceiling, reason, estimate, limit }) => {
    const told = reason ?? `${(estimate?.value ?? Number.NaN).toPrecision(4)}, bound ${limit.toPrecision(4)}`;
    return { verdict, reason: `${ceiling}: ${told}`, ratio: estimate?.value ?? null, limit };
  });
}

function entryOf(input: VerdictInput, workload: Workload): VerdictEntry {
  const { id } = workload;
  const timed = promises(input, id);
  const all = [...wrongResults(input.result, id), ...failures(input.result, id), ...changes(input, workload), ...timed];
  const verdict = worst(all.map((one) => one.verdict));
  const deciding = timed.find((one) => one.verdict === verdict) ?? timed[0];
  const reasons = all
    .filter((one) => one.verdict !== "pass" || !one.reason.includes(", bound "))
    .map(({ reason }) => reason);
  return { id, verdict, reasons, ratio: deciding?.ratio ?? null, limit: deciding?.limit ?? null };
}

/** One entry for every workload, then one for every promise over several. */
export function verdictList(input: VerdictInput): readonly VerdictEntry[] {
  const entries = input.workloads.map((workload) => entryOf(input, workload));
  if (!input.judgesTimes) return entries;
  const folded = input.result.judgements.filter(({ id, ceiling }) => id === ceiling);
  const together = folded.map(({ id, verdict, reason, estimate, limit }) => {
    const told = reason ?? `${(estimate?.value ?? Number.NaN).toPrecision(4)}, bound ${limit.toPrecision(4)}`;
    return { id, verdict, reasons: [told], ratio: estimate?.value ?? null, limit };
  });
  return [...entries, ...together];
}
