import type { ContestantName } from "./contestant.ts";
import type { DataSet } from "./data-set.ts";
import type { Limits } from "./limits.ts";
import type { Measurement, Repetition } from "./measurement.ts";

/** What one process measures. */
export interface Job {
  readonly contestant: ContestantName;
  /** Id of a workload. */
  readonly workload: string;
  readonly data: DataSet;
  readonly limits: Limits;
  readonly repetition: Repetition;
  /** Whether the closer comparison is made too. */
  readonly digest: boolean;
}

/** What that process says at its end. */
export type JobResult = { readonly measurement: Measurement } | { readonly error: string };
