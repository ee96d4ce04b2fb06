import type { AbortableOptions } from "@deltafuse/config/abort";
import type { JsonValue } from "@deltafuse/config/canonical-json";
import type { Session } from "@deltafuse/session-core/session";
import * as z from "@deltafuse/config/zod";
import { invalidSpec } from "./errors.ts";
import { openNativeTable, type TableInput, targetOf } from "./table.ts";

type JsonMembers = Readonly<Record<string, JsonValue>>;

/** One commit of a table. */
export interface CommitInfo {
  /** The version it made. */
  readonly version: number;
  readonly timestampMs: number;
  /** For example `WRITE` or `MERGE`; null when the writer did not say. */
  readonly operation: string | null;
  readonly operationParameters: JsonMembers;
  /** Counters of the writer. */
  readonly operationMetrics: JsonMembers;
  /** The commit's own text. */
  readonly userMetadata?: string;
  /** Further entries: those of the user, and those that start with `deltafuse.`. */
  readonly metadata: JsonMembers;
  /** Version the writer had read. */
  readonly readVersion?: number;
  /** Whether it added rows without reading the table. */
  readonly isBlindAppend?: boolean;
}

/** How much of the history is read. */
export interface HistoryOptions extends AbortableOptions {
  /** Most commits. Default: all that are in the log. */
  readonly limit?: number;
}

const members = z.record(z.string(), z.json());

const replySchema: z.ZodMiniType<{ readonly commits: readonly CommitInfo[] }> = z.strictObject({
  commits: z.array(
    z.strictObject({
      version: z.int(),
      timestampMs: z.int(),
      operation: z.nullable(z.string()),
      operationParameters: members,
      operationMetrics: members,
      userMetadata: z.exactOptional(z.string()),
      metadata: members,
      readVersion: z.exactOptional(z.int()),
      isBlindAppend: z.exactOptional(z.boolean()),
    }),
  ),
});

/**
 * The commits of a table that are still in its log, newest first; of a pinned table, those up to its version.
 *
 * Rejects as `openTable`, and with `DELTA.LOG_CORRUPT`.
 */
export async function history(
  session: Session,
  target: TableInput,
  { limit, ...options }: HistoryOptions = {},
): Promise<readonly CommitInfo[]> {
  if (limit !== undefined && !(Number.isSafeInteger(limit) && limit > 0)) {
    throw invalidSpec("limit", "it must be a whole number above 0");
  }
  const table = await openNativeTable(session, targetOf(session, target), options);
  try {
    const request = limit === undefined ? {} : { limit };
    const reply = await table.call({ entrypoint: "table.history", request, reply: replySchema }, options);
    return reply.body.commits;
  } finally {
    table.handle.close();
  }
}
