import { registrationRecord, writeRecord } from "@deltafuse/telemetry/record-kinds";
import type {
  DatasetReadinessPayload,
  FunctionFailedPayload,
  FunctionRegisteredPayload,
  SchemaViolation,
  SchemaViolationPayload,
  TableDroppedPayload,
  TableRegisteredPayload,
  WriteCommittedPayload,
  WriteFailedPayload,
  WriteSkippedPayload,
} from "./data-events.ts";
import { type RecordDraft, draft, errorColumns, findingDraft, jsonText } from "./record-draft.ts";

const maxListedViolations = 20;

/** Records of `table.registered`. */
export function tableRegisteredRecords(event: TableRegisteredPayload): readonly RecordDraft[] {
  const action = event.replaced ? "replaced" : "registered";
  return [draft(registrationRecord, { action, overwrite: event.replaced }, event)];
}

/** Records of `table.dropped`. */
export function tableDroppedRecords({ name, object }: TableDroppedPayload): readonly RecordDraft[] {
  return [draft(registrationRecord, { action: "dropped", object, name, overwrite: false })];
}

/** Records of `function.registered`. */
export function functionRegisteredRecords(event: FunctionRegisteredPayload): readonly RecordDraft[] {
  const { name, origin, replaced, hash } = event;
  const action = replaced ? "replaced" : "registered";
  const body = { action, object: "function", name, provider: origin, schemaHash: hash, overwrite: replaced };
  return [draft(registrationRecord, body)];
}

/** Records of `function.failed`. */
export function functionFailedRecords(event: FunctionFailedPayload): readonly RecordDraft[] {
  const { name, kind, error, calls } = event;
  const { code, message } = error;
  return [
    findingDraft({
      severity: "error",
      category: "function",
      code,
      message,
      subject: name,
      count: calls,
      details: { kind },
    }),
  ];
}

/** Records of `dataset.readiness`: none when the dataset is ready. */
export function readinessRecords({ name, status, message }: DatasetReadinessPayload): readonly RecordDraft[] {
  if (status === "ok") return [];
  return [
    findingDraft({
      severity: status === "remote_unchecked" ? "info" : "warning",
      category: "dataset",
      code: status,
      message: message ?? `The dataset is not ready: ${status}.`,
      subject: name,
    }),
  ];
}

function violationDetails(violation: SchemaViolation): Record<string, string | number> {
  const members = Object.entries(violation).filter(([name]) => name !== "message");
  return Object.fromEntries(members);
}

/** Records of `schema.violation`. */
export function violationRecords(event: SchemaViolationPayload): readonly RecordDraft[] {
  const [first] = event.violations;
  const more = event.total > 1 ? ` (and ${event.total - 1} more)` : "";
  return [
    findingDraft({
      severity: "warning",
      category: "schema",
      code: first?.type ?? "violation",
      message: `${first?.message ?? "The table does not fit."}${more}`,
      subject: event.table,
      count: event.total,
      details: {
        policy: event.policy,
        violations: event.violations.slice(0, maxListedViolations).map(violationDetails),
      },
    }),
  ];
}

/** Records of `write.committed`. */
export function writeCommittedRecords(event: WriteCommittedPayload): readonly RecordDraft[] {
  const optionsJson = event.options === null ? null : jsonText(event.options);
  return [draft(writeRecord, { status: "committed", optionsJson }, event)];
}

/** Records of `write.skipped`. */
export function writeSkippedRecords(event: WriteSkippedPayload): readonly RecordDraft[] {
  return [draft(writeRecord, { status: "skipped" }, event)];
}

/** Records of `write.failed`. */
export function writeFailedRecords(event: WriteFailedPayload): readonly RecordDraft[] {
  return [draft(writeRecord, { status: "failed", ...errorColumns(event.error) }, event)];
}
