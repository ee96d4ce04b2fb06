import { deltaMutationRecord } from "@deltafuse/telemetry/record-kinds";
import type { DeltaCommittedPayload, DeltaConflictPayload } from "./delta-events.ts";
import { type RecordDraft, draft, errorColumns, findingDraft, jsonText } from "./record-draft.ts";

/** Records of `delta.committed`. */
export function deltaCommittedRecords(event: DeltaCommittedPayload): readonly RecordDraft[] {
  const metricsJson = jsonText(event.metrics);
  return [draft(deltaMutationRecord, { metricsJson, ...errorColumns(event.error) }, event)];
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
