import { cacheRecord, runtimeRecord } from "@deltafuse/telemetry/record-kinds";
import type { EventRows } from "./event-row.ts";
import { type RecordDraft, draft } from "./record-draft.ts";

/** Payload of `runtime.sampled`. */
export interface RuntimeSampledPayload {
  /** Bytes that queries and tables of the session hold of its memory pool. */
  readonly memoryReservedBytes: number;
  readonly memoryLimitKind: "finite" | "infinite";
  /** Null when the pool has no limit. */
  readonly memoryLimitBytes: number | null;
  readonly spillBytesOnDisk: number;
  /** Queries of the session that run. */
  readonly activeQueries: number;
  /** Native sessions of the process that are open. */
  readonly openSessions: number;
}

/** What a cache of files holds and has done. */
export interface CacheSample {
  readonly cache: "metadata" | "list_files" | "statistics";
  readonly entries: number;
  readonly hits: number;
  readonly misses: number;
  readonly evictions: number;
  readonly usedBytes: number;
  /** 0: the cache is off. */
  readonly limitBytes: number;
  /** Null when entries do not expire. */
  readonly ttlMs: number | null;
}

/** Payload of `cache.sampled`. */
export interface CacheSampledPayload {
  /** Id of the cache scope; null for caches of the session alone. */
  readonly scope: string | null;
  readonly rows: readonly CacheSample[];
}

/** Payloads of the events of metrics that were read. */
export interface RuntimeEvents {
  readonly "runtime.sampled": RuntimeSampledPayload;
  readonly "cache.sampled": CacheSampledPayload;
}

/** What the table says about the events of metrics. */
export const runtimeEventRows: EventRows<RuntimeEvents> = {
  "runtime.sampled": {
    owner: "session-core",
    fires: "metrics of a session were read",
    records: ["runtime"],
    members: {
      memoryReservedBytes: "integer",
      memoryLimitKind: "string",
      memoryLimitBytes: "integer?",
      spillBytesOnDisk: "integer",
      activeQueries: "integer",
      openSessions: "integer",
    },
  },
  "cache.sampled": {
    owner: "session-core",
    fires: "metrics of a session were read: its caches of files",
    records: ["cache"],
    members: { scope: "string?", rows: "list" },
  },
};

/** Records of `runtime.sampled`. */
export function runtimeSampledRecords(event: RuntimeSampledPayload): readonly RecordDraft[] {
  return [draft(runtimeRecord, {}, event)];
}

/** Records of `cache.sampled`, one for each cache. */
export function cacheSampledRecords({ scope, rows }: CacheSampledPayload): readonly RecordDraft[] {
  return rows.map((row) => draft(cacheRecord, { operation: "snapshot", result: "sampled", scope }, row));
}
