import { availableParallelism } from "node:os";

/** What every contestant may use. */
export interface Limits {
  readonly threads: number;
  /** Partitions of a plan, or threads where an engine knows only these. */
  readonly partitions: number;
  /** Whole GiB. */
  readonly memoryGiB: number;
}

const mostThreads = 4;

/** At most four threads, fewer on a smaller machine, and 4 GiB. */
export function sharedLimits(): Limits {
  const threads = Math.min(mostThreads, availableParallelism());
  return { threads, partitions: threads, memoryGiB: 4 };
}
