import * as z from "@deltafuse/config/zod";
import type { ClearReport } from "./cache-scope.ts";
import type { RuleCatalog } from "./rule-catalog.ts";
import type { FileCacheMetrics, RuntimeMetrics } from "./runtime-metrics.ts";

const count = z.int();
const cacheName = z.enum(["metadata", "list_files", "statistics"]);

const cache: z.ZodMiniType<FileCacheMetrics> = z.strictObject({
  name: cacheName,
  entries: count,
  bytes: count,
  hits: count,
  misses: count,
  evictions: count,
  limitBytes: count,
  ttlMs: z.nullable(count),
});

/** Shape of what caches tell of themselves. */
export const cacheStatsSchema: z.ZodMiniType<{ readonly caches: readonly FileCacheMetrics[] }> = z.strictObject({
  caches: z.array(cache),
});

/** Shape of what was dropped from caches. */
export const clearReportSchema: z.ZodMiniType<ClearReport> = z.strictObject({
  caches: z.array(z.strictObject({ name: cacheName, entries: count, bytes: count })),
});

/** Shape of the metrics of a session. */
export const runtimeMetricsSchema: z.ZodMiniType<RuntimeMetrics> = z.strictObject({
  memory: z.strictObject({
    pool: z.enum(["fair", "greedy", "unbounded"]),
    reservedBytes: count,
    grantedBytes: count,
    limitBytes: z.nullable(count),
    consumers: z.array(
      z.strictObject({ name: z.string(), canSpill: z.boolean(), reservedBytes: count, peakBytes: count }),
    ),
  }),
  spill: z.strictObject({ files: count, bytes: count }),
  caches: z.array(cache),
  handles: z.record(z.string(), count),
  queries: z.strictObject({ running: count, finished: count, failed: count, cancelled: count }),
});

const rules = z.array(z.strictObject({ name: z.string(), origin: z.enum(["datafusion", "deltafuse"]) }));

/** Shape of the rules of a session. */
export const ruleCatalogSchema: z.ZodMiniType<RuleCatalog> = z.strictObject({
  relationPlanners: rules,
  expressionPlanners: rules,
  typePlanners: rules,
  analyzer: rules,
  optimizer: rules,
  queryPlanners: rules,
  extensionPlanners: rules,
  physical: rules,
});
