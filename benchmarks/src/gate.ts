import type { Estimate } from "./statistics.ts";

/** What is known about a promise in a class of machines. */
export interface RatioBaseline {
  readonly value: number;
  readonly spread: number;
  readonly rounds: number;
  /** Sources that it was measured with. */
  readonly sourceHash: string;
}

/**
 * `wrong`: a result of DeltaFuse or the floor is not the right one. `changed`: a counter or a plan is not the committed one.
 * `failed`: DeltaFuse did not answer. `inconclusive`: nothing is decided. `unjudged`: the reference is known not to do it.
 */
export type Verdict = "wrong" | "changed" | "failed" | "regression" | "inconclusive" | "unjudged" | "pass" | "improved";

/** What a promise is judged by. */
export interface Evidence {
  readonly estimate: Estimate;
  /** The bound that `ceilings.json` sets. */
  readonly ceiling: number;
  /** Null on a machine class without one. */
  readonly baseline: RatioBaseline | null;
  /** Whether the machine was too restless. */
  readonly noisy: boolean;
}

const slack = 0.1;
const spreads = 3;
/** Fewer rounds decide nothing. */
const leastRounds = 5;

/** How far a value may be from its baseline. */
function tolerance({ value, spread }: RatioBaseline): number {
  return Math.max(slack * Math.abs(value), spreads * spread);
}

/** The bound that holds: the ceiling, or a baseline that is better. */
export function boundOf({ ceiling, baseline }: Pick<Evidence, "ceiling" | "baseline">): number {
  return baseline === null ? ceiling : Math.min(ceiling, baseline.value + tolerance(baseline));
}

/** What the rounds so far say; `inconclusive` asks for more of them as long as there is time. */
export function judge(evidence: Evidence): Verdict {
  const { estimate, baseline, noisy } = evidence;
  const bound = boundOf(evidence);
  if (noisy || estimate.rounds < leastRounds || Number.isNaN(estimate.value)) return "inconclusive";
  if (estimate.interval.lower > bound) return "regression";
  if (estimate.interval.upper > bound) return "inconclusive";
  return baseline !== null && estimate.interval.upper < baseline.value - tolerance(baseline) ? "improved" : "pass";
}

/** From the worst to the best. */
const order: readonly Verdict[] = [
  "wrong",
  "changed",
  "failed",
  "regression",
  "inconclusive",
  "unjudged",
  "improved",
  "pass",
];

/** The worst of several verdicts; `pass` without any. */
export function worst(verdicts: readonly Verdict[]): Verdict {
  return order.find((verdict) => verdicts.includes(verdict)) ?? "pass";
}

/** How the program ends. */
export const exitCodes = {
  green: 0,
  red: 1,
  usage: 2,
  inconclusive: 3,
  wrong: 4,
  prerequisite: 5,
} as const;

/** One of them. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** The exit code of a run with such verdicts. */
export function exitCodeOf(verdicts: readonly Verdict[]): ExitCode {
  const verdict = worst(verdicts);
  if (verdict === "wrong") return exitCodes.wrong;
  if (verdict === "changed" || verdict === "failed" || verdict === "regression") return exitCodes.red;
  return verdict === "inconclusive" ? exitCodes.inconclusive : exitCodes.green;
}
