import { deltaMutationRecord } from "@deltafuse/telemetry/record-kinds";
import type { DeltaCommittedPayload, DeltaConflictPayload } from "./delta-events.ts";
import { type RecordDraft, draft, errorColumns, findingDraft, jsonText } from "./record-draft.ts";

/** Records of `delta.committed`. */
export function deltaCommittedRecords(event: DeltaCommittedPayload): readonly RecordDraft[] {
  return [
    draft(deltaMutationRecord, {
      tableUri: event.tableUri,
      dataset: event.dataset,
      deltaVersion: event.deltaVersion,
      minReaderVersion: event.minReaderVersion,
      minWriterVersion: event.minWriterVersion,
      readerFeatures: event.readerFeatures,
      writerFeatures: event.writerFeatures,
      tableProperties: event.tableProperties,
      operation: event.operation,
      mode: event.mode,
      status: event.status,
      readVersion: event.readVersion,
      attempts: event.attempts,
      conflicts: event.conflicts,
      rowsInserted: event.rowsInserted,
      rowsUpdated: event.rowsUpdated,
      rowsDeleted: event.rowsDeleted,
      rowsCopied: event.rowsCopied,
      filesAdded: event.filesAdded,
      filesRemoved: event.filesRemoved,
      bytesAdded: event.bytesAdded,
      bytesRemoved: event.bytesRemoved,
      commitMetadata: event.commitMetadata,
      metricsJson: jsonText(event.metrics),
      durationUs: event.durationUs,
      ...errorColumns(event.error),
    }),
  ];
}

/** Records of `delta.conflict`. */
export function deltaConflictRecords(event: DeltaConflictPayload): readonly RecordDraft[] {
  const { tableUri, operation, attempt, code, delayMs, retrying } = event;
  const next = retrying ? `the next attempt starts after ${delayMs} ms` : "no attempt is left";
  return [
    findingDraft({
      severity: "warning",
      category: "delta",
      code,
      message: `Attempt ${attempt} of ${operation} lost a race; ${next}.`,
      subject: tableUri,
      count: attempt,
      details: { operation, delayMs, retrying },
    }),
  ];
}
