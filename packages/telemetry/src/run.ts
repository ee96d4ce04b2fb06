import { type AbortableOptions, isAbort } from "@deltafuse/config/abort";
import { type RunId, toRunId } from "@deltafuse/config/brand";
import { errorCode } from "@deltafuse/config/errors";
import type { Microseconds } from "./clock.ts";
import { runClosed } from "./errors.ts";
import type { Operation, OperationEnd } from "./operation-tracer.ts";
import { runRecord } from "./record-kinds.ts";
import type { BodyOf } from "./record.ts";
import { type RunCounter, type RunTotals, runBoard } from "./run-board.ts";
import type { Telemetry } from "./telemetry.ts";

/** Facts that a program adds to its run; later ones win. */
export type RunMetadata = Readonly<Record<string, string>>;

/** How a run is started. */
export interface RunOptions {
  /** Name of the work, the same for every run of it. */
  readonly label: string;
  /** Application that commits to Delta tables; a stable one makes its writes idempotent. Default `deltafuse-run-<id>`. */
  readonly appId?: string;
  readonly metadata?: RunMetadata;
  /** Goes on with a run that another process began. */
  readonly resume?: {
    readonly runId: string;
    /** The highest application version committed so far. */
    readonly commitSequence?: number;
  };
}

/** How a run ended. `abandoned`: it was disposed and never told. */
export type RunStatus = "completed" | "failed" | "cancelled" | "abandoned";

/** A run that has ended. */
export interface RunSummary extends RunTotals {
  readonly runId: RunId;
  readonly appId: string;
  readonly label: string;
  readonly status: RunStatus;
  readonly started: Microseconds;
  readonly ended: Microseconds;
  readonly durationUs: number;
  /** The highest application version committed in this run; null when there is none. */
  readonly commitSequence: number | null;
  readonly metadata: RunMetadata;
  readonly errorCode: string | null;
  /** Without secrets. */
  readonly errorMessage: string | null;
}

/** Work of a program that belongs together: its records carry its id, its end their totals. */
export interface Run extends AsyncDisposable {
  readonly runId: RunId;
  readonly appId: string;
  readonly label: string;
  /** Runs a function whose records, and those of all it calls, belong to the run. */
  scope<T>(fn: () => T): T;
  /** Adds to the metadata of the end. Throws `TELEMETRY.RUN_CLOSED` after it. */
  annotate(metadata: RunMetadata): void;
  /**
   * Ends the run. Resolves when the listeners that wait for the end have been waited for; a second call gives the same
   * summary. Rejects with `TELEMETRY.RUN_CLOSED` when the run has ended otherwise.
   */
  complete(metadata?: RunMetadata): Promise<RunSummary>;
  /** Ends the run as failed; otherwise as `complete`. */
  fail(error: unknown, metadata?: RunMetadata): Promise<RunSummary>;
}

type RunBody = BodyOf<typeof runRecord>;

const operationStatus: Readonly<Record<RunStatus, OperationEnd["status"]>> = {
  completed: "ok",
  failed: "failed",
  cancelled: "cancelled",
  abandoned: "ok",
};

class OpenRun implements Run {
  readonly runId: RunId;
  readonly appId: string;
  readonly label: string;
  readonly #telemetry: Telemetry;
  readonly #operation: Operation;
  readonly #counter: RunCounter;
  readonly #started: Microseconds;
  readonly #startedMs = performance.now();
  readonly #committedBefore: number | null;
  #metadata: RunMetadata;
  #end: { readonly status: RunStatus; readonly summary: Promise<RunSummary> } | undefined;

  constructor(telemetry: Telemetry, { label, appId, metadata = {}, resume }: RunOptions) {
    const board = telemetry[runBoard];
    this.#telemetry = telemetry;
    this.runId = toRunId(resume?.runId ?? board.newId());
    this.appId = appId ?? `deltafuse-run-${this.runId}`;
    this.label = label;
    this.#metadata = { ...metadata };
    this.#committedBefore = resume?.commitSequence ?? null;
    this.#started = board.clock.now();
    const attributes = { "deltafuse.run.id": this.runId };
    this.#operation = telemetry.tracer.start({
      name: `run ${label}`,
      kind: "run",
      attributes,
      parent: telemetry.scope.current().trace,
    });
    this.#counter = board.open(this.runId);
    const action = resume === undefined ? "started" : "resumed";
    void this.#tell("run.started", { ...this.#facts(), action, status: "running", metadata: this.#metadata });
  }

  scope<T>(fn: () => T): T {
    const { runId, appId } = this;
    return this.#telemetry.scope.with({ runId, appId, trace: this.#operation.trace }, fn);
  }

  annotate(metadata: RunMetadata): void {
    if (this.#end !== undefined) throw runClosed(this.runId, this.#end.status);
    this.#metadata = { ...this.#metadata, ...metadata };
  }

  async complete(metadata?: RunMetadata): Promise<RunSummary> {
    return this.#finish({ status: "completed", metadata });
  }

  async fail(error: unknown, metadata?: RunMetadata): Promise<RunSummary> {
    return this.#finish({ status: "failed", error, metadata });
  }

  /** Ends the run unless it has ended; what was told before stands. */
  async end(end: RunEnd): Promise<void> {
    await (this.#end?.summary ?? this.#finish(end));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end({ status: "abandoned" });
  }

  #finish(end: RunEnd): Promise<RunSummary> {
    if (this.#end === undefined) this.#end = { status: end.status, summary: this.#close(end) };
    if (this.#end.status !== end.status) throw runClosed(this.runId, this.#end.status);
    return this.#end.summary;
  }

  async #close({ status, error, metadata }: RunEnd): Promise<RunSummary> {
    const board = this.#telemetry[runBoard];
    this.#metadata = Object.freeze({ ...this.#metadata, ...metadata });
    const isThrown = status === "failed" || status === "cancelled";
    const facts = {
      ...this.#facts(),
      ended: board.clock.now(),
      durationUs: Math.round((performance.now() - this.#startedMs) * 1000),
      metadata: this.#metadata,
      errorCode: isThrown ? errorCode(error) : null,
      errorMessage: isThrown ? board.redact(error instanceof Error ? error.message : String(error)) : null,
    };
    this.#counter[Symbol.dispose]();
    const { runId, label } = this;
    const told = this.#tell("run.finished", { ...facts, action: "finished", status });
    this.#operation.setAttributes({ "deltafuse.run.status": status });
    this.#operation.end({
      status: operationStatus[status],
      ...(facts.errorCode === null ? {} : { error: facts.errorCode }),
    });
    await told;
    return Object.freeze({ ...facts, runId, label, status });
  }

  #facts() {
    const { appId } = this;
    const committed = this.#counter.commitSequence(appId);
    const sequences = [this.#committedBefore, committed].filter((sequence) => sequence !== null);
    const commitSequence = sequences.length === 0 ? null : Math.max(...sequences);
    return { appId, commitSequence, started: this.#started, ...this.#counter.totals() };
  }

  /** Records a fact about the run, then tells the listeners. */
  #tell(kind: "run.started" | "run.finished", run: RunBody): Promise<void> {
    const { runId, label } = this;
    return this.scope(() => {
      this.#telemetry.record(runRecord, run, { runId, label });
      return this.#telemetry[runBoard].tell({ kind, runId, label, run });
    });
  }
}

interface RunEnd {
  readonly status: RunStatus;
  readonly error?: unknown;
  readonly metadata?: RunMetadata | undefined;
}

/**
 * Starts a run. Disposing one that was neither completed nor failed ends it as `abandoned`, because a dispose does not see
 * whether its block threw; {@link withRun} does.
 *
 * Throws `CONFIG.INVALID_IDENTIFIER` for the id of a run to resume.
 *
 * @example
 * await using run = startRun(telemetry, { label: "nightly", appId: "orders-loader" });
 * await run.scope(() => session.sql("SELECT 42").rows());
 * await run.complete({ source: "orders" });
 */
export function startRun(telemetry: Telemetry, options: RunOptions): Run {
  return new OpenRun(telemetry, options);
}

/**
 * Does work as a run: its value completes the run; what it throws fails the run and is thrown on unchanged. An
 * `AbortError`, or the reason of `signal`, makes the run `cancelled`.
 *
 * @param work - Called in the scope of the run.
 *
 * @example
 * const rows = await withRun(telemetry, { label: "nightly" }, () => session.sql("SELECT 42").rows());
 */
export async function withRun<T>(
  telemetry: Telemetry,
  { signal, ...options }: RunOptions & AbortableOptions,
  work: (run: Run) => T | Promise<T>,
): Promise<T> {
  const run = new OpenRun(telemetry, options);
  try {
    const value = await run.scope(() => work(run));
    await run.end({ status: "completed" });
    return value;
  } catch (error) {
    await run.end({ status: isAbort(error, signal === undefined ? {} : { signal }) ? "cancelled" : "failed", error });
    throw error;
  }
}
