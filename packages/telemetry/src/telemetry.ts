import { AsyncLocalStorage } from "node:async_hooks";
import type { AbortableOptions } from "@deltafuse/config/abort";
import { type Closeable, closeable } from "@deltafuse/config/disposal";
import { uuidV7 } from "@deltafuse/config/uuid";
import { type Clock, systemClock } from "./clock.ts";
import { recordInvalid, telemetryClosed } from "./errors.ts";
import { type PendingRecord, pendingRecord } from "./pending-record.ts";
import { bodyProblem } from "./record-validation.ts";
import type { BodyOf, RecordContext, RecordDefinition } from "./record.ts";
import { type Recorder, type RingRecorder, type RingRecorderOptions, createRingRecorder } from "./recorder.ts";
import { type RedactionPolicy, type Redactor, createRedactor } from "./redactor.ts";
import { type SinkQueue, createSinkQueue } from "./sink-queue.ts";
import type { SinkHealth, SinkOptions, TelemetrySink } from "./sink.ts";

/** Options of {@link createTelemetry}. */
export interface TelemetryOptions {
  readonly sinks?: readonly (TelemetrySink | readonly [TelemetrySink, SinkOptions])[];
  /** Bounds of the memory of the last records. Default 4096 records, 16 MiB. */
  readonly recorder?: RingRecorderOptions;
  readonly redaction?: RedactionPolicy;
  /** Kinds to record. Default: all. */
  readonly include?: readonly string[];
  /** Kinds not to record; wins over `include`. */
  readonly exclude?: readonly string[];
  /** What happens to a record that does not fit its kind. Default `drop`, which counts it; tests use `throw`. */
  readonly validate?: "drop" | "throw" | "off";
  /** Default: the system's clock. */
  readonly clock?: Clock;
  /** Makes record ids. Default: UUID of version 7. */
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

/** Records facts: validates, redacts and hashes them, keeps the last ones and hands them to sinks. */
export interface Telemetry extends Closeable {
  /** The last records. */
  readonly recorder: Recorder;
  /**
   * Records one fact. Never waits and, unless `validate` is `throw`, never throws. Does nothing for a kind that is not
   * wanted, after `close()`, and inside a write of a sink of this object.
   *
   * Throws `TELEMETRY.RECORD_INVALID` when `validate` is `throw` and the body does not fit.
   */
  record<D extends RecordDefinition>(definition: D, body: BodyOf<D>, context?: RecordContext): void;
  /** Whether records of a kind are kept, so that callers can skip expensive bodies. */
  wants(kind: string): boolean;
  /** Adds a sink for later records; disposing flushes and closes it. Throws `TELEMETRY.CLOSED`. */
  addSink(sink: TelemetrySink, options?: SinkOptions): Disposable;
  /** Writes what the sinks' queues hold. Rejects with `TELEMETRY.FLUSH_TIMEOUT` when a sink hangs or stays paused. */
  flush(options?: AbortableOptions): Promise<void>;
  /** What was recorded of each kind, and how the sinks are. */
  health(): TelemetryHealth;
  /** Flushes for at most 5 seconds, then closes the sinks. Never rejects; losses are in `health()`. Idempotent. */
  close(): Promise<void>;
}

const closeDeadlineMs = 5000;
const longestTimerMs = 2 ** 31 - 1;

/** Runs work that waits on timers which do not keep the process alive, and keeps it alive meanwhile. */
async function keepingAlive<T>(work: () => Promise<T>): Promise<T> {
  const timer = setTimeout(() => undefined, longestTimerMs);
  try {
    return await work();
  } finally {
    clearTimeout(timer);
  }
}

class RecordHub implements Telemetry {
  readonly recorder: RingRecorder;
  readonly #redactor: Redactor;
  readonly #clock: Clock;
  readonly #newId: () => string;
  readonly #validate: "drop" | "throw" | "off";
  readonly #include: ReadonlySet<string> | undefined;
  readonly #exclude: ReadonlySet<string>;
  readonly #insideSink = new AsyncLocalStorage<true>();
  readonly #kinds = new Map<string, { recorded: number; invalid: number }>();
  readonly #closing = closeable(() => this.#close());
  /** Sinks that were taken out and are still being closed. */
  readonly #leaving = new Set<Promise<void>>();
  #sinks: readonly SinkQueue[] = [];
  #seq = 0;
  #isClosed = false;

  constructor(options: TelemetryOptions) {
    this.recorder = createRingRecorder(options.recorder);
    this.#redactor = createRedactor(options.redaction);
    this.#clock = options.clock ?? systemClock();
    this.#newId = options.newId ?? uuidV7;
    this.#validate = options.validate ?? "drop";
    this.#include = options.include === undefined ? undefined : new Set(options.include);
    this.#exclude = new Set(options.exclude);
    for (const entry of options.sinks ?? []) {
      if ("write" in entry) this.addSink(entry);
      else this.addSink(...entry);
    }
  }

  record<D extends RecordDefinition>(definition: D, body: BodyOf<D>, context: RecordContext = {}): void {
    if (!this.wants(definition.kind)) return;
    const health = this.#kindHealth(definition.kind);
    try {
      const record = this.#make(definition, body, context);
      health.recorded += 1;
      this.recorder.add(record);
      for (const sink of this.#sinks) sink.push(record);
    } catch (error) {
      health.invalid += 1;
      this.recorder.countInvalid();
      if (this.#validate === "throw") throw error;
    }
  }

  wants(kind: string): boolean {
    if (this.#isClosed || this.#exclude.has(kind)) return false;
    return (this.#include?.has(kind) ?? true) && this.#insideSink.getStore() === undefined;
  }

  addSink(sink: TelemetrySink, options: SinkOptions = {}): Disposable {
    if (this.#isClosed) throw telemetryClosed("addSink");
    const queue = createSinkQueue(sink, options, {
      suppress: (fn) => this.#insideSink.run(true, fn),
      redact: (message) => this.#redactor.message(message),
    });
    this.#sinks = [...this.#sinks, queue];
    return {
      [Symbol.dispose]: () => {
        if (!this.#sinks.includes(queue)) return;
        this.#sinks = this.#sinks.filter((other) => other !== queue);
        const leaving = queue.close(closeDeadlineMs);
        this.#leaving.add(leaving);
        void leaving.finally(() => this.#leaving.delete(leaving));
      },
    };
  }

  async flush(options: AbortableOptions = {}): Promise<void> {
    const results = await keepingAlive(() => Promise.allSettled(this.#sinks.map((sink) => sink.flush(options))));
    options.signal?.throwIfAborted();
    for (const result of results) {
      if (result.status === "rejected") throw result.reason;
    }
  }

  health(): TelemetryHealth {
    const kinds = Object.fromEntries([...this.#kinds].map(([kind, counts]) => [kind, { ...counts }]));
    return { kinds, sinks: this.#sinks.map((sink) => sink.health()) };
  }

  close(): Promise<void> {
    return this.#closing.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#closing.close();
  }

  async #close(): Promise<void> {
    this.#isClosed = true;
    const closing = this.#sinks.map((sink) => sink.close(closeDeadlineMs));
    await keepingAlive(() => Promise.all([...closing, ...this.#leaving]));
  }

  #kindHealth(kind: string): { recorded: number; invalid: number } {
    const known = this.#kinds.get(kind);
    if (known !== undefined) return known;
    const health = { recorded: 0, invalid: 0 };
    this.#kinds.set(kind, health);
    return health;
  }

  #make(definition: RecordDefinition, given: object, context: RecordContext): PendingRecord {
    const { kind, version } = definition;
    const problem = this.#validate === "off" ? undefined : bodyProblem(definition, given);
    if (problem !== undefined) throw recordInvalid(kind, problem.path, problem.reason);
    const body = this.#redactor.body(definition, given);
    const record = pendingRecord(definition, {
      recordId: this.#newId(),
      kind,
      version,
      time: context.time ?? this.#clock.now(),
      seq: this.#seq + 1,
      sessionId: context.sessionId ?? null,
      runId: null,
      queryId: context.queryId ?? null,
      label: context.label === undefined ? null : this.#redactor.text(context.label),
      tags: context.tags === undefined ? null : this.#redactor.entries(context.tags),
      traceId: null,
      spanId: null,
      body,
    });
    // What was not validated may have no hash.
    if (this.#validate === "off") record.read();
    this.#seq += 1;
    return record;
  }
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
  return new RecordHub(options);
}
