import { section, type Section, setting } from "../section.ts";
import type { SizeInput } from "../size.ts";

/** Where the engine repartitions data to use more cores. Null is the engine's default. */
export interface RepartitionInput {
  /** `optimizer.repartition_aggregations`. */
  readonly aggregations?: boolean | null;
  /** `optimizer.repartition_windows`. */
  readonly windows?: boolean | null;
  /** `optimizer.repartition_sorts`. */
  readonly sorts?: boolean | null;
  /** `optimizer.repartition_file_scans`: read ranges of one file in parallel. */
  readonly fileScans?: boolean | null;
  /** `optimizer.repartition_file_min_size`: smaller files are not split. */
  readonly fileMinSize?: SizeInput | null;
  /** `optimizer.enable_round_robin_repartition`. */
  readonly roundRobin?: boolean | null;
}

/** How plans run. Null is the engine's default. */
export interface ExecutionInput {
  /** `execution.target_partitions`; 0 = the number of cores. */
  readonly targetPartitions?: number | null;
  /** `execution.planning_concurrency`; 0 = the number of cores. */
  readonly planningConcurrency?: number | null;
  /** `execution.batch_size`: rows of a batch, 1 to 1048576. */
  readonly batchSize?: number | null;
  /** `execution.enable_recursive_ctes`. */
  readonly recursiveCtes?: boolean | null;
  /** `optimizer.skip_failed_rules`: plan on when an optimizer rule fails. */
  readonly skipFailedRules?: boolean | null;
  /** `optimizer.max_passes`, 1 to 16. */
  readonly optimizerPasses?: number | null;
  readonly repartition?: RepartitionInput;
}

/** The section `execution`. */
export const executionSection: Section<ExecutionInput> = section<ExecutionInput>("execution", {
  targetPartitions: setting,
  planningConcurrency: setting,
  batchSize: setting,
  recursiveCtes: setting,
  skipFailedRules: setting,
  optimizerPasses: setting,
  repartition: section<RepartitionInput>("execution.repartition", {
    aggregations: setting,
    windows: setting,
    sorts: setting,
    fileScans: setting,
    fileMinSize: setting,
    roundRobin: setting,
  }),
});
