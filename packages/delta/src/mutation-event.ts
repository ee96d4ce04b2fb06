import type { JsonObject } from "@deltafuse/config/canonical-json";
import { isDeltaFuseError } from "@deltafuse/config/errors";
import { toErrorPayload } from "@deltafuse/hooks/error-payload";
import type { EventMap } from "@deltafuse/hooks/events";
import { type CommitRequest, commitMetadata } from "./commit-options.ts";
import type { MutationReport } from "./mutation-report.ts";
import type { ResolvedTarget } from "./table-target.ts";

/** What a change of a table is, for its events. */
export interface Mutation {
  readonly target: ResolvedTarget;
  /** As the log of the table calls it, for example `MERGE`. */
  readonly operation: string;
  /** Mode of a write; null for every other operation. */
  readonly mode: string | null;
  readonly commit: CommitRequest;
}

type Committed = EventMap["delta.committed"];

/** Codes that say that an attempt to commit lost against another writer. */
const conflicts: ReadonlySet<string> = new Set([
  "DELTA.COMMIT_ATTEMPTS_EXHAUSTED",
  "DELTA.CONCURRENT_APPEND",
  "DELTA.CONCURRENT_DELETE_DELETE",
  "DELTA.CONCURRENT_DELETE_READ",
  "DELTA.CONCURRENT_TRANSACTION",
  "DELTA.METADATA_CHANGED",
  "DELTA.PROTOCOL_CHANGED",
  "DELTA.VERSION_MISMATCH",
]);

/** The code of a lost race; undefined for every other error. */
export function conflictCode(error: unknown): string | undefined {
  if (!isDeltaFuseError(error, "DELTA.")) return undefined;
  const lostCreation = error.code === "DELTA.TABLE_EXISTS" && error.details["concurrent"] === true;
  return lostCreation || conflicts.has(error.code) ? error.code : undefined;
}

function identity({ target, operation, mode, commit }: Mutation) {
  const { uri: tableUri, dataset } = target;
  return { tableUri, dataset, operation, mode, attempts: 1, commitMetadata: commitMetadata(commit) } as const;
}

function counter(metrics: object, name: string): number | null {
  const value: unknown = Reflect.get(metrics, name);
  return typeof value === "number" ? value : null;
}

/** Payload of `delta.committed` for an operation that ended well. */
export function committedEvent(mutation: Mutation, report: MutationReport, durationUs: number): Committed {
  const { snapshot, metrics, status, version } = report;
  const { minReaderVersion, minWriterVersion, readerFeatures, writerFeatures, properties } = snapshot;
  const before = status === "committed" ? version - 1 : version;
  const counted: JsonObject = { ...metrics };
  return {
    ...identity(mutation),
    status,
    deltaVersion: version,
    readVersion: before < 0 ? null : before,
    minReaderVersion,
    minWriterVersion,
    readerFeatures,
    writerFeatures,
    tableProperties: properties,
    conflicts: [],
    rowsInserted: mutation.operation === "WRITE" ? metrics.rowsWritten : counter(metrics, "rowsInserted"),
    rowsUpdated: counter(metrics, "rowsUpdated"),
    rowsDeleted: counter(metrics, "rowsDeleted"),
    rowsCopied: counter(metrics, "rowsCopied"),
    filesAdded: metrics.filesAdded,
    filesRemoved: metrics.filesRemoved,
    bytesAdded: metrics.bytesAdded,
    bytesRemoved: metrics.bytesRemoved,
    metrics: counted,
    durationUs,
  };
}

/** Payload of `delta.committed` for an operation that failed. */
export function failedEvent(mutation: Mutation, error: unknown, durationUs: number): Committed {
  const code = conflictCode(error);
  return {
    ...identity(mutation),
    status: "failed",
    deltaVersion: null,
    readVersion: null,
    minReaderVersion: null,
    minWriterVersion: null,
    readerFeatures: null,
    writerFeatures: null,
    tableProperties: null,
    conflicts: code === undefined ? [] : [code],
    rowsInserted: null,
    rowsUpdated: null,
    rowsDeleted: null,
    rowsCopied: null,
    filesAdded: null,
    filesRemoved: null,
    bytesAdded: null,
    bytesRemoved: null,
    metrics: {},
    durationUs,
    error: toErrorPayload(error),
  };
}
