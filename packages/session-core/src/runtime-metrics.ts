/** One of the caches of files: Parquet footers, listings of folders, statistics of files. */
export type FileCacheName = "metadata" | "list_files" | "statistics";

/** What a cache of files holds and has done. The sessions of a cache scope have their caches in common. */
export interface FileCacheMetrics {
  readonly name: FileCacheName;
  /** Entries that may be used now. */
  readonly entries: number;
  /** Size of the entries. */
  readonly bytes: number;
  /** Lookups that found a usable entry. */
  readonly hits: number;
  /** Lookups that found no entry, or one that was too old or outdated. A cache that is off counts nothing. */
  readonly misses: number;
  /**
   * Entries that were let go for want of room, for their age, or because what they say has changed. What
   * `clearCaches` drops is not among them.
   */
  readonly evictions: number;
  /** Most bytes; 0 = the cache is off. */
  readonly limitBytes: number;
  /** How long an entry is believed, in milliseconds; null = always. */
  readonly ttlMs: number | null;
}

/** An operator, table or source that holds memory of the pool. */
export interface MemoryConsumer {
  /** The engine's name of it. */
  readonly name: string;
  readonly canSpill: boolean;
  /** Bytes held now. */
  readonly reservedBytes: number;
  /** Most bytes held at once. */
  readonly peakBytes: number;
}

/** The memory pool of a session. */
export interface MemoryMetrics {
  readonly pool: "fair" | "greedy" | "unbounded";
  /** Bytes held now. */
  readonly reservedBytes: number;
  /** Bytes of them that repartitions hold, which are granted beyond the limit. */
  readonly grantedBytes: number;
  /** Null without a limit. */
  readonly limitBytes: number | null;
  /** Who holds memory, largest first. */
  readonly consumers: readonly MemoryConsumer[];
}

/** Queries of a session that began to run, through all its handles. */
export interface QueryMetrics {
  readonly running: number;
  /** Ended well, also early because nobody wanted more rows. */
  readonly finished: number;
  /** Ended by an error. */
  readonly failed: number;
  /** Stopped: an aborted signal, or the session was closed. */
  readonly cancelled: number;
}

/** What a session holds and has done, at one moment. */
export interface RuntimeMetrics {
  readonly memory: MemoryMetrics;
  /** Spilled data on disk now. */
  readonly spill: { readonly files: number; readonly bytes: number };
  readonly caches: readonly FileCacheMetrics[];
  /** Open native objects of the whole process, by class. */
  readonly handles: Readonly<Record<string, number>>;
  readonly queries: QueryMetrics;
}

/** One number of the metrics. */
export interface MetricRow {
  /** What it is about: `memory`, `memory.consumer`, `spill`, `cache.metadata`, …, `handles`, `queries`. */
  readonly scope: string;
  readonly name: string;
  /** A gauge goes up and down, a counter only up. */
  readonly type: "gauge" | "counter";
  /** `By` (bytes), `ms`, or `1` for what is counted. */
  readonly unit: "By" | "ms" | "1";
  readonly value: number;
}

type Numbers = readonly (readonly [name: string, value: number | null, unit?: MetricRow["unit"]])[];

function rowsOf(scope: string, type: MetricRow["type"], numbers: Numbers): readonly MetricRow[] {
  return numbers.flatMap(([name, value, unit = "1"]) => (value === null ? [] : [{ scope, name, type, unit, value }]));
}

function consumerRows(consumers: readonly MemoryConsumer[]): readonly MetricRow[] {
  const byName = new Map<string, number>();
  for (const { name, reservedBytes } of consumers) byName.set(name, (byName.get(name) ?? 0) + reservedBytes);
  const sorted = [...byName].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return rowsOf(
    "memory.consumer",
    "gauge",
    sorted.map(([name, bytes]) => [name, bytes, "By"]),
  );
}

function cacheRows(cache: FileCacheMetrics): readonly MetricRow[] {
  const { name, entries, bytes, hits, misses, evictions, limitBytes, ttlMs } = cache;
  const scope = `cache.${name}`;
  return [
    ...rowsOf(scope, "gauge", [
      ["entries", entries],
      ["bytes", bytes, "By"],
    ]),
    ...rowsOf(scope, "counter", [
      ["hits", hits],
      ["misses", misses],
      ["evictions", evictions],
    ]),
    ...rowsOf(scope, "gauge", [
      ["limit_bytes", limitBytes, "By"],
      ["ttl_ms", ttlMs, "ms"],
    ]),
  ];
}

/**
 * The metrics as flat rows, one per number; what has no value has no row. Consumers of one name are added up. The table
 * function `runtime_metrics()` has the same rows.
 *
 * @example
 * const rows = metricRows(await session.metrics());
 * rows.find(({ scope, name }) => scope === "memory" && name === "reserved_bytes");
 * // { scope: "memory", name: "reserved_bytes", type: "gauge", unit: "By", value: 0 }
 */
export function metricRows({ memory, spill, caches, handles, queries }: RuntimeMetrics): readonly MetricRow[] {
  const { running, finished, failed, cancelled } = queries;
  const byClass = Object.entries(handles).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return [
    ...rowsOf("memory", "gauge", [
      ["reserved_bytes", memory.reservedBytes, "By"],
      ["granted_bytes", memory.grantedBytes, "By"],
      ["limit_bytes", memory.limitBytes, "By"],
    ]),
    ...consumerRows(memory.consumers),
    ...rowsOf("spill", "gauge", [
      ["files", spill.files],
      ["bytes", spill.bytes, "By"],
    ]),
    ...caches.flatMap(cacheRows),
    ...rowsOf("handles", "gauge", byClass),
    ...rowsOf("queries", "gauge", [["running", running]]),
    ...rowsOf("queries", "counter", [
      ["finished", finished],
      ["failed", failed],
      ["cancelled", cancelled],
    ]),
  ];
}
