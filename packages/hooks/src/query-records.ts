import { blindCast } from "@deltafuse/config/casts";
import type { Microseconds } from "@deltafuse/telemetry/clock";
import type { BodyOf } from "@deltafuse/telemetry/record";
import { executionRecord, planRecord, planRuleRecord } from "@deltafuse/telemetry/record-kinds";
import type {
  ExecutionTotals,
  PlanCaptureFailedPayload,
  PlanCompiledPayload,
  PlanFailedPayload,
  PlanRulePayload,
  QueryCancelledPayload,
  QueryEnd,
  QueryFailedPayload,
  QueryFinishedPayload,
  QuerySlowPayload,
  SqlRejectedPayload,
} from "./query-events.ts";
import { type RecordDraft, draft, errorColumns, findingDraft, listColumn } from "./record-draft.ts";
import { type SqlHash, sqlHash } from "./sql-hash.ts";

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

/** Records of `plan.compiled`. */
export function compiledRecords(event: PlanCompiledPayload, hashOf: SqlHash = sqlHash): readonly RecordDraft[] {
  const { digests, estimates, timings } = event;
  const body: BodyOf<typeof planRecord> = {
    statementKind: event.statementKind,
    summary: event.summary,
    sqlText: event.sqlSanitized,
    sqlHash: hashOf(event.sqlSanitized),
    planFingerprint: event.fingerprint,
    logicalDigest: digests.p0,
    optimizedDigest: digests.p1,
    physicalDigest: digests.p2,
    tables: listColumn(planRecord, "tables", event.tables),
    functions: listColumn(planRecord, "functions", event.functions),
    partitions: event.partitions,
    estimatedRows: estimates.rows,
    estimatedBytes: estimates.bytes,
    parseUs: timings.parseUs,
    analyzeUs: timings.analyzeUs,
    optimizeUs: timings.optimizeUs,
    physicalUs: timings.physicalUs,
    cacheResult: event.cacheResult,
    warnings: listColumn(planRecord, "warnings", event.warnings),
  };
  return [{ definition: planRecord, body }];
}

/** Records of `plan.failed`. */
export function planFailedRecords(event: PlanFailedPayload, hashOf: SqlHash = sqlHash): readonly RecordDraft[] {
  const { sqlSanitized, timings, error } = event;
  const columns = { sqlText: sqlSanitized, sqlHash: hashOf(sqlSanitized), ...errorColumns(error) };
  return [draft(planRecord, columns, event, timings)];
}

/** Records of `plan.rule`. */
export function ruleRecords({ fingerprint, digest, text, ...event }: PlanRulePayload): readonly RecordDraft[] {
  const columns = { planFingerprint: fingerprint, planDigest: digest, planText: text };
  return [draft(planRuleRecord, columns, event)];
}

const noTotals: ExecutionTotals = {
  scanRows: null,
  scanBytes: null,
  spillCount: null,
  spilledRows: null,
  spilledBytes: null,
  peakReservedBytes: null,
  partitions: null,
  operators: null,
};

type Outcome = Required<Pick<BodyOf<typeof executionRecord>, "status" | "errorCode" | "errorMessage">>;

function executionDraft(
  end: QueryEnd & { readonly totals: ExecutionTotals | null },
  { status, errorCode, errorMessage }: Outcome,
): RecordDraft {
  const totals = end.totals ?? noTotals;
  const body: BodyOf<typeof executionRecord> = {
    planFingerprint: end.fingerprint,
    status,
    started: blindCast<Microseconds, "telemetry checks that it is a safe integer">(end.startedUs),
    durationUs: end.durationUs,
    queueUs: end.queueUs,
    firstBatchUs: end.firstBatchUs,
    rows: end.rows,
    batches: end.batches,
    outputBytes: end.bytes,
    scanRows: totals.scanRows,
    scanBytes: totals.scanBytes,
    spillCount: totals.spillCount,
    spilledRows: totals.spilledRows,
    spilledBytes: totals.spilledBytes,
    peakReservedBytes: totals.peakReservedBytes,
    partitions: totals.partitions,
    operators: totals.operators,
    slow: end.slow,
    nativeSpansDropped: end.nativeSpansDropped,
    errorCode,
    errorMessage,
  };
  return { definition: executionRecord, body };
}

/** Records of `query.finished`. */
export function finishedRecords(event: QueryFinishedPayload): readonly RecordDraft[] {
  return [executionDraft(event, { status: "ok", errorCode: null, errorMessage: null })];
}

/** Records of `query.failed`. */
export function queryFailedRecords(event: QueryFailedPayload): readonly RecordDraft[] {
  const { code, message } = event.error;
  return [executionDraft(event, { status: "failed", errorCode: code, errorMessage: message })];
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
  return [executionDraft(event, { status: "cancelled", errorCode: null, errorMessage: event.reason })];
}
