import type { QueryId } from "@deltafuse/config/brand";
import { blindCast } from "@deltafuse/config/casts";
import { DeltaFuseError, isDeltaFuseError } from "@deltafuse/config/errors";
import { uuidV7 } from "@deltafuse/config/uuid";
import type { HookEmitter } from "@deltafuse/hooks/emitter";
import { toErrorPayload } from "@deltafuse/hooks/error-payload";
import type { EventMap } from "@deltafuse/hooks/events";
import {
  type ExecutionPolicy,
  type ResolvedExecutionPolicy,
  resolveExecutionPolicy,
} from "@deltafuse/hooks/execution-policy";
import { type ExecutionLabel, innerLabel } from "@deltafuse/hooks/label";
import { startOperation, type TracedOperation } from "@deltafuse/hooks/operation";
import type { SessionState } from "./session-state.ts";

/** Everything `plan.compiled` tells. */
export type CompiledPlan = EventMap["plan.compiled"];

/** The statement of a plan; nulls for a frame without SQL. */
export type RunStatement = Pick<CompiledPlan, "statementKind" | "summary" | "sql" | "sqlSanitized">;

/** Counters of the engine at the end of a query. */
export type RunTotals = EventMap["query.finished"]["totals"];

/** Why a query was stopped. */
export type CancelReason = EventMap["query.cancelled"]["reason"];

/** Where an error arose. */
export type FailedStage = EventMap["plan.failed"]["phase"];

/** A text that was taken for planning. */
export type ReceivedSql = EventMap["sql.received"];

/** One statement or query on its way, and the events it emits: in their order, each end once. */
export interface QueryRun {
  readonly queryId: QueryId;
  readonly hooks: HookEmitter;
  /** The label of the call over those around it. */
  readonly label: ExecutionLabel | undefined;
  /** What to tell of the query. */
  readonly policy: ResolvedExecutionPolicy;
  /** What the tracer is told of it; each end of the run is its end. */
  readonly operation: TracedOperation;
  /** Takes another label for the events from now on. */
  relabel(label: ExecutionLabel | undefined): void;
  /** Whether one of the ends was emitted. */
  readonly ended: boolean;
  receive(text: ReceivedSql): void;
  /** Emits the refusal of a text, also by an interceptor, or the failure of its planning; gives the error to throw. */
  refuse(error: unknown, text: ReceivedSql): unknown;
  /** Emits the failure of planning, unless the run has ended; gives the error to throw. */
  failPlan(error: unknown, stage: FailedStage, statement: RunStatement): unknown;
  compile(plan: CompiledPlan): void;
  start(): void;
  countBatch(rows: number, bytes: number): void;
  finish(totals: RunTotals, earlyClose: boolean): Promise<void>;
  /** Emits the failure; gives the error to throw. */
  fail(error: unknown, totals: RunTotals | null): unknown;
  cancel(reason: CancelReason, totals: RunTotals | null): void;
  /** Ends the operation of a run that was planned and is not executed. */
  release(): void;
  /** The same error with the id and label of the query and where it arose in its details. */
  inStatement(error: unknown, stage: "parse" | "execute" | FailedStage): unknown;
}

/** A run, as far as somebody needs it who pulls the batches of its query. */
export type PulledRun = Pick<
  QueryRun,
  "queryId" | "operation" | "start" | "countBatch" | "finish" | "fail" | "cancel" | "release"
>;

/** What a run is begun with. */
export interface RunOptions {
  readonly label?: ExecutionLabel | undefined;
  /** What to tell of the query, over the policies around and the profile's. */
  readonly diagnostics?: ExecutionPolicy | undefined;
}

/** What a run takes from its session. */
type RunSession = Pick<SessionState, "hooks" | "resolved" | "identity">;

/** The statement of frames that have no SQL. */
export const frameStatement: RunStatement = { statementKind: "query", summary: null, sql: null, sqlSanitized: null };

const refusals: ReadonlySet<string> = new Set([
  "SQL.PARSE_ERROR",
  "SQL.POLICY_VIOLATION",
  "SQL.NOT_A_QUERY",
  "SQL.STATEMENT_UNSUPPORTED",
  "SQL.EXTENSION_REQUIRED",
  "SQL.PARAMETER_MISSING",
  "SQL.PARAMETER_MIXED",
  "SQL.PARAMETER_UNUSED",
  "SQL.PARAMETER_TYPE",
]);

const unmeasured = { parseUs: null, analyzeUs: null, optimizeUs: null, physicalUs: null } as const;

/** Why an aborted signal was aborted. */
export function cancelReason(signal: AbortSignal | undefined): CancelReason {
  const reason: unknown = signal?.reason;
  return reason instanceof DOMException && reason.name === "TimeoutError" ? "timeout" : "abort";
}

function microsecondsSince(millis: number): number {
  return Math.max(0, Math.round((performance.now() - millis) * 1000));
}

type QueryEnd = Omit<EventMap["query.cancelled"], "reason" | "totals">;

class Run implements QueryRun {
  readonly queryId: QueryId = blindCast<QueryId, "a UUID is an id">(uuidV7());
  readonly policy: ResolvedExecutionPolicy;
  readonly operation: TracedOperation;
  readonly #session: HookEmitter;
  #hooks: HookEmitter;
  #label: ExecutionLabel | undefined;
  #ended = false;
  #fingerprint: string | null = null;
  #partitions: number | null = null;
  #plannedAt = 0;
  #startedAt = 0;
  #startedUs = 0;
  #queueUs: number | null = null;
  #firstBatchUs: number | null = null;
  #rows = 0;
  #batches = 0;
  #bytes = 0;

  constructor({ hooks, resolved, identity }: RunSession, { label, diagnostics }: RunOptions) {
    const { label: around, policies } = hooks.ambient.current();
    this.policy = resolveExecutionPolicy(diagnostics, ...policies, resolved.diagnostics);
    this.#session = hooks;
    const { default: catalog, schema } = resolved.catalog;
    this.operation = startOperation(hooks, { name: "datafusion", kind: "query", namespace: { catalog, schema } });
    if (this.operation.recording) {
      const ids = { "deltafuse.query.id": this.queryId, "deltafuse.session.hash": identity.session };
      this.operation.setAttributes(ids);
    }
    this.#label = label === undefined ? around : innerLabel(around, label);
    this.#hooks = this.#labelled();
  }

  get hooks(): HookEmitter {
    return this.#hooks;
  }

  get label(): ExecutionLabel | undefined {
    return this.#label;
  }

  relabel(label: ExecutionLabel | undefined): void {
    this.#label = label;
    this.#hooks = this.#labelled();
  }

  #labelled(): HookEmitter {
    return this.#session.child({
      queryId: this.queryId,
      label: this.#label?.name,
      tags: this.#label?.tags,
      trace: this.operation.trace,
    });
  }

  get ended(): boolean {
    return this.#ended;
  }

  receive(text: ReceivedSql): void {
    this.hooks.emit("sql.received", text);
  }

  refuse(error: unknown, text: ReceivedSql): unknown {
    if (!isDeltaFuseError(error) || !(refusals.has(error.code) || isDeltaFuseError(error, "HOOKS."))) return error;
    this.#ended = true;
    this.operation.fail(error);
    const { statementKind, violation } = toErrorPayload(error).details;
    this.hooks.emit("sql.rejected", {
      sql: text.sql,
      error: toErrorPayload(error),
      statementKind: statementKinds.find((kind) => kind === statementKind),
      violation: typeof violation === "string" ? violation : undefined,
    });
    return this.inStatement(error, "parse");
  }

  failPlan(error: unknown, stage: FailedStage, statement: RunStatement): unknown {
    if (this.#ended) return error;
    this.#ended = true;
    this.operation.fail(error);
    this.hooks.emit("plan.failed", { ...statement, phase: stage, error: toErrorPayload(error), timings: unmeasured });
    return this.inStatement(error, stage);
  }

  compile(plan: CompiledPlan): void {
    this.#fingerprint = plan.fingerprint;
    this.#partitions = plan.partitions;
    this.#plannedAt = performance.now();
    this.#describe(plan);
    this.hooks.emit("plan.compiled", plan);
  }

  #describe({ summary, tables, sqlSanitized, fingerprint }: CompiledPlan): void {
    if (!this.operation.recording) return;
    this.operation.setStatement({ summary, tables, text: sqlSanitized });
    this.operation.setAttributes({ "deltafuse.plan.fingerprint": fingerprint ?? undefined });
  }

  start(): void {
    this.#startedAt = performance.now();
    this.#startedUs = Date.now() * 1000;
    this.#queueUs = microsecondsSince(this.#plannedAt);
    const { fingerprint, partitions, queueUs } = {
      fingerprint: this.#fingerprint,
      partitions: this.#partitions,
      queueUs: this.#queueUs,
    };
    this.hooks.emit("query.started", { fingerprint, partitions, queueUs });
  }

  countBatch(rows: number, bytes: number): void {
    this.#firstBatchUs ??= microsecondsSince(this.#startedAt);
    this.#rows += rows;
    this.#batches += 1;
    this.#bytes += bytes;
    const { batchSample } = this.policy;
    if (batchSample === 0 || this.#batches % batchSample !== 0) return;
    this.hooks.emit("query.batch", { index: this.#batches - 1, rows, bytes });
  }

  async finish(totals: RunTotals, earlyClose: boolean): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    this.operation.end();
    const end = this.#end();
    await this.hooks.settle("query.finished", { ...end, earlyClose, totals });
    this.#tellSlow(end);
  }

  fail(error: unknown, totals: RunTotals | null): unknown {
    if (this.#ended) return error;
    this.#ended = true;
    this.operation.fail(error);
    const end = this.#end();
    this.hooks.emit("query.failed", { ...end, error: toErrorPayload(error), totals });
    this.#tellSlow(end);
    return this.inStatement(error, "execute");
  }

  cancel(reason: CancelReason, totals: RunTotals | null): void {
    if (this.#ended) return;
    this.#ended = true;
    this.operation.cancel();
    const end = this.#end();
    this.hooks.emit("query.cancelled", { ...end, reason, totals });
    this.#tellSlow(end);
  }

  release(): void {
    this.operation.end();
  }

  #tellSlow({ slow, durationUs, fingerprint }: QueryEnd): void {
    const { slowQueryMs } = this.policy;
    if (!slow || slowQueryMs === null) return;
    this.hooks.emit("query.slow", { durationUs, thresholdUs: slowQueryMs * 1000, fingerprint });
  }

  #end(): QueryEnd {
    const { slowQueryMs } = this.policy;
    const durationUs = this.#startedAt === 0 ? 0 : microsecondsSince(this.#startedAt);
    return {
      fingerprint: this.#fingerprint,
      startedUs: this.#startedUs === 0 ? Date.now() * 1000 : this.#startedUs,
      queueUs: this.#queueUs,
      firstBatchUs: this.#firstBatchUs,
      durationUs,
      rows: this.#rows,
      batches: this.#batches,
      bytes: this.#bytes,
      slow: slowQueryMs !== null && this.#startedAt !== 0 && durationUs >= slowQueryMs * 1000,
      nativeSpansDropped: this.operation.nativeSpansDropped,
    };
  }

  inStatement(error: unknown, stage: "parse" | "execute" | FailedStage): unknown {
    if (!isDeltaFuseError(error) || "queryId" in error.details) return error;
    const label = this.#label === undefined ? {} : { label: this.#label.name };
    const { code, message, details, cause } = error;
    return new DeltaFuseError({
      code,
      message,
      details: { ...details, queryId: this.queryId, ...label, stage },
      cause,
    });
  }
}

const statementKinds = ["query", "dml", "copy", "ddl", "statement", "explain"] as const;

/** Begins the run of a statement or query under the hooks and the diagnostics of its session. */
export function startQueryRun(session: RunSession, options: RunOptions = {}): QueryRun {
  return new Run(session, options);
}
