import { fingerprint } from "@deltafuse/config/fingerprint";
import { blindCast } from "@deltafuse/config/casts";
import type { Microseconds } from "@deltafuse/telemetry/clock";
import type { BodyOf } from "@deltafuse/telemetry/record";
import { executionRecord, planRecord } from "@deltafuse/telemetry/record-kinds";
import type {
  ExecutionTotals,
  PlanCaptureFailedPayload,
  PlanCompiledPayload,
  PlanFailedPayload,
  QueryCancelledPayload,
  QueryEnd,
  QueryFailedPayload,
  QueryFinishedPayload,
  QuerySlowPayload,
  SqlRejectedPayload,
} from "./query-events.ts";
import { type RecordDraft, draft, errorColumns, findingDraft } from "./record-draft.ts";

/** Records of `sql.rejected`. */
export function rejectedRecords(event: SqlRejectedPayload): readonly RecordDraft[] {
  const { error, statementKind, violation } = event;
  const details = {
    ...(statementKind === undefined ? {} : { statementKind }),
    ...(violation === undefined ? {} : { violation }),
  };
  return [
    findingDraft({
      severity: "warning",
      category: "sql",
      code: error.code,
      message: error.message,
      subject: statementKind,
      details,
    }),
  ];
}

function sqlHash(sqlSanitized: string | null): string {
  return fingerprint("sql", 1, { text: (sqlSanitized ?? "").replaceAll(/\p{Surrogate}/gu, "\uFFFD") });
}

/** Records of `plan.compiled`. */
export function compiledRecords(event: PlanCompiledPayload): readonly RecordDraft[] {
  const { sqlSanitized, digests, estimates, timings } = event;
  const columns = {
    sqlText: sqlSanitized,
    sqlHash: sqlHash(sqlSanitized),
    planFingerprint: event.fingerprint,
    logicalDigest: digests.p0,
    optimizedDigest: digests.p1,
    physicalDigest: digests.p2,
    estimatedRows: estimates.rows,
    estimatedBytes: estimates.bytes,
  };
  return [draft(planRecord, columns, event, timings)];
}

/** Records of `plan.failed`. */
export function planFailedRecords(event: PlanFailedPayload): readonly RecordDraft[] {
  const { sqlSanitized, timings, error } = event;
  const columns = { sqlText: sqlSanitized, sqlHash: sqlHash(sqlSanitized), ...errorColumns(error) };
  return [draft(planRecord, columns, event, timings)];
}

function executionDraft(
  end: QueryEnd & { readonly totals: ExecutionTotals | null },
  outcome: Pick<BodyOf<typeof executionRecord>, "status" | "errorCode" | "errorMessage">,
): RecordDraft {
  const columns = {
    planFingerprint: end.fingerprint,
    started: blindCast<Microseconds, "telemetry checks that it is a safe integer">(end.startedUs),
    outputBytes: end.bytes,
  };
  return draft(executionRecord, outcome, columns, end, end.totals ?? {});
}

/** Records of `query.finished`. */
export function finishedRecords(event: QueryFinishedPayload): readonly RecordDraft[] {
  return [executionDraft(event, { status: "ok" })];
}

/** Records of `query.failed`. */
export function queryFailedRecords(event: QueryFailedPayload): readonly RecordDraft[] {
  return [executionDraft(event, { status: "failed", ...errorColumns(event.error) })];
}

/** Records of `query.slow`. */
export function slowRecords({ durationUs, thresholdUs, fingerprint: plan }: QuerySlowPayload): readonly RecordDraft[] {
  const took = `The query took ${Math.round(durationUs / 1000)} ms, at least ${Math.round(thresholdUs / 1000)} ms.`;
  const details = { durationUs, thresholdUs, ...(plan === null ? {} : { planFingerprint: plan }) };
  return [findingDraft({ severity: "warning", category: "query", code: "SLOW_QUERY", message: took, details })];
}

/** Records of `plan.capture_failed`. */
export function captureFailedRecords({ artifact, code, message }: PlanCaptureFailedPayload): readonly RecordDraft[] {
  return [findingDraft({ severity: "info", category: "plan", code, message, details: { artifact } })];
}

/** Records of `query.cancelled`. */
export function cancelledRecords(event: QueryCancelledPayload): readonly RecordDraft[] {
  return [executionDraft(event, { status: "cancelled", errorMessage: event.reason })];
}
