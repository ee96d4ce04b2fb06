import { seededRandom } from "./random.ts";

/** The middle of a sample; the mean of the two middle ones when their number is even. NaN without values. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN;
  return (lower + upper) / 2;
}

/** The value below which so large a part of a sample lies, interpolated between its neighbours. NaN without values. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  const position = part * (sorted.length - 1);
  const lower = sorted[Math.floor(position)] ?? Number.NaN;
  const upper = sorted[Math.ceil(position)] ?? Number.NaN;
  return lower + (upper - lower) * (position - Math.floor(position));
}

/** The median distance from the median. NaN without values. */
export function medianAbsoluteDeviation(values: readonly number[]): number {
  const middle = median(values);
  return median(values.map((value) => Math.abs(value - middle)));
}

/** Makes a median absolute deviation comparable with a standard deviation of normally distributed values. */
const normalFactor = 1.4826;

/** A robust standard deviation. NaN without values. */
export function spread(values: readonly number[]): number {
  return normalFactor * medianAbsoluteDeviation(values);
}

/** The mean of factors. NaN without values. */
export function geometricMean(values: readonly number[]): number {
  if (values.length === 0) return Number.NaN;
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

/** Two bounds. */
export interface Interval {
  readonly lower: number;
  readonly upper: number;
}

const resamples = 2000;
const bootstrapSeed = 20_240_229;

/** The 95 % interval of the median by bootstrap, 2000 resamples from a fixed seed (Efron's percentile method). */
export function bootstrapInterval(values: readonly number[]): Interval {
  const random = seededRandom(bootstrapSeed);
  const draw = (): number => values[Math.floor(random() * values.length)] ?? Number.NaN;
  const medians = Array.from({ length: resamples }, () => median(Array.from(values, draw)));
  return { lower: quantile(medians, 0.025), upper: quantile(medians, 0.975) };
}

/** What a sample of values of several rounds says. */
export interface Estimate {
  readonly value: number;
  readonly spread: number;
  readonly interval: Interval;
  readonly rounds: number;
}

/** Sums up one value per round. */
export function estimate(values: readonly number[]): Estimate {
  return {
    value: median(values),
    spread: spread(values),
    interval: bootstrapInterval(values),
    rounds: values.length,
  };
}

/** Values by number of the round. */
export type ByRound = ReadonlyMap<number, number>;

/** Joins values of the same round; rounds that one of them lacks are left out. */
export function paired(
  left: ByRound,
  right: ByRound,
): readonly (readonly [round: number, left: number, right: number])[] {
  return [...left].flatMap(([round, value]) => {
    const other = right.get(round);
    return other === undefined ? [] : [[round, value, other] as const];
  });
}
