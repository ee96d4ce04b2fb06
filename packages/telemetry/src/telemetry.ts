import type { AbortableOptions } from "@deltafuse/config/abort";
import type { Closeable } from "@deltafuse/config/disposal";
import type { Clock } from "./clock.ts";
import type { ExecutionScope } from "./execution-scope.ts";
import type { OperationTracer } from "./operation-tracer.ts";
import { createRecordHub } from "./record-hub.ts";
import type { BodyOf, RecordContext, RecordDefinition } from "./record.ts";
import type { Recorder, RingRecorderOptions } from "./recorder.ts";
import type { RedactionPolicy } from "./redactor.ts";
import type { RunBoard, runBoard } from "./run-board.ts";
import type { SinkHealth, SinkOptions, TelemetrySink } from "./sink.ts";
import type { NoticeListener } from "./telemetry-notice.ts";

/** Options of {@link createTelemetry}. */
export interface TelemetryOptions {
  readonly sinks?: readonly (TelemetrySink | readonly [TelemetrySink, SinkOptions])[];
  /** Bounds of the memory of the last records. Default 4096 records, 16 MiB. */
  readonly recorder?: RingRecorderOptions;
  readonly redaction?: RedactionPolicy;
  /** Is told of operations as they begin and end. Default: nobody is, see `silentTracer`. */
  readonly tracer?: OperationTracer;
  /** Kinds to record. Default: all but `plan.rule`. */
  readonly include?: readonly string[];
  /** Kinds not to record; wins over `include`. */
  readonly exclude?: readonly string[];
  /** What happens to a record that does not fit its kind. Default `drop`, which counts it; tests use `throw`. */
  readonly validate?: "drop" | "throw" | "off";
  /** Default: the system's clock. */
  readonly clock?: Clock;
  /** Makes record ids, each when its record is first looked at. Default: UUID of version 7 with the time of the record. */
  readonly newId?: () => string;
}

/** Counters of one kind. */
export interface KindHealth {
  readonly recorded: number;
  /** Records that did not fit the kind. */
  readonly invalid: number;
}

/** Counters of a `Telemetry`. */
export interface TelemetryHealth {
  readonly kinds: Readonly<Record<string, KindHealth>>;
  readonly sinks: readonly SinkHealth[];
}

/**
 * Records facts: validates, redacts and hashes them, keeps the last ones and hands them to sinks. Redaction and hash are
 * made when a record is looked at; nobody sees it before.
 */
export interface Telemetry extends Closeable {
  /** The last records. */
  readonly recorder: Recorder;
  /** What holds around work; fills what the context of a record leaves out. */
  readonly scope: ExecutionScope;
  /** Is told of operations as they begin and end. */
  readonly tracer: OperationTracer;
  /**
   * Records one fact. Never waits and, unless `validate` is `throw`, never throws. Does nothing for a kind that is not
   * wanted, after `close()`, inside `suppress`, and inside a write of a sink of this object.
   *
   * Throws when `validate` is `throw`: `TELEMETRY.RECORD_INVALID` for a body that does not fit,
   * `TELEMETRY.DUPLICATE_KIND` for a kind whose name another one has.
   */
  record<D extends RecordDefinition>(definition: D, body: BodyOf<D>, context?: RecordContext): void;
  /** Whether records of a kind are kept, so that callers can skip expensive bodies. */
  wants(kind: string): boolean;
  /**
   * Runs a function of which nothing is recorded and about which no interceptor is asked, also beyond `await`.
   *
   * @example
   * await telemetry.suppress(() => archive.write(telemetry.recorder.drain()));
   */
  suppress<T>(fn: () => T): T;
  /** Adds a listener for what is told of runs and sinks; disposing removes it. */
  onNotice(listener: NoticeListener): Disposable;
  /** Adds a sink for later records; disposing flushes and closes it. Throws `TELEMETRY.CLOSED`. */
  addSink(sink: TelemetrySink, options?: SinkOptions): Disposable;
  /** Writes what the sinks' queues hold. Rejects with `TELEMETRY.FLUSH_TIMEOUT` when a sink hangs or stays paused. */
  flush(options?: AbortableOptions): Promise<void>;
  /** What was recorded of each kind, and how the sinks are. */
  health(): TelemetryHealth;
  /** Flushes for at most 5 seconds, then closes the sinks. Never rejects; losses are in `health()`. Idempotent. */
  close(): Promise<void>;
  /** For `startRun`. */
  readonly [runBoard]: RunBoard;
}

/**
 * Makes an object that records facts. Without sinks it keeps the last records in memory only.
 *
 * @example
 * const telemetry = createTelemetry({ sinks: [jsonLinesSink({ path: "records.jsonl" })] });
 * telemetry.record(findingRecord, { severity: "info", category: "app", code: "STARTED", message: "The job started." });
 * await telemetry.close();
 */
export function createTelemetry(options: TelemetryOptions = {}): Telemetry {
  return createRecordHub(options);
}
