import { boolField, numberField, sizeField } from "../field.ts";
import { section, type Section } from "../section.ts";
import type { SizeInput } from "../size.ts";

/** How folders of files are read as tables. Null is the engine's default. */
export interface ListingInput {
  /** `execution.listing_table_ignore_subdirectory`. */
  readonly ignoreSubdirectories?: boolean | null;
  /** `execution.listing_table_factory_infer_partitions`. */
  readonly inferPartitions?: boolean | null;
}

/** How Parquet is read: the keys of `execution.parquet`. Null is the engine's default. */
export interface ParquetInput {
  /** `pruning`: skip row groups by their statistics. */
  readonly pruning?: boolean | null;
  /** `pushdown_filters`: filter rows while decoding. */
  readonly pushdownFilters?: boolean | null;
  /** `reorder_filters`. */
  readonly reorderFilters?: boolean | null;
  /** `enable_page_index`. */
  readonly pageIndex?: boolean | null;
  /** `bloom_filter_on_read`. */
  readonly bloomFilter?: boolean | null;
  /** `skip_metadata`: leave the key-value metadata of the schema out. */
  readonly skipMetadata?: boolean | null;
  /** `binary_as_string`. */
  readonly binaryAsString?: boolean | null;
  /** `metadata_size_hint`: how much of the end of a file is read at once. */
  readonly metadataSizeHint?: SizeInput | null;
  /** `max_predicate_cache_size`. */
  readonly predicateCache?: SizeInput | null;
}

/** How data is found and read. Null is the engine's default. */
export interface PerformanceInput {
  /** `execution.collect_statistics`: read the statistics of files when a table is registered. */
  readonly collectStatistics?: boolean | null;
  /** `execution.meta_fetch_concurrency`: files whose metadata is read at the same time, at least 1. */
  readonly metaFetchConcurrency?: number | null;
  /** `execution.split_file_groups_by_statistics`. */
  readonly splitFileGroups?: boolean | null;
  readonly listing?: ListingInput;
  readonly parquet?: ParquetInput;
}

/** The section `performance`. */
export const performanceSection: Section<PerformanceInput> = section<PerformanceInput>({
  collectStatistics: boolField("datafusion.execution.collect_statistics"),
  metaFetchConcurrency: numberField("datafusion.execution.meta_fetch_concurrency"),
  splitFileGroups: boolField("datafusion.execution.split_file_groups_by_statistics"),
  listing: section<ListingInput>({
    ignoreSubdirectories: boolField("datafusion.execution.listing_table_ignore_subdirectory"),
    inferPartitions: boolField("datafusion.execution.listing_table_factory_infer_partitions"),
  }),
  parquet: section<ParquetInput>({
    pruning: boolField("datafusion.execution.parquet.pruning"),
    pushdownFilters: boolField("datafusion.execution.parquet.pushdown_filters"),
    reorderFilters: boolField("datafusion.execution.parquet.reorder_filters"),
    pageIndex: boolField("datafusion.execution.parquet.enable_page_index"),
    bloomFilter: boolField("datafusion.execution.parquet.bloom_filter_on_read"),
    skipMetadata: boolField("datafusion.execution.parquet.skip_metadata"),
    binaryAsString: boolField("datafusion.execution.parquet.binary_as_string"),
    metadataSizeHint: sizeField("datafusion.execution.parquet.metadata_size_hint"),
    predicateCache: sizeField("datafusion.execution.parquet.max_predicate_cache_size"),
  }),
});
