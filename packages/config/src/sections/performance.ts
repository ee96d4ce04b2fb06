import { section, type Section, setting } from "../section.ts";
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
export const performanceSection: Section<PerformanceInput> = section<PerformanceInput>("performance", {
  collectStatistics: setting,
  metaFetchConcurrency: setting,
  splitFileGroups: setting,
  listing: section<ListingInput>("performance.listing", {
    ignoreSubdirectories: setting,
    inferPartitions: setting,
  }),
  parquet: section<ParquetInput>("performance.parquet", {
    pruning: setting,
    pushdownFilters: setting,
    reorderFilters: setting,
    pageIndex: setting,
    bloomFilter: setting,
    skipMetadata: setting,
    binaryAsString: setting,
    metadataSizeHint: setting,
    predicateCache: setting,
  }),
});
