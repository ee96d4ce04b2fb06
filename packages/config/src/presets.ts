import type { CacheLimits, CacheName } from "./sections/cache.ts";
import type { CatalogInput } from "./sections/catalog.ts";
import type { DiagnosticsInput } from "./sections/diagnostics.ts";
import type { ExecutionInput } from "./sections/execution.ts";
import type { LimitsInput } from "./sections/limits.ts";
import type { MemoryInput } from "./sections/memory.ts";
import type { PerformanceInput } from "./sections/performance.ts";
import type { SchemaHardeningName, SchemaHardeningOptions } from "./sections/schema-hardening.ts";
import type { SpillInput } from "./sections/spill.ts";

/** Name of a preset. */
export type PresetName = "default" | "dev" | "large" | "low_memory" | "test";

/** The names of {@link PresetName}. */
export const presetNames: readonly PresetName[] = ["default", "dev", "large", "low_memory", "test"];

/** What a preset declares: a fragment of a profile. */
export interface PresetFields {
  readonly execution: ExecutionInput;
  readonly memory: MemoryInput;
  readonly spill: SpillInput;
  readonly cache: CacheLimits;
  readonly catalog: CatalogInput;
  readonly schemaHardening: SchemaHardeningName;
  readonly performance: PerformanceInput;
  readonly limits: LimitsInput;
  readonly diagnostics: DiagnosticsInput;
}

interface Ladder {
  readonly execution: ExecutionInput;
  readonly memory: { readonly limit: string };
  readonly spill: { readonly maxSize: string };
  readonly metaFetchConcurrency: number;
  readonly parquet: { readonly metadataSizeHint: string; readonly predicateCache: string };
  readonly cache: CacheLimits;
}

function preset(step: Ladder): PresetFields {
  return {
    execution: step.execution,
    memory: { pool: "fair", limit: step.memory.limit, topConsumers: 5 },
    spill: { mode: "os", maxSize: step.spill.maxSize },
    cache: step.cache,
    catalog: {
      defaultCatalog: "datafusion",
      defaultSchema: "public",
      informationSchema: true,
      viewSchema: "views",
      urlTables: false,
    },
    schemaHardening: "stable",
    performance: {
      collectStatistics: true,
      metaFetchConcurrency: step.metaFetchConcurrency,
      parquet: { pageIndex: true, pushdownFilters: false, reorderFilters: false, ...step.parquet },
    },
    limits: {
      collectRows: null,
      collectBytes: "1GiB",
      prefetchBatches: 2,
      prefetchBytes: "64MiB",
      planCacheEntries: 256,
    },
    diagnostics: {
      capture: { plans: false, explain: false, optimizerTrace: "off" },
      slowQuery: null,
      batchSample: 0,
      sampleMetrics: null,
    },
  };
}

/** The presets: what a profile declares before its own fields. */
export const presets: Readonly<Record<PresetName, PresetFields>> = {
  default: preset({
    execution: { targetPartitions: 0, planningConcurrency: 0, batchSize: 8192 },
    memory: { limit: "60%" },
    spill: { maxSize: "100GiB" },
    metaFetchConcurrency: 32,
    parquet: { metadataSizeHint: "1MiB", predicateCache: "64MiB" },
    cache: { metadata: "256MiB", listFiles: "128MiB", listFilesTtl: "30s" },
  }),
  dev: preset({
    execution: { targetPartitions: 4, planningConcurrency: 2, batchSize: 4096 },
    memory: { limit: "25%" },
    spill: { maxSize: "50GiB" },
    metaFetchConcurrency: 8,
    parquet: { metadataSizeHint: "512KiB", predicateCache: "32MiB" },
    cache: { metadata: "128MiB", listFiles: "64MiB", listFilesTtl: "5s" },
  }),
  large: preset({
    execution: { targetPartitions: 0, planningConcurrency: 0, batchSize: 16_384 },
    memory: { limit: "75%" },
    spill: { maxSize: "200GiB" },
    metaFetchConcurrency: 64,
    parquet: { metadataSizeHint: "2MiB", predicateCache: "128MiB" },
    cache: { metadata: "512MiB", listFiles: "256MiB", listFilesTtl: "5m" },
  }),
  low_memory: preset({
    execution: { targetPartitions: 2, planningConcurrency: 2, batchSize: 4096 },
    memory: { limit: "512MiB" },
    spill: { maxSize: "10GiB" },
    metaFetchConcurrency: 4,
    parquet: { metadataSizeHint: "512KiB", predicateCache: "8MiB" },
    cache: { metadata: "32MiB", listFiles: "8MiB", listFilesTtl: "30s" },
  }),
  test: preset({
    execution: { targetPartitions: 2, planningConcurrency: 1, batchSize: 1024 },
    memory: { limit: "256MiB" },
    spill: { maxSize: "1GiB" },
    metaFetchConcurrency: 4,
    parquet: { metadataSizeHint: "512KiB", predicateCache: "8MiB" },
    cache: { metadata: "16MiB", listFiles: 0, listFilesTtl: null },
  }),
};

const stable: SchemaHardeningOptions = {
  viewTypes: false,
  expandViewsAtOutput: false,
  timeZone: "UTC",
  strictAggregateSchema: true,
  showSchemaInExplain: true,
  explainFormat: "indent",
  showTypesInFormat: true,
};

/** The named sets of `schemaHardening`. A field that a set leaves out is the engine's default. */
export const hardeningPresets: Readonly<Record<SchemaHardeningName, SchemaHardeningOptions>> = {
  stable,
  arrow_views: { ...stable, viewTypes: true },
  off: {},
};

/** The named sets of `cache`. A field that a set leaves out is the engine's default. */
export const cachePresets: Readonly<Record<CacheName, CacheLimits>> = {
  pinned: { metadata: "128MiB", listFiles: "64MiB", listFilesTtl: null },
  fresh: { metadata: "128MiB", listFiles: "64MiB", listFilesTtl: "30s" },
  isolated: { metadata: 0, listFiles: 0, listFilesTtl: null, statistics: 0 },
};
