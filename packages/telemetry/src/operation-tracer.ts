import type { TraceContext } from "./trace-context.ts";

/** What an operation is: a query, a write of files, an operation on a Delta table, a run, or the opening of a session. */
export type OperationKind = "query" | "write" | "delta" | "run" | "session";

/** Facts about an operation, by the names of OpenTelemetry; members that are undefined are left out. */
export interface OperationAttributes {
  readonly [name: string]: string | number | boolean | undefined;
}

/** What is known when an operation begins. */
export interface OperationStart {
  /** Few different ones: no ids, no paths, no values. */
  readonly name: string;
  readonly kind: OperationKind;
  readonly attributes?: OperationAttributes;
  /** The operation around this one. Default: what the tracer finds around the call. */
  readonly parent?: TraceContext | undefined;
}

/** Work inside the engine, measured there and told when it is over. */
export interface NativeSpan {
  /** Unique among the spans that are told together. */
  readonly id: string;
  /** Id of the span around it; null below the operation itself. */
  readonly parentId: string | null;
  readonly name: string;
  /** Nanoseconds since the Unix epoch, in decimal. */
  readonly startUnixNs: string;
  /** Nanoseconds since the Unix epoch, in decimal. */
  readonly endUnixNs: string;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  /** Code of the error that ended it. */
  readonly error?: string;
}

/** How an operation ended. */
export interface OperationEnd {
  readonly status: "ok" | "failed" | "cancelled";
  /** Code of the error of a failure. */
  readonly error?: string;
  /** What the engine did, to be shown inside the operation. */
  readonly nativeSpans?: readonly NativeSpan[];
  /** Spans of the engine beyond those that are told. */
  readonly nativeSpansDropped?: number;
}

/** Work that is being done. */
export interface Operation {
  /** Its place in a trace; undefined when nobody traces it. */
  readonly trace: TraceContext | undefined;
  /** Whether anybody keeps what it is told; without it, attributes need not be made. */
  readonly recording: boolean;
  /** Adds attributes; later ones win. A query whose `db.query.summary` becomes known is named by it. */
  setAttributes(attributes: OperationAttributes): void;
  /** Notes that something happened now. */
  addEvent(name: string, attributes?: OperationAttributes): void;
  /** Ends it. Only the first call counts. */
  end(end: OperationEnd): void;
}

/** Who is told of operations, as they begin and end: the bridge to a tracing system. Its functions never throw. */
export interface OperationTracer {
  /**
   * Begins an operation.
   *
   * @example
   * const operation = tracer.start({ name: "MERGE orders", kind: "delta" });
   * operation.end({ status: "ok" });
   */
  start(start: OperationStart): Operation;
}

const silentOperation: Operation = Object.freeze({
  trace: undefined,
  recording: false,
  setAttributes: () => undefined,
  addEvent: () => undefined,
  end: () => undefined,
});

/** Tells nobody, makes no ids and costs nothing. */
export const silentTracer: OperationTracer = Object.freeze({ start: () => silentOperation });
