import { boolField, numberField, sizeField } from "../field.ts";
import { section, type Section } from "../section.ts";
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
export const executionSection: Section<ExecutionInput> = section<ExecutionInput>({
  targetPartitions: numberField("datafusion.execution.target_partitions"),
  planningConcurrency: numberField("datafusion.execution.planning_concurrency"),
  batchSize: numberField("datafusion.execution.batch_size"),
  recursiveCtes: boolField("datafusion.execution.enable_recursive_ctes"),
  skipFailedRules: boolField("datafusion.optimizer.skip_failed_rules"),
  optimizerPasses: numberField("datafusion.optimizer.max_passes"),
  repartition: section<RepartitionInput>({
    aggregations: boolField("datafusion.optimizer.repartition_aggregations"),
    windows: boolField("datafusion.optimizer.repartition_windows"),
    sorts: boolField("datafusion.optimizer.repartition_sorts"),
    fileScans: boolField("datafusion.optimizer.repartition_file_scans"),
    fileMinSize: sizeField("datafusion.optimizer.repartition_file_min_size"),
    roundRobin: boolField("datafusion.optimizer.enable_round_robin_repartition"),
  }),
});
