import type { ContestantName, Engine, Setup } from "./contestant.ts";
import type { Digest } from "./digest.ts";
import type { Limits } from "./limits.ts";
import type { Repetition } from "./measurement.ts";

/** Which selection of workloads and which size of data a run has. */
export type Suite = "smoke" | "gate" | "full";

/** A data set, and how large each suite wants it. */
export interface DataNeed {
  /** Id of a data set of `data-list.ts`. */
  readonly set: string;
  /** In the unit of the set: rows or a scale factor. */
  readonly scale: Readonly<Record<Suite, number>>;
}

/** Numbers by name, lower is better. `ms` is wall time; a rate is told as the time for a fixed amount of work. */
export type Metrics = Readonly<Record<string, number>>;

/** Text that every contestant has in common for a result; equal texts mean equal results. */
export type Answer = readonly string[];

/** Exact numbers and texts by name, the same on every machine. */
export type Counters = Readonly<Record<string, number | string>>;

/** One timed run of a workload. */
export interface Sample {
  /** A cheap look at the result, compared in every round. */
  readonly answer: Answer;
  /** What the run measured by itself. A `ms` in it replaces the wall time that the runner took. */
  readonly metrics?: Metrics;
  /** What is untimed after the run, such as ending a stream. */
  readonly after?: () => Promise<void>;
}

/** A workload that is set up in a process. */
export interface WorkloadRun {
  /** Untimed, before every run. */
  before?(): Promise<void>;
  /** The timed part. */
  run(): Promise<Sample>;
  /** Untimed, after the last run. */
  close?(): Promise<void>;
}

/** Where a workload is set up. */
export interface WorkloadContext extends Setup {
  readonly contestant: ContestantName;
  readonly suite: Suite;
  /** By id of the data set. */
  readonly scales: Readonly<Record<string, number>>;
  /** Opens one more engine with the same tables, under these limits or those of the run; the caller closes it. */
  readonly open: (limits?: Partial<Limits>) => Promise<Engine>;
}

/** Something that is measured, as data. */
export interface Workload {
  /** `family.name`; chosen by `--filter`. */
  readonly id: string;
  readonly family: string;
  readonly title: string;
  readonly suites: readonly Suite[];
  /** Who takes part. One that cannot is still listed: it tells why. */
  readonly contestants: readonly ContestantName[];
  /** Who of them cannot do it, or does it wrong, and why: they do not run, and promises about them are left unjudged. */
  readonly unsupported?: Readonly<Partial<Record<ContestantName, string>>>;
  /** The peer that must find what the floor found where no answer and no digest is committed. */
  readonly confirmedBy?: ContestantName;
  readonly data: readonly DataNeed[];
  /** Whether it has processes of its own; else the whole family shares one. */
  readonly alone: boolean;
  /** `false`: DeltaFuse copies its batches into memory of the JavaScript engine. Such a workload is alone. */
  readonly externalBuffers?: false;
  /** `lag` gives the metrics `lagMs`, `lagP99Ms` and `ownLagMs`; `rss` gives `peakRssMiB`. */
  readonly watch: readonly ("lag" | "rss")[];
  /** What differs from the rules of the suite. */
  readonly repetition?: Partial<Repetition>;
  /** Untimed; resolves with what is timed, run after run. */
  setup(engine: Engine, context: WorkloadContext): Promise<WorkloadRun>;
  /** Every cell of the result, untimed, once per run of the benchmarks; null where `answer` tells everything. */
  readonly digest: ((engine: Engine, context: WorkloadContext) => Promise<Digest>) | null;
  /** Taken of DeltaFuse alone, with one partition and the data of the suite `smoke`; null without any. */
  readonly counters: ((engine: Engine, context: WorkloadContext) => Promise<Counters>) | null;
  /** Query whose plan is kept, made with four partitions and the data of the suite `smoke`; null without one. */
  readonly plan: string | null;
  /** Ids of promises in `baselines/ceilings.json` that this workload is held to. */
  readonly ceilings: readonly string[];
  /** Id of the workload of the same family that promises with the reference `workload` compare with. */
  readonly against?: string;
}
