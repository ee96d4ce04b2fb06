import type { PulledRun, QueryRun, RunTotals } from "./query-run.ts";

/** What the streams of a query have in common. */
export interface PartitionRunParts {
  readonly partitions: number;
  /** Ends the other streams when one has failed. */
  readonly failed: (error: unknown) => void;
}

/** Streams of one run. */
interface Shared extends PartitionRunParts {
  readonly run: QueryRun;
  started: boolean;
  failing: boolean;
  /** Streams that have not ended. */
  open: number;
  /** Whether one of them was closed before its last batch. */
  early: boolean;
  /** Counters of the whole plan, as the latest stream to end has found them. */
  totals: RunTotals | undefined;
}

/**
 * Lets several streams share the run of their query: it starts with the first of them, and ends with the last one, or with
 * the first one that fails or is cancelled.
 */
export function partitionRuns(run: QueryRun, parts: PartitionRunParts): readonly PulledRun[] {
  const shared: Shared = {
    ...parts,
    run,
    started: false,
    failing: false,
    open: parts.partitions,
    early: false,
    totals: undefined,
  };
  return Array.from({ length: parts.partitions }, () => member(shared));
}

function member(shared: Shared): PulledRun {
  const { run } = shared;
  let isFinished = false;
  return {
    queryId: run.queryId,
    operation: run.operation,
    start: () => {
      if (shared.started) return;
      shared.started = true;
      run.start();
    },
    countBatch: (rows, bytes) => run.countBatch(rows, bytes),
    finish: async (totals, earlyClose) => {
      isFinished = true;
      shared.early ||= earlyClose;
      shared.totals = totals;
      if (shared.open === 1) await run.finish(totals, shared.early);
    },
    fail: (error, totals) => {
      isFinished = true;
      const thrown = run.fail(error, totals);
      if (!shared.failing) {
        shared.failing = true;
        shared.failed(thrown);
      }
      return thrown;
    },
    cancel: (reason, totals) => {
      isFinished = true;
      run.cancel(reason, totals);
    },
    release: () => {
      shared.open -= 1;
      shared.early ||= !isFinished;
      if (shared.open > 0) return;
      // The last one was never read; the end of the others is told now.
      if (shared.totals !== undefined) void run.finish(shared.totals, shared.early);
      run.release();
    },
  };
}
