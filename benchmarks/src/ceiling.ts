/** `value <= ratio × reference + plus`; without a reference `value <= plus`. */
export interface Limit {
  /** Default: 1. */
  readonly ratio?: number;
  /** Default: 0. In the unit of the metric. */
  readonly plus?: number;
}

/** Profile of native/Cargo.toml with which the extension and the floor were built: that of a clone, that of what is published. */
export type NativeProfile = "release" | "published";

/** A promise about a metric of DeltaFuse; lower is better. */
export interface Ceiling {
  readonly id: string;
  readonly title: string;
  /** Only an extension that was built so is held to it. Default: every one. */
  readonly profile?: NativeProfile;
  readonly metric: string;
  /**
   * What it is compared with, in the same round: a contestant; `workload`: what `against` of the workload names;
   * `bandwidth`: the time to read the memory named by the metric `bytes`; `metric:name`: another metric of the same
   * workload; null: nothing, the limit is absolute.
   */
  readonly reference: string | null;
  /** One judgement for each workload, or one for all: the geometric mean of the ratios, or the ratio of the sums. */
  readonly fold: "each" | "geomean" | "sum";
  /** The gate. By profile where the profile matters. */
  readonly must: Limit | Readonly<Record<NativeProfile, Limit>>;
  /** Reported, gates nothing. */
  readonly aim: Limit | null;
  /** What holds instead where the reference is smaller. */
  readonly below?: { readonly reference: number; readonly must: Limit; readonly aim: Limit | null };
}

/** What DeltaFuse is held to, for a profile of the extension and a size of the reference. */
export function limitsOf(
  ceiling: Ceiling,
  { profile, reference }: { readonly profile: NativeProfile; readonly reference: number },
): { readonly must: Limit; readonly aim: Limit | null } {
  if (ceiling.below !== undefined && reference < ceiling.below.reference) return ceiling.below;
  const must = "release" in ceiling.must ? ceiling.must[profile] : ceiling.must;
  return { must, aim: ceiling.aim };
}

/** A value as it is judged and told, and the bound on it. */
export interface Score {
  readonly kind: "ratio" | "difference" | "absolute";
  /** The value in one round. */
  readonly of: (value: number, reference: number) => number;
  readonly bound: number;
}

/** A quotient where only a factor is promised, what is above the factor where an amount is, the value without a reference. */
export function scoreOf({ ratio = 1, plus = 0 }: Limit, hasReference: boolean): Score {
  if (!hasReference) return { kind: "absolute", of: (value) => value, bound: plus };
  if (plus === 0) return { kind: "ratio", of: (value, reference) => value / reference, bound: ratio };
  return { kind: "difference", of: (value, reference) => value - ratio * reference, bound: plus };
}
