import { type AbortableOptions, isAbort } from "@deltafuse/config/abort";
import { type ScopeKey, scopeKey } from "@deltafuse/telemetry/execution-scope";
import {
  type StatementFacts,
  collectionOf,
  namespaceOf,
  statementAttributes,
  summaryOf,
  systemName,
} from "@deltafuse/telemetry/operation-attributes";
import {
  type NativeSpan,
  type Operation,
  type OperationAttributes,
  type OperationStart,
  silentTracer,
} from "@deltafuse/telemetry/operation-tracer";
import { type TraceContext, formatTraceparent } from "@deltafuse/telemetry/trace-context";
import type { HookEmitter } from "./emitter.ts";
import { toErrorPayload } from "./error-payload.ts";

/** The statement of an operation. */
export interface StatementTold extends StatementFacts {
  /** The text with every literal as `?`; null when there is none. */
  readonly text: string | null;
}

/** An operation of a package of the engine, as the tracer of its hooks is told of it. */
export interface TracedOperation {
  /** Its place in a trace; undefined when nobody traces it. */
  readonly trace: TraceContext | undefined;
  /** What native calls inside carry: undefined unless the trace is sampled. */
  readonly traceparent: string | undefined;
  /** Whether anybody keeps what it is told; without it, attributes need not be made. */
  readonly recording: boolean;
  /** Adds attributes; later ones win. */
  setAttributes(attributes: OperationAttributes): void;
  /** Tells what it runs. */
  setStatement(statement: StatementTold): void;
  /** Spans that the engine left out of what it told; null where it is not asked for spans. */
  readonly nativeSpansDropped: number | null;
  /** Takes what the engine did inside, told at the end. */
  addNativeSpans(spans: readonly NativeSpan[], dropped: number): void;
  /** Runs a function whose operations, records and native calls belong to this one. */
  within<T>(fn: () => T): T;
  /** Ends it well. Only the first end counts. */
  end(): void;
  /** Ends it with an error, or as cancelled when the error is that of an abort. */
  fail(error: unknown, options?: AbortableOptions): void;
  /** Ends it as cancelled. */
  cancel(): void;
}

const unobserved: TracedOperation = Object.freeze({
  trace: undefined,
  traceparent: undefined,
  recording: false,
  nativeSpansDropped: null,
  setAttributes: () => undefined,
  setStatement: () => undefined,
  addNativeSpans: () => undefined,
  within: <T>(fn: () => T): T => fn(),
  end: () => undefined,
  fail: () => undefined,
  cancel: () => undefined,
});

const operationKey: ScopeKey<TracedOperation> = scopeKey("operation", unobserved);

class Observed implements TracedOperation {
  readonly recording = true;
  readonly #operation: Operation;
  readonly #telemetry: HookEmitter["telemetry"];
  #spans: readonly NativeSpan[] = [];
  #dropped = 0;

  constructor(operation: Operation, telemetry: HookEmitter["telemetry"]) {
    this.#operation = operation;
    this.#telemetry = telemetry;
  }

  get trace(): TraceContext | undefined {
    return this.#operation.trace;
  }

  get traceparent(): string | undefined {
    return this.trace?.sampled === true ? formatTraceparent(this.trace) : undefined;
  }

  get nativeSpansDropped(): number | null {
    return this.trace?.sampled === true ? this.#dropped : null;
  }

  setAttributes(attributes: OperationAttributes): void {
    this.#operation.setAttributes(attributes);
  }

  setStatement(statement: StatementTold): void {
    const { "db.namespace": namespace, ...names } = statementAttributes(statement);
    this.#operation.setAttributes({
      ...names,
      ...(namespace === undefined ? {} : { "db.namespace": namespace }),
      "db.query.summary": summaryOf(statement.summary),
      "db.query.text": statement.text ?? undefined,
    });
  }

  addNativeSpans(spans: readonly NativeSpan[], dropped: number): void {
    // Spans of two calls may have equal ids.
    const prefix = this.#spans.length === 0 ? "" : `${this.#spans.length}.`;
    const unique = spans.map((span) => ({
      ...span,
      id: prefix + span.id,
      parentId: span.parentId === null ? null : prefix + span.parentId,
    }));
    this.#spans = [...this.#spans, ...unique];
    this.#dropped += dropped;
  }

  within<T>(fn: () => T): T {
    const { scope } = this.#telemetry;
    return scope.with({ trace: this.trace }, () => scope.withValue<TracedOperation, T>(operationKey, this, fn));
  }

  end(): void {
    this.#end("ok");
  }

  fail(error: unknown, options: AbortableOptions = {}): void {
    if (isAbort(error, options)) this.#end("cancelled");
    else this.#end("failed", toErrorPayload(error).code);
  }

  cancel(): void {
    this.#end("cancelled");
  }

  #end(status: "ok" | "failed" | "cancelled", error?: string): void {
    this.#operation.end({
      status,
      ...(error === undefined ? {} : { error }),
      nativeSpans: this.#spans,
      nativeSpansDropped: this.#dropped,
    });
  }
}

/** What an operation of the engine begins with. */
export interface TracedStart extends OperationStart {
  /** Catalog and schema in which names are looked up. */
  readonly namespace?: { readonly catalog: string; readonly schema: string };
}

/** Begins an operation below the one around it. With the silent tracer nothing is made. */
export function startOperation({ telemetry }: Pick<HookEmitter, "telemetry">, start: TracedStart): TracedOperation {
  if (telemetry.tracer === silentTracer) return unobserved;
  const { namespace, attributes, ...rest } = start;
  const operation = telemetry.tracer.start({
    parent: telemetry.scope.current().trace,
    ...rest,
    attributes: {
      "db.system.name": systemName,
      "db.namespace": namespaceOf(namespace?.catalog, namespace?.schema),
      ...attributes,
    },
  });
  return operation.recording ? new Observed(operation, telemetry) : unobserved;
}

/**
 * Name and attributes of an operation on a table or on files.
 *
 * @param operation - What is done, for example `MERGE`.
 * @param collection - Name of the table; none for a location without one.
 *
 * @example
 * tableOperation("MERGE", "orders").name; // "MERGE orders"
 */
export function tableOperation(
  operation: string,
  collection?: string | null,
): Pick<OperationStart, "name" | "attributes"> {
  const name = collectionOf(collection);
  return {
    name: name === undefined ? operation : `${operation} ${name}`,
    attributes: { "db.operation.name": operation, "db.collection.name": name },
  };
}

/** The operation around; one that nobody traces when there is none. */
export function currentOperation({ telemetry }: Pick<HookEmitter, "telemetry">): TracedOperation {
  return telemetry.scope.value(operationKey);
}

/** Runs work that is part of no operation, whatever is around. */
export function untraced<T>({ telemetry }: Pick<HookEmitter, "telemetry">, fn: () => T): T {
  return telemetry.scope.withValue(operationKey, unobserved, fn);
}

/**
 * Runs work as an operation: it ends with the work.
 *
 * @example
 * await traced(session.hooks, { name: "WRITE", kind: "write" }, async (operation) => {
 *   operation.setAttributes({ "deltafuse.write.rows": 3 });
 * });
 */
export async function traced<T>(
  hooks: Pick<HookEmitter, "telemetry">,
  { signal, ...start }: TracedStart & { readonly signal?: AbortSignal | undefined },
  work: (operation: TracedOperation) => Promise<T>,
): Promise<T> {
  const operation = startOperation(hooks, start);
  try {
    const result = await operation.within(() => work(operation));
    operation.end();
    return result;
  } catch (error) {
    operation.fail(error, signal === undefined ? {} : { signal });
    throw error;
  }
}
