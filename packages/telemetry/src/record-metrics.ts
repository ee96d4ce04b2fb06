import { blindCast } from "@deltafuse/config/casts";
import { type StatementAttributes, collectionOf, statementAttributes, systemName } from "./operation-attributes.ts";
import type { OperationAttributes } from "./operation-tracer.ts";
import type {
  cacheRecord,
  deltaMutationRecord,
  executionRecord,
  findingRecord,
  planRecord,
  recordKinds,
  runRecord,
  runtimeRecord,
  sessionRecord,
  writeRecord,
} from "./record-kinds.ts";
import type { BodyOf, TelemetryRecord } from "./record.ts";

/** An instrument. */
export interface MetricDefinition {
  readonly type: "histogram" | "counter" | "gauge";
  readonly unit: string;
  readonly description: string;
  /** Upper bounds of the buckets of a histogram. */
  readonly boundaries?: readonly number[];
  /** Whether a measurement of a counter is its total so far. */
  readonly isTotal?: boolean;
}

/** Name of an instrument. */
export type MetricName =
  | "db.client.operation.duration"
  | "db.client.response.returned_rows"
  | "deltafuse.plan.duration"
  | "deltafuse.scan.bytes"
  | "deltafuse.spill.bytes"
  | "deltafuse.cache.operations"
  | "deltafuse.write.rows"
  | "deltafuse.write.bytes"
  | "deltafuse.delta.commits"
  | "deltafuse.delta.conflicts"
  | "deltafuse.memory.reserved"
  | "deltafuse.memory.limit"
  | "deltafuse.errors"
  | "deltafuse.telemetry.dropped";

const durations = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 20] as const;

/** Every instrument, by name. */
export const metricTable: Readonly<Record<MetricName, MetricDefinition>> = {
  "db.client.operation.duration": {
    type: "histogram",
    unit: "s",
    description: "Duration of queries and of operations on tables.",
    boundaries: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10],
  },
  "db.client.response.returned_rows": {
    type: "histogram",
    unit: "{row}",
    description: "Rows that the program received of a query.",
    boundaries: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000],
  },
  "deltafuse.plan.duration": {
    type: "histogram",
    unit: "s",
    description: "Time of a phase of planning.",
    boundaries: durations,
  },
  "deltafuse.scan.bytes": { type: "counter", unit: "By", description: "Bytes that scans have read." },
  "deltafuse.spill.bytes": { type: "counter", unit: "By", description: "Bytes that operators have spilled to disk." },
  "deltafuse.cache.operations": { type: "counter", unit: "{operation}", description: "What caches did, by result." },
  "deltafuse.write.rows": { type: "counter", unit: "{row}", description: "Rows that were written." },
  "deltafuse.write.bytes": { type: "counter", unit: "By", description: "Bytes that were written." },
  "deltafuse.delta.commits": { type: "counter", unit: "{commit}", description: "Changes of Delta tables, by status." },
  "deltafuse.delta.conflicts": { type: "counter", unit: "{conflict}", description: "Commits that lost a race." },
  "deltafuse.memory.reserved": {
    type: "gauge",
    unit: "By",
    description: "Memory that queries and tables of a session hold, when its metrics were read.",
  },
  "deltafuse.memory.limit": { type: "gauge", unit: "By", description: "Limit of the memory pool of that session." },
  "deltafuse.errors": { type: "counter", unit: "{error}", description: "Failures, by code." },
  "deltafuse.telemetry.dropped": {
    type: "counter",
    unit: "{record}",
    description: "Records that a sink has lost, by reason.",
    isTotal: true,
  },
};

/** One value for an instrument. */
export interface Measurement {
  readonly metric: MetricName;
  readonly value: number;
  readonly attributes: OperationAttributes;
}

interface Bodies {
  readonly execution: BodyOf<typeof executionRecord>;
  readonly plan: BodyOf<typeof planRecord>;
  readonly cache: BodyOf<typeof cacheRecord>;
  readonly runtime: BodyOf<typeof runtimeRecord>;
  readonly write: BodyOf<typeof writeRecord>;
  readonly "delta.mutation": BodyOf<typeof deltaMutationRecord>;
  readonly session: BodyOf<typeof sessionRecord>;
  readonly finding: BodyOf<typeof findingRecord>;
  readonly run: BodyOf<typeof runRecord>;
}

type MeasuredKind = keyof Bodies & keyof typeof recordKinds;

/** Statement of a query whose plan was recorded. */
export type StatementOf = (queryId: string | null) => StatementAttributes | undefined;

const microsecondsPerSecond = 1_000_000;

function seconds(us: number): number {
  return us / microsecondsPerSecond;
}

/** Null and 0 are no measurement of a counter. */
function counted(metric: MetricName, value: number | null | undefined, attributes: OperationAttributes): Measurement[] {
  return typeof value === "number" && value > 0 ? [{ metric, value, attributes }] : [];
}

function failure(operation: MeasuredKind, code: string | null | undefined): readonly Measurement[] {
  return typeof code === "string"
    ? [{ metric: "deltafuse.errors", value: 1, attributes: { "error.type": code, "deltafuse.operation": operation } }]
    : [];
}

function errorType({ status, errorCode }: { readonly status: string; readonly errorCode?: string | null | undefined }) {
  if (status === "cancelled") return "cancelled";
  return status === "failed" ? (errorCode ?? "_OTHER") : undefined;
}

function executionMeasurements(body: Bodies["execution"], statement: StatementAttributes | undefined): Measurement[] {
  const attributes = { "db.system.name": systemName, ...statement, "error.type": errorType(body) };
  const rows = body.status === "ok" ? [body.rows] : [];
  return [
    { metric: "db.client.operation.duration", value: seconds(body.durationUs), attributes },
    ...rows.map((value) => ({ metric: "db.client.response.returned_rows", value, attributes }) as const),
    ...counted("deltafuse.scan.bytes", body.scanBytes, {}),
    ...counted("deltafuse.spill.bytes", body.spilledBytes, {}),
    ...failure("execution", body.errorCode),
  ];
}

function planMeasurements({ parseUs, analyzeUs, optimizeUs, physicalUs, errorCode }: Bodies["plan"]): Measurement[] {
  const phases = { parse: parseUs, analyze: analyzeUs, optimize: optimizeUs, physical: physicalUs };
  const measured = Object.entries(phases).flatMap(([phase, us]) =>
    typeof us === "number"
      ? [
          {
            metric: "deltafuse.plan.duration",
            value: seconds(us),
            attributes: { "deltafuse.phase": phase },
          } as const,
        ]
      : [],
  );
  return [...measured, ...failure("plan", errorCode)];
}

function cacheMeasurements({ cache, operation, result }: Bodies["cache"]): readonly Measurement[] {
  if (operation === "snapshot") return [];
  const attributes = { "deltafuse.cache": cache, "deltafuse.operation": operation, "deltafuse.result": result };
  return counted("deltafuse.cache.operations", 1, attributes);
}

function runtimeMeasurements({ memoryReservedBytes, memoryLimitBytes }: Bodies["runtime"]): readonly Measurement[] {
  const reserved = { metric: "deltafuse.memory.reserved", value: memoryReservedBytes, attributes: {} } as const;
  if (typeof memoryLimitBytes !== "number") return [reserved];
  return [reserved, { metric: "deltafuse.memory.limit", value: memoryLimitBytes, attributes: {} }];
}

function writeMeasurements({ format, mode, status, rows, bytes, errorCode }: Bodies["write"]): Measurement[] {
  const attributes = { "deltafuse.format": format, "deltafuse.mode": mode, "deltafuse.status": status };
  return [
    ...counted("deltafuse.write.rows", rows, attributes),
    ...counted("deltafuse.write.bytes", bytes, attributes),
    // A write into a Delta table is part of a mutation, which tells its failure.
    ...(format === "delta" ? [] : failure("write", errorCode)),
  ];
}

function mutationMeasurements(body: Bodies["delta.mutation"]): Measurement[] {
  const { operation, status, dataset, durationUs, conflicts, errorCode } = body;
  const told = { "deltafuse.operation": operation, "deltafuse.status": status };
  const attributes = {
    "db.system.name": systemName,
    "db.operation.name": operation,
    "db.collection.name": collectionOf(dataset),
    "error.type": errorType(body),
  };
  return [
    { metric: "db.client.operation.duration", value: seconds(durationUs), attributes },
    ...counted("deltafuse.delta.commits", 1, told),
    ...counted("deltafuse.delta.conflicts", conflicts?.length, told),
    ...failure("delta.mutation", errorCode),
  ];
}

/** Totals in the details of what is told of a sink, by the reason of the loss. */
const losses = [
  ["dropped", "queue_full"],
  ["lost", "write_failed"],
] as const;

function sinkMeasurements({ subject, detailsJson }: Bodies["finding"]): readonly Measurement[] {
  const details = blindCast<Readonly<Record<string, unknown>>, "an object's canonical JSON">(
    JSON.parse(detailsJson ?? "{}"),
  );
  return losses.flatMap(([member, reason]) => {
    const total = details[member];
    const attributes = { "deltafuse.sink": subject ?? undefined, "deltafuse.reason": reason };
    return typeof total === "number" ? counted("deltafuse.telemetry.dropped", total, attributes) : [];
  });
}

function findingMeasurements(body: Bodies["finding"]): readonly Measurement[] {
  const { category, code } = body;
  if (category === "telemetry") return sinkMeasurements(body);
  // A text that was refused has no plan.
  return failure("finding", category === "sql" ? code : null);
}

type Measures = {
  readonly [K in MeasuredKind]: (body: Bodies[K], statement: StatementAttributes | undefined) => readonly Measurement[];
};

const measures: Measures = {
  execution: executionMeasurements,
  plan: planMeasurements,
  cache: cacheMeasurements,
  runtime: runtimeMeasurements,
  write: writeMeasurements,
  "delta.mutation": mutationMeasurements,
  session: ({ errorCode }) => failure("session", errorCode),
  finding: findingMeasurements,
  run: ({ errorCode }) => failure("run", errorCode),
};

/** Kinds of records that measurements are made of. */
export const measuredKinds: readonly MeasuredKind[] = [
  "execution",
  "plan",
  "cache",
  "runtime",
  "write",
  "delta.mutation",
  "session",
  "finding",
  "run",
];

/** What the plan of a statement tells of it; undefined for every other record. */
export function plannedStatement(record: TelemetryRecord): StatementAttributes | undefined {
  if (record.kind !== "plan") return undefined;
  const { summary, tables } = blindCast<Bodies["plan"], "the body of the kind">(record.body);
  return statementAttributes({ summary, tables: tables ?? [] });
}

/** The measurements that a record is. Their attributes hold no ids, paths, texts or labels. */
export function measurementsOf(record: TelemetryRecord, statementOf: StatementOf): readonly Measurement[] {
  const kind = measuredKinds.find((known) => known === record.kind);
  if (kind === undefined) return [];
  const measure = blindCast<
    (body: object, statement: StatementAttributes | undefined) => readonly Measurement[],
    "the body is of the kind"
  >(measures[kind]);
  return measure(record.body, statementOf(record.queryId));
}
