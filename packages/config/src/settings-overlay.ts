import type { SettingOverlay } from "./setting-row.ts";

// This table is read by tools/generate-settings.mjs: only plain data and type imports.

const bytes = { type: "bytes", identity: "resource" } as const;
const positive = { min: 1 } as const;
const fraction = { min: 0, max: 1 } as const;

function levels(name: string, first: number, last: number): readonly string[] {
  return Array.from({ length: last - first + 1 }, (_, index) => `${name}(${first + index})`);
}

function subsets(names: readonly string[]): readonly string[] {
  return Array.from({ length: 2 ** names.length - 1 }, (_, index) =>
    names.filter((_name, bit) => ((index + 1) >> bit) % 2 === 1).join(","),
  );
}

const catalog: Readonly<Record<string, SettingOverlay>> = {
  "datafusion.catalog.create_default_catalog_and_schema": { locked: true },
  "datafusion.catalog.default_catalog": { owner: "catalog.defaultCatalog" },
  "datafusion.catalog.default_schema": { owner: "catalog.defaultSchema" },
  // The engine panics when a location is no URL, and reads it past the SQL policy.
  "datafusion.catalog.format": { locked: true },
  "datafusion.catalog.information_schema": { owner: "catalog.informationSchema" },
  "datafusion.catalog.location": { locked: true },
};

const execution: Readonly<Record<string, SettingOverlay>> = {
  "datafusion.execution.batch_size": { min: 1, max: 1_048_576, owner: "execution.batchSize" },
  "datafusion.execution.collect_statistics": { owner: "performance.collectStatistics" },
  "datafusion.execution.enable_recursive_ctes": { owner: "execution.recursiveCtes" },
  "datafusion.execution.enforce_batch_size_in_joins": { owner: "join.enforceBatchSize" },
  "datafusion.execution.hash_join_buffering_capacity": bytes,
  "datafusion.execution.keep_partition_by_columns": { owner: "output.keepPartitionColumns" },
  "datafusion.execution.listing_table_factory_infer_partitions": { owner: "performance.listing.inferPartitions" },
  "datafusion.execution.listing_table_ignore_subdirectory": { owner: "performance.listing.ignoreSubdirectories" },
  "datafusion.execution.max_buffered_batches_per_output_file": { min: 2, owner: "output.maxBufferedBatchesPerFile" },
  "datafusion.execution.max_spill_file_size_bytes": { ...bytes, min: 1, owner: "spill.maxFileSize" },
  "datafusion.execution.meta_fetch_concurrency": {
    min: 1,
    identity: "resource",
    owner: "performance.metaFetchConcurrency",
  },
  "datafusion.execution.minimum_parallel_output_files": { min: 1, owner: "output.minimumParallelFiles" },
  "datafusion.execution.objectstore_writer_buffer_size": { ...bytes, owner: "output.writerBuffer" },
  "datafusion.execution.perfect_hash_join_min_key_density": { ...fraction, owner: "join.perfectHashMinDensity" },
  "datafusion.execution.perfect_hash_join_small_build_threshold": { owner: "join.perfectHashMaxRange" },
  "datafusion.execution.planning_concurrency": {
    default: null,
    machineDefault: "cores",
    identity: "resource",
    owner: "execution.planningConcurrency",
  },
  "datafusion.execution.skip_partial_aggregation_probe_ratio_threshold": fraction,
  "datafusion.execution.skip_physical_aggregate_schema_check": { owner: "schemaHardening.strictAggregateSchema" },
  "datafusion.execution.soft_max_rows_per_output_file": { min: 1, owner: "output.softMaxRowsPerFile" },
  "datafusion.execution.sort_in_place_threshold_bytes": { ...bytes, owner: "memory.sortInPlaceThreshold" },
  "datafusion.execution.sort_pushdown_buffer_capacity": bytes,
  "datafusion.execution.sort_spill_reservation_bytes": { ...bytes, owner: "memory.sortReservation" },
  "datafusion.execution.spill_compression": {
    type: "enum",
    values: ["uncompressed", "lz4_frame", "zstd"],
    identity: "resource",
    owner: "spill.compression",
  },
  "datafusion.execution.split_file_groups_by_statistics": { owner: "performance.splitFileGroups" },
  "datafusion.execution.target_partitions": {
    default: null,
    machineDefault: "cores",
    owner: "execution.targetPartitions",
  },
  "datafusion.execution.time_zone": { owner: "schemaHardening.timeZone" },
};

const parquet: Readonly<Record<string, SettingOverlay>> = {
  "datafusion.execution.parquet.binary_as_string": { owner: "performance.parquet.binaryAsString" },
  // The engine panics at 0 and 1 itself.
  "datafusion.execution.parquet.bloom_filter_fpp": { type: "float", min: 1e-9, max: 0.999_999_999 },
  "datafusion.execution.parquet.bloom_filter_ndv": { type: "uint" },
  "datafusion.execution.parquet.bloom_filter_on_read": { owner: "performance.parquet.bloomFilter" },
  "datafusion.execution.parquet.coerce_int96": { type: "enum", values: ["ns", "us", "ms", "s"] },
  "datafusion.execution.parquet.column_index_truncate_length": positive,
  "datafusion.execution.parquet.compression": {
    type: "enum",
    values: [
      "uncompressed",
      "snappy",
      "lz4",
      "lz4_raw",
      ...levels("gzip", 0, 9),
      ...levels("brotli", 0, 11),
      ...levels("zstd", 1, 22),
    ],
    owner: "output.compression",
  },
  "datafusion.execution.parquet.content_defined_chunking.max_chunk_size": { ...bytes, min: 1, identity: "plan" },
  "datafusion.execution.parquet.content_defined_chunking.min_chunk_size": { ...bytes, min: 1, identity: "plan" },
  "datafusion.execution.parquet.content_defined_chunking.norm_level": { type: "int" },
  "datafusion.execution.parquet.data_page_row_count_limit": positive,
  "datafusion.execution.parquet.data_pagesize_limit": { ...bytes, min: 1, identity: "plan" },
  "datafusion.execution.parquet.dictionary_page_size_limit": { ...bytes, min: 1, identity: "plan" },
  "datafusion.execution.parquet.enable_page_index": { owner: "performance.parquet.pageIndex" },
  "datafusion.execution.parquet.encoding": {
    type: "enum",
    values: [
      "plain",
      "plain_dictionary",
      "rle",
      "bit_packed",
      "delta_binary_packed",
      "delta_length_byte_array",
      "delta_byte_array",
      "rle_dictionary",
      "byte_stream_split",
    ],
  },
  "datafusion.execution.parquet.max_predicate_cache_size": { ...bytes, owner: "performance.parquet.predicateCache" },
  "datafusion.execution.parquet.max_row_group_bytes": { ...bytes, min: 1, identity: "plan" },
  "datafusion.execution.parquet.max_row_group_size": positive,
  "datafusion.execution.parquet.maximum_buffered_record_batches_per_stream": { min: 1, identity: "resource" },
  "datafusion.execution.parquet.maximum_parallel_row_group_writers": {
    min: 1,
    identity: "resource",
    owner: "output.parallelRowGroupWriters",
  },
  "datafusion.execution.parquet.metadata_size_hint": { ...bytes, owner: "performance.parquet.metadataSizeHint" },
  "datafusion.execution.parquet.pruning": { owner: "performance.parquet.pruning" },
  "datafusion.execution.parquet.pushdown_filters": { owner: "performance.parquet.pushdownFilters" },
  "datafusion.execution.parquet.reorder_filters": { owner: "performance.parquet.reorderFilters" },
  "datafusion.execution.parquet.schema_force_view_types": { owner: "schemaHardening.viewTypes" },
  "datafusion.execution.parquet.skip_metadata": { owner: "performance.parquet.skipMetadata" },
  "datafusion.execution.parquet.statistics_enabled": { type: "enum", values: ["none", "chunk", "page"] },
  "datafusion.execution.parquet.statistics_truncate_length": positive,
  "datafusion.execution.parquet.write_batch_size": positive,
  "datafusion.execution.parquet.writer_version": { type: "enum", values: ["1.0", "2.0"] },
};

const optimizer: Readonly<Record<string, SettingOverlay>> = {
  "datafusion.optimizer.allow_symmetric_joins_without_pruning": { owner: "features.symmetricJoinsWithoutPruning" },
  "datafusion.optimizer.default_filter_selectivity": { max: 100 },
  "datafusion.optimizer.enable_aggregate_dynamic_filter_pushdown": {
    owner: "features.aggregateDynamicFilterPushdown",
  },
  "datafusion.optimizer.enable_dynamic_filter_pushdown": { first: true, owner: "features.dynamicFilterPushdown" },
  "datafusion.optimizer.enable_join_dynamic_filter_pushdown": { owner: "features.joinDynamicFilterPushdown" },
  "datafusion.optimizer.enable_piecewise_merge_join": { owner: "join.piecewiseMerge" },
  "datafusion.optimizer.enable_round_robin_repartition": { owner: "execution.repartition.roundRobin" },
  "datafusion.optimizer.enable_sort_pushdown": { owner: "features.sortPushdown" },
  "datafusion.optimizer.enable_topk_dynamic_filter_pushdown": { owner: "features.topkDynamicFilterPushdown" },
  "datafusion.optimizer.expand_views_at_output": { owner: "schemaHardening.expandViewsAtOutput" },
  "datafusion.optimizer.filter_null_join_keys": { owner: "join.filterNullKeys" },
  "datafusion.optimizer.hash_join_inlist_pushdown_max_distinct_values": { owner: "join.inListMaxValues" },
  "datafusion.optimizer.hash_join_inlist_pushdown_max_size": {
    ...bytes,
    identity: "plan",
    owner: "join.inListMaxSize",
  },
  "datafusion.optimizer.hash_join_single_partition_threshold": {
    ...bytes,
    identity: "plan",
    owner: "join.singlePartitionThreshold",
  },
  "datafusion.optimizer.hash_join_single_partition_threshold_rows": { owner: "join.singlePartitionThresholdRows" },
  "datafusion.optimizer.max_passes": { min: 1, max: 16, owner: "execution.optimizerPasses" },
  "datafusion.optimizer.prefer_hash_join": { owner: "join.preferHash" },
  "datafusion.optimizer.repartition_aggregations": { owner: "execution.repartition.aggregations" },
  "datafusion.optimizer.repartition_file_min_size": {
    ...bytes,
    identity: "plan",
    owner: "execution.repartition.fileMinSize",
  },
  "datafusion.optimizer.repartition_file_scans": { owner: "execution.repartition.fileScans" },
  "datafusion.optimizer.repartition_joins": { owner: "join.repartition" },
  "datafusion.optimizer.repartition_sorts": { owner: "execution.repartition.sorts" },
  "datafusion.optimizer.repartition_windows": { owner: "execution.repartition.windows" },
  "datafusion.optimizer.skip_failed_rules": { owner: "execution.skipFailedRules" },
  "datafusion.optimizer.top_down_join_key_reordering": { owner: "join.topDownKeyReordering" },
};

const sqlParser: Readonly<Record<string, SettingOverlay>> = {
  "datafusion.sql_parser.default_null_ordering": {
    type: "enum",
    values: ["nulls_max", "nulls_min", "nulls_first", "nulls_last"],
    owner: "sql.nullOrdering",
  },
  "datafusion.sql_parser.dialect": {
    type: "enum",
    values: [
      "generic",
      "mysql",
      "postgresql",
      "hive",
      "sqlite",
      "snowflake",
      "redshift",
      "mssql",
      "clickhouse",
      "bigquery",
      "ansi",
      "duckdb",
      "databricks",
      "spark",
    ],
    owner: "sql.dialect",
  },
  "datafusion.sql_parser.enable_ident_normalization": { owner: "sql.identifiers" },
  "datafusion.sql_parser.map_string_types_to_utf8view": { owner: "schemaHardening.viewTypes" },
  "datafusion.sql_parser.parse_float_as_decimal": { owner: "sql.floatAsDecimal" },
  "datafusion.sql_parser.recursion_limit": { min: 1, owner: "sql.recursionLimit" },
};

const presentation: Readonly<Record<string, SettingOverlay>> = {
  "datafusion.explain.analyze_categories": {
    type: "enum",
    values: ["all", "none", ...subsets(["rows", "bytes", "timing", "uncategorized"])],
  },
  "datafusion.explain.analyze_level": {
    type: "enum",
    values: ["summary", "dev"],
    owner: "diagnostics.analyzeLevel",
  },
  "datafusion.explain.format": {
    type: "enum",
    values: ["indent", "tree", "pgjson", "graphviz"],
    owner: "schemaHardening.explainFormat",
  },
  "datafusion.explain.show_schema": { owner: "schemaHardening.showSchemaInExplain" },
  "datafusion.format.duration_format": { type: "enum", values: ["pretty", "iso8601"] },
  "datafusion.format.types_info": { owner: "schemaHardening.showTypesInFormat" },
};

const runtime: Readonly<Record<string, SettingOverlay>> = {
  "datafusion.runtime.file_statistics_cache_limit": { ...bytes, owner: "cache.statistics" },
  "datafusion.runtime.list_files_cache_limit": { ...bytes, owner: "cache.listFiles" },
  "datafusion.runtime.list_files_cache_ttl": { type: "duration", owner: "cache.listFilesTtl" },
  "datafusion.runtime.max_temp_directory_size": { ...bytes, owner: "spill.maxSize" },
  "datafusion.runtime.memory_limit": { ...bytes, default: null, nullable: true, owner: "memory.limit" },
  "datafusion.runtime.metadata_cache_limit": { ...bytes, owner: "cache.metadata" },
  "datafusion.runtime.temp_directory": {
    default: null,
    nullable: true,
    identity: "machine",
    owner: "spill.directories",
  },
};

// Part of the SQL policy, which the session sends as a whole.
const policy = { locked: true, owner: "sql.policy" } as const;

const deltafuse: Readonly<Record<string, SettingOverlay>> = {
  "deltafuse.policy.copy": policy,
  "deltafuse.policy.ddl": policy,
  "deltafuse.policy.dml": policy,
  "deltafuse.policy.explain_analyze": policy,
  "deltafuse.policy.statements": policy,
};

/** Type, range, values, owner and identity of the settings that need more than their default text tells. */
export const settingsOverlay: Readonly<Record<string, SettingOverlay>> = {
  ...catalog,
  ...execution,
  ...parquet,
  ...optimizer,
  ...sqlParser,
  "datafusion.spark.map_key_dedup_policy": { type: "enum", values: ["EXCEPTION", "LAST_WIN"] },
  ...presentation,
  ...runtime,
  ...deltafuse,
};

/** Settings that programs ask for although this engine does not have them, and what to use instead. */
export const absentSettings: Readonly<Record<string, string>> = {
  "datafusion.optimizer.enable_hash_join": "datafusion.optimizer.prefer_hash_join",
  "datafusion.optimizer.enable_sort_merge_join": "datafusion.optimizer.prefer_hash_join",
  "datafusion.optimizer.enable_nested_loop_join": "datafusion.optimizer.prefer_hash_join",
};
