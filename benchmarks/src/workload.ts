import type { Engine } from "./contestant.ts";

/** A result in a form that two engines share: equal texts mean equal results. */
export type Answer = readonly string[];

/** What is wanted of the ratio of the two contestants, or of the product alone. */
export type Wanted =
  /** Times as fast as the peer, at least. */
  | { readonly kind: "speed"; readonly atLeast: number }
  /** Times the time of the peer, at most. */
  | { readonly kind: "time"; readonly atMost: number };

/** Something that is measured. */
export interface Workload {
  /** Chosen by `--filter`. */
  readonly id: string;
  readonly title: string;
  readonly wanted: Wanted;
  /** Rows that pass through, when a rate says more than a time; else null. */
  readonly rowsOf: ((rows: number) => number) | null;
  /** Whether the longest pause of the event loop is measured while it runs. */
  readonly watchLag: boolean;
  /** The timed part. Its answer is compared in every round. */
  run(engine: Engine): Promise<Sample>;
  /** A closer comparison of results, not timed; null where `run` tells everything. */
  readonly digest: ((engine: Engine) => Promise<Answer>) | null;
}

/** One run of a workload. */
export interface Sample {
  readonly answer: Answer;
  /** What is untimed after it, such as ending a stream. */
  readonly after?: () => Promise<void>;
}
