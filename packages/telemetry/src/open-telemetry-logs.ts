import type { AnyValueMap, Logger, SeverityNumber } from "@opentelemetry/api-logs";
import type { Context } from "@opentelemetry/api";
import { blindCast } from "@deltafuse/config/casts";
import { type OpenTelemetryApi, openTelemetryApi } from "./open-telemetry-api.ts";
import { recordKinds } from "./record-kinds.ts";
import type { RecordBody, RecordDefinition, RecordValue, TelemetryRecord } from "./record.ts";
import type { TelemetrySink } from "./sink.ts";

/** Options of {@link openTelemetryLogs}. */
export interface OpenTelemetryLogsOptions {
  /** Takes the log records: `logs.getLogger(…)` of the package `@opentelemetry/api-logs`. */
  readonly logger: Logger;
}

interface Severity {
  readonly number: SeverityNumber;
  readonly text: string;
}

function severity(number: number, text: string): Severity {
  return { number: blindCast<SeverityNumber, "numbers of the OpenTelemetry log data model">(number), text };
}

const info = severity(9, "INFO");
const warn = severity(13, "WARN");
const error = severity(17, "ERROR");
const maxItems = 50;

function textOf(body: RecordBody, member: string): string {
  const value = body[member];
  return typeof value === "string" ? value : "unknown";
}

/** What went wrong, when something did. */
function reasonOf(body: RecordBody): string {
  return typeof body["errorCode"] === "string"
    ? `: ${textOf(body, "errorCode")}: ${textOf(body, "errorMessage")}`
    : ".";
}

const sentences: Readonly<Record<string, (body: RecordBody) => string>> = {
  finding: (body) => textOf(body, "message"),
  run: (body) => `Run ${textOf(body, body["action"] === "finished" ? "status" : "action")}${reasonOf(body)}`,
  session: (body) => `Session ${textOf(body, "action")}${reasonOf(body)}`,
  "delta.mutation": (body) => `${textOf(body, "operation")} ${textOf(body, "status")}${reasonOf(body)}`,
  execution: (body) => `The query has ${textOf(body, "status")}${reasonOf(body)}`,
};

const kinds = ["finding", "run", "session", "delta.mutation", "execution"] as const;

function severityOf({ body }: TelemetryRecord): Severity {
  if (body["errorCode"] !== null && body["errorCode"] !== undefined) return error;
  if (body["severity"] === "error") return error;
  return body["severity"] === "warning" ? warn : info;
}

function attributeValue(value: Exclude<RecordValue, null>): string | number | boolean {
  if (typeof value !== "object") return value;
  const items = Array.isArray(value)
    ? value.slice(0, maxItems)
    : Object.fromEntries(Object.entries(value).slice(0, maxItems));
  return JSON.stringify(items);
}

function attributesOf({ kind, fields }: RecordDefinition, body: RecordBody): AnyValueMap {
  return Object.fromEntries(
    fields.flatMap(({ name, member }) => {
      const value = body[member];
      return value === null || value === undefined ? [] : [[`deltafuse.${kind}.${name}`, attributeValue(value)]];
    }),
  );
}

/** The context of the span that the record belongs to. */
function contextOf({ traceId, spanId }: TelemetryRecord, api: OpenTelemetryApi): Context | undefined {
  if (traceId === null || spanId === null) return undefined;
  return api.trace.setSpanContext(api.ROOT_CONTEXT, { traceId, spanId, traceFlags: api.TraceFlags.SAMPLED });
}

/**
 * A sink that makes log records: of findings, runs, sessions, changes of Delta tables, and queries that have failed. The event
 * name is `deltafuse.<kind>`, the body is one sentence, the columns are attributes `deltafuse.<kind>.<column>`; what is nested is
 * JSON of at most 50 items. The optional package `@opentelemetry/api` must be installed.
 *
 * Throws `TELEMETRY.ENCODER_UNAVAILABLE {package}`.
 *
 * @example
 * const telemetry = createTelemetry({ sinks: [openTelemetryLogs({ logger: logs.getLogger("deltafuse") })] });
 */
export function openTelemetryLogs({ logger }: OpenTelemetryLogsOptions): TelemetrySink {
  const api = openTelemetryApi();
  const emit = (record: TelemetryRecord): void => {
    const kind = kinds.find((known) => known === record.kind);
    if (kind === undefined || (kind === "execution" && record.body["status"] !== "failed")) return;
    const { number, text } = severityOf(record);
    const context = contextOf(record, api);
    logger.emit({
      eventName: `deltafuse.${kind}`,
      timestamp: new Date(record.time / 1000),
      severityNumber: number,
      severityText: text,
      body: sentences[kind]?.(record.body) ?? kind,
      attributes: attributesOf(recordKinds[kind], record.body),
      ...(context === undefined ? {} : { context }),
    });
  };
  return { name: "open-telemetry-logs", kinds, write: (records) => records.forEach(emit) };
}
