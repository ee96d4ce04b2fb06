import type { AbortableOptions } from "@deltafuse/config/abort";
import { closeable } from "@deltafuse/config/disposal";
import { uuidV7 } from "@deltafuse/config/uuid";
import { type Clock, type Microseconds, systemClock } from "./clock.ts";
import { duplicateKind, recordInvalid, telemetryClosed } from "./errors.ts";
import { type ExecutionScope, createExecutionScope } from "./execution-scope.ts";
import { NoticeListeners } from "./notice-listeners.ts";
import { type OperationTracer, silentTracer } from "./operation-tracer.ts";
import { ownBody } from "./own-body.ts";
import { type PendingRecord, type RecordMaking, pendingRecord } from "./pending-record.ts";
import { recordFacts } from "./record-envelope.ts";
import { kindsOnRequest, type RecordDefinitions, recordKinds } from "./record-kinds.ts";
import { bodyProblem } from "./record-validation.ts";
import type { BodyOf, RecordContext, RecordDefinition } from "./record.ts";
import { type RingRecorder, createRingRecorder } from "./recorder.ts";
import { type Redactor, createRedactor } from "./redactor.ts";
import { OpenRuns, type RunBoard, runBoard } from "./run-board.ts";
import { type SinkQueue, createSinkQueue } from "./sink-queue.ts";
import type { SinkOptions, TelemetrySink } from "./sink.ts";
import type { Telemetry, TelemetryHealth, TelemetryOptions } from "./telemetry.ts";
import type { NoticeListener, SinkNotice } from "./telemetry-notice.ts";

const closeDeadlineMs = 5000;
const longestTimerMs = 2 ** 31 - 1;
const builtIn: RecordDefinitions = recordKinds;

/** Runs work that waits on timers which do not keep the process alive, and keeps it alive meanwhile. */
async function keepingAlive<T>(work: () => Promise<T>): Promise<T> {
  const timer = setTimeout(() => undefined, longestTimerMs);
  try {
    return await work();
  } finally {
    clearTimeout(timer);
  }
}

/** Counters of one kind, and what it is. */
interface KnownKind {
  readonly definition: RecordDefinition;
  recorded: number;
  invalid: number;
}

function isSameKind(one: RecordDefinition, other: RecordDefinition): boolean {
  if (one === other) return true;
  const { length } = one.columns;
  if (one.version !== other.version || length !== other.columns.length) return false;
  return one.columns.every((column, index) => column === other.columns[index]);
}

class RecordHub implements Telemetry {
  readonly recorder: RingRecorder;
  readonly scope: ExecutionScope = createExecutionScope();
  readonly tracer: OperationTracer;
  readonly [runBoard]: RunBoard;
  readonly #redactor: Redactor;
  readonly #clock: Clock;
  readonly #making: RecordMaking;
  readonly #validate: "drop" | "throw" | "off";
  readonly #include: ReadonlySet<string> | undefined;
  readonly #exclude: ReadonlySet<string>;
  readonly #kinds = new Map<string, KnownKind>();
  readonly #runs = new OpenRuns();
  readonly #notices = new NoticeListeners();
  /** Where nothing holds: sinks are told of outside of the work whose records they take. */
  readonly #outside = this.scope.capture();
  readonly #closing = closeable(() => this.#close());
  /** Sinks that were taken out and are still being closed. */
  readonly #leaving = new Set<Promise<void>>();
  #sinks: readonly SinkQueue[] = [];
  #seq = 0;
  #isClosed = false;

  constructor(options: TelemetryOptions) {
    this.recorder = createRingRecorder(options.recorder);
    this.tracer = options.tracer ?? silentTracer;
    this.#redactor = createRedactor(options.redaction);
    this.#clock = options.clock ?? systemClock();
    const { newId = uuidV7 } = options;
    const idAt = (time: Microseconds): string => uuidV7(Math.max(0, Math.floor(time / 1000)));
    this.#making = { redactor: this.#redactor, newId: options.newId ?? idAt };
    this.#validate = options.validate ?? "drop";
    this.#include = options.include === undefined ? undefined : new Set(options.include);
    this.#exclude = new Set(options.exclude);
    this[runBoard] = {
      clock: this.#clock,
      newId: () => newId(),
      redact: (message) => this.#redactor.message(message),
      open: (runId) => this.#runs.open(runId),
      tell: (notice) => this.#notices.tell(notice),
    };
    for (const entry of options.sinks ?? []) {
      if ("write" in entry) this.addSink(entry);
      else this.addSink(...entry);
    }
  }

  record<D extends RecordDefinition>(definition: D, body: BodyOf<D>, context: RecordContext = {}): void {
    if (!this.wants(definition.kind)) return;
    const kind = this.#kind(definition);
    try {
      if (!isSameKind(kind.definition, definition)) throw duplicateKind(definition.kind);
      const record = this.#make(definition, body, context);
      kind.recorded += 1;
      this.recorder.add(record);
      for (const sink of this.#sinks) sink.push(record);
    } catch (error) {
      kind.invalid += 1;
      this.recorder.countInvalid();
      if (this.#validate === "throw") throw error;
    }
  }

  wants(kind: string): boolean {
    if (this.#isClosed || this.#exclude.has(kind)) return false;
    return (this.#include?.has(kind) ?? !kindsOnRequest.has(kind)) && !this.scope.current().suppressed;
  }

  suppress<T>(fn: () => T): T {
    return this.scope.with({ suppressed: true }, fn);
  }

  onNotice(listener: NoticeListener): Disposable {
    return this.#notices.add(listener);
  }

  addSink(sink: TelemetrySink, options: SinkOptions = {}): Disposable {
    if (this.#isClosed) throw telemetryClosed("addSink");
    const queue = createSinkQueue(sink, options, {
      suppress: (fn) => this.#outside(() => this.suppress(fn)),
      redact: (message) => this.#redactor.message(message),
      tell: (notice) => this.#tellOfSink(notice),
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
    const kinds = [...this.#kinds].map(([kind, { recorded, invalid }]) => [kind, { recorded, invalid }] as const);
    return { kinds: Object.fromEntries(kinds), sinks: this.#sinks.map((sink) => sink.health()) };
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

  /** Later: who is told may record, and a record on its way to the sinks goes first. */
  #tellOfSink(notice: SinkNotice): void {
    queueMicrotask(() => void this.#outside(() => this.#notices.tell(notice)));
  }

  /** The kind as it was first recorded, or as it is built in. */
  #kind(definition: RecordDefinition): KnownKind {
    const { kind } = definition;
    const known = this.#kinds.get(kind);
    if (known !== undefined) return known;
    const original = Object.hasOwn(builtIn, kind) ? builtIn[kind] : undefined;
    const made: KnownKind = { definition: original ?? definition, recorded: 0, invalid: 0 };
    this.#kinds.set(kind, made);
    return made;
  }

  #make(definition: RecordDefinition, given: object, context: RecordContext): PendingRecord {
    const { kind } = definition;
    const body = ownBody(definition, given);
    const problem = this.#validate === "off" ? undefined : bodyProblem(definition, body);
    if (problem !== undefined) throw recordInvalid(kind, problem.path, problem.reason);
    const facts = recordFacts(definition, body, {
      seq: this.#seq + 1,
      time: context.time ?? this.#clock.now(),
      context,
      scope: this.scope.current(),
    });
    const record = pendingRecord(definition, facts, this.#making);
    // What was not validated may have no hash.
    if (this.#validate === "off") record.read();
    this.#seq += 1;
    this.#runs.count(facts);
    return record;
  }
}

/** Makes what {@link Telemetry} describes. */
export function createRecordHub(options: TelemetryOptions): Telemetry {
  return new RecordHub(options);
}
