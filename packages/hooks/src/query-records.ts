import { fingerprint } from "@deltafuse/config/fingerprint";
import { blindCast } from "@deltafuse/config/casts";
import type { Microseconds } from "@deltafuse/telemetry/clock";
import type { BodyOf } from "@deltafuse/telemetry/record";
import { executionRecord, planRecord } from "@deltafuse/telemetry/record-kinds";
import type {
  ExecutionTotals,
  PlanCompiledPayload,
  PlanFailedPayload,
  PlannedStatement,
  PlanningTimings,
  QueryCancelledPayload,
  QueryEnd,
  QueryFailedPayload,
  QueryFinishedPayload,
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

function statementColumns(
  event: PlannedStatement & { readonly timings: PlanningTimings },
): Pick<
  BodyOf<typeof planRecord>,
  "statementKind" | "summary" | "sqlText" | "sqlHash" | "parseUs" | "analyzeUs" | "optimizeUs" | "physicalUs"
> {
  const { statementKind, summary, sqlSanitized, timings } = event;
  const sqlHash = fingerprint("sql", 1, { text: (sqlSanitized ?? "").replaceAll(/\p{Surrogate}/gu, "\uFFFD") });
  return { statementKind, summary, sqlText: sqlSanitized, sqlHash, ...timings };
}

/** Records of `plan.compiled`. */
export function compiledRecords(event: PlanCompiledPayload): readonly RecordDraft[] {
  const body: BodyOf<typeof planRecord> = {
    ...statementColumns(event),
    planFingerprint: event.fingerprint,
    logicalDigest: event.digests.p0,
    optimizedDigest: event.digests.p1,
    physicalDigest: event.digests.p2,
    tables: event.tables,
    functions: event.functions,
    partitions: event.partitions,
    estimatedRows: event.estimates.rows,
    estimatedBytes: event.estimates.bytes,
    warnings: event.warnings,
  };
  return [draft(planRecord, body)];
}

/** Records of `plan.failed`. */
export function planFailedRecords(event: PlanFailedPayload): readonly RecordDraft[] {
  return [draft(planRecord, { ...statementColumns(event), ...errorColumns(event.error) })];
}

function executionDraft(
  end: QueryEnd,
  totals: ExecutionTotals | null,
  outcome: Pick<BodyOf<typeof executionRecord>, "status" | "errorCode" | "errorMessage">,
): RecordDraft {
  return draft(executionRecord, {
    planFingerprint: end.fingerprint,
    started: blindCast<Microseconds, "telemetry checks that it is a safe integer">(end.startedUs),
    durationUs: end.durationUs,
    queueUs: end.queueUs,
    firstBatchUs: end.firstBatchUs,
    rows: end.rows,
    batches: end.batches,
    outputBytes: end.bytes,
    ...totals,
    slow: false,
    ...outcome,
  });
}

/** Records of `query.finished`. */
export function finishedRecords(event: QueryFinishedPayload): readonly RecordDraft[] {
  return [executionDraft(event, event.totals, { status: "ok" })];
}

/** Records of `query.failed`. */
export function queryFailedRecords(event: QueryFailedPayload): readonly RecordDraft[] {
  return [executionDraft(event, event.totals, { status: "failed", ...errorColumns(event.error) })];
}

/** Records of `query.cancelled`. */
export function cancelledRecords(event: QueryCancelledPayload): readonly RecordDraft[] {
  return [executionDraft(event, event.totals, { status: "cancelled", errorMessage: event.reason })];
}
