import { availableParallelism } from "node:os";

/** What both contestants may use. */
export interface Limits {
  readonly threads: number;
  /** Whole GiB. */
  readonly memoryGiB: number;
}

const mostThreads = 4;

/** At most four threads, fewer on a smaller machine, and 4 GiB. */
export function sharedLimits(): Limits {
  return { threads: Math.min(mostThreads, availableParallelism()), memoryGiB: 4 };
}
