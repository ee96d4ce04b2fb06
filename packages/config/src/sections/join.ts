import { section, type Section, setting } from "../section.ts";
import type { SizeInput } from "../size.ts";

/** How joins are planned and run. Null is the engine's default. */
export interface JoinInput {
  /** `optimizer.prefer_hash_join`: hash joins rather than sort-merge joins, which need less memory. */
  readonly preferHash?: boolean | null;
  /** `optimizer.repartition_joins`: use more cores by repartitioning on the keys. */
  readonly repartition?: boolean | null;
  /** `optimizer.enable_piecewise_merge_join`: for joins with one range condition. */
  readonly piecewiseMerge?: boolean | null;
  /** `optimizer.filter_null_join_keys`: drop rows with a null key before an inner join. */
  readonly filterNullKeys?: boolean | null;
  /** `optimizer.top_down_join_key_reordering`. */
  readonly topDownKeyReordering?: boolean | null;
  /** `optimizer.hash_join_single_partition_threshold`: a smaller side is collected into one partition. */
  readonly singlePartitionThreshold?: SizeInput | null;
  /** `optimizer.hash_join_single_partition_threshold_rows`: the same, in rows. */
  readonly singlePartitionThresholdRows?: number | null;
  /** `optimizer.hash_join_inlist_pushdown_max_size`: larger build sides are not pushed down as a list; 0 = none is. */
  readonly inListMaxSize?: SizeInput | null;
  /** `optimizer.hash_join_inlist_pushdown_max_distinct_values`: the same, in values. */
  readonly inListMaxValues?: number | null;
  /** `execution.perfect_hash_join_small_build_threshold`: key ranges below it are joined by an array. */
  readonly perfectHashMaxRange?: number | null;
  /** `execution.perfect_hash_join_min_key_density`: for larger ranges, the share of keys that must exist, 0 to 1. */
  readonly perfectHashMinDensity?: number | null;
  /** `execution.enforce_batch_size_in_joins`: less memory for selective joins, a little slower. */
  readonly enforceBatchSize?: boolean | null;
}

/** The section `join`. */
export const joinSection: Section<JoinInput> = section<JoinInput>("join", {
  preferHash: setting,
  repartition: setting,
  piecewiseMerge: setting,
  filterNullKeys: setting,
  topDownKeyReordering: setting,
  singlePartitionThreshold: setting,
  singlePartitionThresholdRows: setting,
  inListMaxSize: setting,
  inListMaxValues: setting,
  perfectHashMaxRange: setting,
  perfectHashMinDensity: setting,
  enforceBatchSize: setting,
});
