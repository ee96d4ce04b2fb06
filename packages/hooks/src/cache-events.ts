import { cacheRecord } from "@deltafuse/telemetry/record-kinds";
import type { EventRows } from "./event-row.ts";
import { type RecordDraft, draft } from "./record-draft.ts";

/** Payload of the events of a cache. */
export interface CachePayload {
  /** What is kept: sessions, or the plans of one. */
  readonly cache: "session" | "plan";
  /** Caches that share a scope share their content; null when there is one content only. */
  readonly scope: string | null;
  /** Fingerprint of what was looked for, kept or let go. */
  readonly keyHash: string;
  readonly reason?: string | undefined;
  /** How long it took to have it. */
  readonly durationUs?: number | undefined;
}

/** Payloads of the events of caches. */
export interface CacheEvents {
  readonly "cache.hit": CachePayload;
  readonly "cache.miss": CachePayload;
  readonly "cache.write": CachePayload;
  readonly "cache.evict": CachePayload;
}

const row = {
  owner: "session-core",
  records: ["cache"],
  members: { cache: "string", scope: "string?", keyHash: "string" },
} as const;

/** What the table says about the events of caches. */
export const cacheEventRows: EventRows<CacheEvents> = {
  "cache.hit": { ...row, fires: "what was looked for is there" },
  "cache.miss": { ...row, fires: "what was looked for is not there" },
  "cache.write": { ...row, fires: "something was made and is kept" },
  "cache.evict": { ...row, fires: "something is not kept any longer" },
};

/** Makes the records of an event of caches. */
export function cacheRecords(operation: string, result: string): (event: CachePayload) => readonly RecordDraft[] {
  return (event) => [draft(cacheRecord, { operation, result }, event)];
}
