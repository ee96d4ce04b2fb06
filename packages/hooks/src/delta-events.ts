import type { JsonObject } from "@deltafuse/config/canonical-json";
import type { ErrorPayload } from "./error-payload.ts";
import type { EventRows } from "./event-row.ts";

/** Payload of `delta.committed`. Counters are of this commit; null where the operation has no such counter. */
export interface DeltaCommittedPayload {
  /** Public form: without credentials. */
  readonly tableUri: string;
  /** Name of the dataset, when the table was addressed by one. */
  readonly dataset: string | null;
  /** Version after the operation; null when there is no table. */
  readonly deltaVersion: number | null;
  readonly minReaderVersion: number | null;
  readonly minWriterVersion: number | null;
  readonly readerFeatures: readonly string[] | null;
  readonly writerFeatures: readonly string[] | null;
  readonly tableProperties: Readonly<Record<string, string>> | null;
  /** E.g. `WRITE`, `MERGE`, `DELETE`, `CREATE TABLE`. */
  readonly operation: string;
  readonly mode: string | null;
  readonly status: "committed" | "skipped" | "unchanged" | "failed";
  /** Version the operation started from; null when there was no table. */
  readonly readVersion: number | null;
  readonly attempts: number;
  /** Codes of the conflicts of lost attempts, in order. */
  readonly conflicts: readonly string[];
  readonly rowsInserted: number | null;
  readonly rowsUpdated: number | null;
  readonly rowsDeleted: number | null;
  readonly rowsCopied: number | null;
  readonly filesAdded: number | null;
  readonly filesRemoved: number | null;
  readonly bytesAdded: number | null;
  readonly bytesRemoved: number | null;
  readonly commitMetadata: Readonly<Record<string, string>> | null;
  /** All metrics of the operation. */
  readonly metrics: JsonObject;
  readonly durationUs: number;
  /** Present when the status is `failed`. */
  readonly error?: ErrorPayload | undefined;
}

/** Payload of `delta.conflict`. */
export interface DeltaConflictPayload {
  readonly tableUri: string;
  readonly operation: string;
  /** Number of the attempt that lost, from 1. */
  readonly attempt: number;
  /** Code of the conflict. */
  readonly code: string;
  /** Pause before the next attempt. */
  readonly delayMs: number;
  readonly retrying: boolean;
}

/** Payloads of the events of Delta tables. */
export interface DeltaEvents {
  readonly "delta.committed": DeltaCommittedPayload;
  readonly "delta.conflict": DeltaConflictPayload;
}

/** What the table says about the events of Delta tables. */
export const deltaEventRows: EventRows<DeltaEvents> = {
  "delta.committed": {
    owner: "delta",
    fires: "a mutation ended (committed, skipped, unchanged or failed)",
    settling: true,
    records: ["delta.mutation"],
    members: {
      tableUri: "string",
      dataset: "string?",
      deltaVersion: "integer?",
      minReaderVersion: "integer?",
      minWriterVersion: "integer?",
      readerFeatures: "list?",
      writerFeatures: "list?",
      tableProperties: "object?",
      operation: "string",
      mode: "string?",
      status: "string",
      readVersion: "integer?",
      attempts: "integer",
      conflicts: "list",
      rowsInserted: "integer?",
      rowsUpdated: "integer?",
      rowsDeleted: "integer?",
      rowsCopied: "integer?",
      filesAdded: "integer?",
      filesRemoved: "integer?",
      bytesAdded: "integer?",
      bytesRemoved: "integer?",
      commitMetadata: "object?",
      metrics: "object",
      durationUs: "integer",
    },
  },
  "delta.conflict": {
    owner: "delta",
    fires: "an attempt lost a race",
    records: ["finding"],
    members: {
      tableUri: "string",
      operation: "string",
      attempt: "integer",
      code: "string",
      delayMs: "integer",
      retrying: "boolean",
    },
  },
};
