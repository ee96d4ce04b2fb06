import type { ErrorPayload } from "./error-payload.ts";
import type { EventRows } from "./event-row.ts";

/** Kind of a statement, as the parser sees it. */
export type StatementKind = "query" | "dml" | "copy" | "ddl" | "statement" | "explain";

/** Payload of `sql.received`. */
export interface SqlReceivedPayload {
  /** The text as it was given. */
  readonly sql: string;
  /** The method that took it. */
  readonly source: "sql" | "execute" | "prepare" | "bind";
  /** Names of the parameters; positions as `1`, `2`, …. */
  readonly parameterNames: readonly string[];
}

/** Payload of `sql.rejected`. */
export interface SqlRejectedPayload {
  readonly sql: string;
  readonly error: ErrorPayload;
  /** Absent when the text could not be parsed. */
  readonly statementKind?: StatementKind | undefined;
  /** What the policy refused, e.g. `ddl`. */
  readonly violation?: string | undefined;
}

/** A table that a plan reads. */
export interface PlannedTable {
  readonly catalog: string | null;
  readonly schema: string | null;
  readonly name: string;
  /** Kind of provider, e.g. `listing`, `delta`, `memory`. */
  readonly provider: string | null;
  readonly deltaVersion: number | null;
  /** Columns that are read; null when unknown. */
  readonly columns: readonly string[] | null;
  /** Number of filters that reach the scan. */
  readonly filters: number | null;
}

/** A function that a plan calls. */
export interface PlannedFunction {
  readonly name: string;
  readonly kind: "scalar" | "aggregate" | "window" | "table";
  readonly volatility: "immutable" | "stable" | "volatile";
}

/** Time of the planning stages; null for a stage that did not run or was not measured. */
export interface PlanningTimings {
  readonly parseUs: number | null;
  readonly analyzeUs: number | null;
  readonly optimizeUs: number | null;
  readonly physicalUs: number | null;
}

/** Statement a plan was made for. */
export interface PlannedStatement {
  readonly statementKind: StatementKind;
  /** Short form, e.g. `SELECT flights`; null when there is none. */
  readonly summary: string | null;
  /** The text as it was given; null for a frame that has none. */
  readonly sql: string | null;
  /** The text with every literal as `?` and without comments; null for a frame that has none. */
  readonly sqlSanitized: string | null;
}

/** Payload of `plan.compiled`. */
export interface PlanCompiledPayload extends PlannedStatement {
  readonly fingerprint: string | null;
  /** Digests of the plan as planned (p0), optimised (p1) and physical (p2); null for a stage that was not digested. */
  readonly digests: { readonly p0: string | null; readonly p1: string | null; readonly p2: string | null };
  /**
   * The plan as planned (p0) and optimised (p1), indented, with the columns of every node; null unless the policy of the
   * query captures plans. It has the literals of the query, so no record takes it.
   */
  readonly texts: { readonly p0: string; readonly p1: string } | null;
  readonly tables: readonly PlannedTable[];
  readonly functions: readonly PlannedFunction[];
  readonly partitions: number | null;
  readonly estimates: { readonly rows: number | null; readonly bytes: number | null };
  readonly timings: PlanningTimings;
  /**
   * What the plan cache had to do with the frame, or else with the text; null for a frame over rows of the program or with
   * values of its own, for a prepared statement, and where the cache is off.
   */
  readonly cacheResult: "hit" | "miss" | "skipped" | null;
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
}

/** Payload of `plan.failed`. */
export interface PlanFailedPayload extends PlannedStatement {
  /** Stage that failed. */
  readonly phase: "analyze" | "optimize" | "physical";
  readonly error: ErrorPayload;
  readonly timings: PlanningTimings;
}

/** Payload of `query.started`. */
export interface QueryStartedPayload {
  readonly fingerprint: string | null;
  readonly partitions: number | null;
  /** From planned to the first pull. */
  readonly queueUs: number | null;
}

/** Counters of a run, from the root operator and the engine; null where the engine reported none. */
export interface ExecutionTotals {
  readonly scanRows: number | null;
  readonly scanBytes: number | null;
  readonly spillCount: number | null;
  readonly spilledRows: number | null;
  readonly spilledBytes: number | null;
  readonly peakReservedBytes: number | null;
  readonly partitions: number | null;
  readonly operators: number | null;
}

/** What is known of a query when it ends, however it ends. */
export interface QueryEnd {
  readonly fingerprint: string | null;
  /** Wall-clock time of the start, microseconds since the Unix epoch. */
  readonly startedUs: number;
  readonly queueUs: number | null;
  /** From the start to the first batch; null when there was none. */
  readonly firstBatchUs: number | null;
  readonly durationUs: number;
  /** Rows that the caller received. */
  readonly rows: number;
  readonly batches: number;
  readonly bytes: number;
  /** Whether it took at least as long as the policy calls slow. */
  readonly slow: boolean;
  /** Spans that the engine left out of the trace of the query; null when the trace is not sampled. */
  readonly nativeSpansDropped: number | null;
}

/** Payload of `plan.rule`. */
export interface PlanRulePayload {
  readonly fingerprint: string | null;
  readonly phase: "analyzer" | "optimizer" | "physical";
  /** The pass, from 0; only the optimizer has several. */
  readonly pass: number;
  /** Position of the rule among those of its phase. */
  readonly ordinal: number;
  readonly rule: string;
  /** Whether the plan is another one afterwards. */
  readonly changed: boolean;
  readonly durationUs: number;
  /** Digest of the plan afterwards. */
  readonly digest: string;
  /** The plan afterwards, where the rule changed it. */
  readonly text?: string | undefined;
}

/** Payload of `plan.explained`. */
export interface PlanExplainedPayload {
  readonly mode: "explain";
  readonly format: "indent";
  /** The text as it was given; null for a frame that has none. */
  readonly sql: string | null;
  readonly text: string;
}

/** Payload of `plan.capture_failed`. */
export interface PlanCaptureFailedPayload {
  /** The form that could not be made. */
  readonly artifact: "sql" | "substrait" | "proto";
  readonly code: string;
  readonly message: string;
}

/** Payload of `query.batch`. */
export interface QueryBatchPayload {
  /** Position among the batches, from 0. */
  readonly index: number;
  readonly rows: number;
  readonly bytes: number;
}

/** Payload of `query.slow`. */
export interface QuerySlowPayload {
  readonly durationUs: number;
  readonly thresholdUs: number;
  readonly fingerprint: string | null;
}

/** Payload of `query.finished`. */
export interface QueryFinishedPayload extends QueryEnd {
  /** Whether the caller stopped before the last batch. */
  readonly earlyClose: boolean;
  readonly totals: ExecutionTotals;
}

/** Payload of `query.failed`. */
export interface QueryFailedPayload extends QueryEnd {
  readonly error: ErrorPayload;
  readonly totals: ExecutionTotals | null;
}

/** Payload of `query.cancelled`. */
export interface QueryCancelledPayload extends QueryEnd {
  readonly reason: "abort" | "timeout" | "session_closed";
  readonly totals: ExecutionTotals | null;
}

const statement = { statementKind: "string", summary: "string?", sql: "string?", sqlSanitized: "string?" } as const;

const queryEnd = {
  fingerprint: "string?",
  startedUs: "integer",
  queueUs: "integer?",
  firstBatchUs: "integer?",
  durationUs: "integer",
  rows: "integer",
  batches: "integer",
  bytes: "integer",
  slow: "boolean",
  nativeSpansDropped: "integer?",
} as const;

/** Payloads of the events of a statement and its run. */
export interface QueryEvents {
  readonly "sql.received": SqlReceivedPayload;
  readonly "sql.rejected": SqlRejectedPayload;
  readonly "plan.compiled": PlanCompiledPayload;
  readonly "plan.failed": PlanFailedPayload;
  readonly "plan.rule": PlanRulePayload;
  readonly "plan.explained": PlanExplainedPayload;
  readonly "plan.capture_failed": PlanCaptureFailedPayload;
  readonly "query.started": QueryStartedPayload;
  readonly "query.batch": QueryBatchPayload;
  readonly "query.finished": QueryFinishedPayload;
  readonly "query.failed": QueryFailedPayload;
  readonly "query.cancelled": QueryCancelledPayload;
  readonly "query.slow": QuerySlowPayload;
}

/** What the table says about the events of a statement and its run. */
export const queryEventRows: EventRows<QueryEvents> = {
  "sql.received": {
    owner: "session-core",
    fires: "statement text taken, before interceptors and parsing",
    members: { sql: "string", source: "string", parameterNames: "list" },
  },
  "sql.rejected": {
    owner: "session-core",
    fires: "parse error, policy, parameter or interceptor refusal",
    records: ["finding"],
    members: { sql: "string", error: "object" },
  },
  "plan.compiled": {
    owner: "session-core",
    fires: "physical plan ready; nothing executed yet",
    records: ["plan"],
    members: {
      ...statement,
      fingerprint: "string?",
      digests: "object",
      texts: "object?",
      tables: "list",
      functions: "list",
      partitions: "integer?",
      estimates: "object",
      timings: "object",
      cacheResult: "string?",
      warnings: "list",
    },
  },
  "plan.failed": {
    owner: "session-core",
    fires: "analysis, optimisation or physical planning failed",
    records: ["plan"],
    members: { ...statement, phase: "string", error: "object", timings: "object" },
  },
  "plan.rule": {
    owner: "session-core",
    fires: "a rule of the planner was applied, as the policy asks; after planning, in order",
    records: ["plan.rule"],
    members: {
      fingerprint: "string?",
      phase: "string",
      pass: "integer",
      ordinal: "integer",
      rule: "string",
      changed: "boolean",
      durationUs: "integer",
      digest: "string",
    },
  },
  "plan.explained": {
    owner: "session-core",
    fires: "EXPLAIN was captured, as the policy asks",
    members: { mode: "string", format: "string", sql: "string?", text: "string" },
  },
  "plan.capture_failed": {
    owner: "session-core",
    fires: "an optional form of a plan could not be made",
    records: ["finding"],
    members: { artifact: "string", code: "string", message: "string" },
  },
  "query.started": {
    owner: "session-core",
    fires: "first pull of the native stream",
    members: { fingerprint: "string?", partitions: "integer?", queueUs: "integer?" },
  },
  "query.batch": {
    owner: "session-core",
    fires: "every n-th batch was handed over, as the policy asks",
    members: { index: "integer", rows: "integer", bytes: "integer" },
  },
  "query.finished": {
    owner: "session-core",
    fires: "stream ended or was closed early by the consumer",
    settling: true,
    records: ["execution"],
    members: { ...queryEnd, earlyClose: "boolean", totals: "object" },
  },
  "query.failed": {
    owner: "session-core",
    fires: "execution error, or an interceptor refused the execution",
    records: ["execution"],
    members: { ...queryEnd, error: "object", totals: "object?" },
  },
  "query.cancelled": {
    owner: "session-core",
    fires: "abort signal, timeout signal, session close",
    records: ["execution"],
    members: { ...queryEnd, reason: "string", totals: "object?" },
  },
  "query.slow": {
    owner: "session-core",
    fires: "a query ended that took as long as the policy calls slow",
    records: ["finding"],
    members: { durationUs: "integer", thresholdUs: "integer", fingerprint: "string?" },
  },
};
