import type { Attributes, Context, HrTime, Span, Tracer } from "@opentelemetry/api";
import type { OpenTelemetryApi } from "./open-telemetry-api.ts";
import {
  type NativeSpan,
  type Operation,
  type OperationAttributes,
  type OperationEnd,
  type OperationStart,
  type OperationTracer,
  silentTracer,
} from "./operation-tracer.ts";
import { createRedactor } from "./redactor.ts";
import type { TraceContext } from "./trace-context.ts";

/** What the spans are made with. */
export interface SpanParts {
  readonly api: OpenTelemetryApi;
  readonly tracer: Tracer;
  /** Whether `db.query.text` is told. */
  readonly captureText: boolean;
}

const redactor = createRedactor();
const nanosecondsPerSecond = 1_000_000_000n;

function cleaned(attributes: OperationAttributes | undefined, captureText: boolean): Attributes {
  const entries = Object.entries(attributes ?? {}).filter(
    ([name, value]) => value !== undefined && (captureText || name !== "db.query.text"),
  );
  return Object.fromEntries(
    entries.map(([name, value]) => [name, typeof value === "string" ? redactor.text(value) : value]),
  );
}

/** The name of a query: its summary, else what it does to what. */
function queryName(attributes: OperationAttributes): string | undefined {
  const { "db.query.summary": summary, "db.operation.name": operation, "db.collection.name": collection } = attributes;
  if (typeof summary === "string" && summary !== "") return redactor.text(summary);
  return operation === undefined || collection === undefined ? undefined : `${operation} ${collection}`;
}

/** Nanoseconds in decimal as the pair that the API takes. */
function hrTime(unixNs: string): HrTime {
  const ns = BigInt(unixNs);
  return [Number(ns / nanosecondsPerSecond), Number(ns % nanosecondsPerSecond)];
}

class SpanOperation implements Operation {
  readonly recording = true;
  readonly trace: TraceContext;
  readonly #parts: SpanParts;
  readonly #span: Span;
  readonly #context: Context;
  readonly #isQuery: boolean;
  readonly #ofDatabase: boolean;
  #ended = false;

  constructor(parts: SpanParts, { kind }: OperationStart, opened: { readonly span: Span; readonly context: Context }) {
    this.#parts = parts;
    this.#isQuery = kind === "query";
    this.#ofDatabase = kind === "query" || kind === "write" || kind === "delta";
    this.#span = opened.span;
    this.#context = opened.context;
    const { traceId, spanId, traceFlags, traceState } = opened.span.spanContext();
    const sampled = (traceFlags & parts.api.TraceFlags.SAMPLED) !== 0;
    this.trace = Object.freeze({
      traceId,
      spanId,
      sampled,
      ...(traceState === undefined ? {} : { tracestate: traceState.serialize() }),
    });
  }

  setAttributes(attributes: OperationAttributes): void {
    this.#span.setAttributes(cleaned(attributes, this.#parts.captureText));
    const name = this.#isQuery ? queryName(attributes) : undefined;
    if (name !== undefined) this.#span.updateName(name);
  }

  addEvent(name: string, attributes?: OperationAttributes): void {
    this.#span.addEvent(name, cleaned(attributes, this.#parts.captureText));
  }

  end({ status, error, nativeSpans = [], nativeSpansDropped = 0 }: OperationEnd): void {
    if (this.#ended) return;
    this.#ended = true;
    const { SpanStatusCode } = this.#parts.api;
    if (status === "cancelled") this.#span.setAttribute("error.type", "cancelled");
    if (status === "failed") {
      const code = error ?? "_OTHER";
      this.#span.setAttributes({
        "error.type": code,
        ...(this.#ofDatabase ? { "db.response.status_code": code } : {}),
      });
      this.#span.setStatus({ code: SpanStatusCode.ERROR, message: code });
    }
    if (nativeSpansDropped > 0) this.#span.setAttribute("deltafuse.native_spans.dropped", nativeSpansDropped);
    if (this.trace.sampled) this.#replay(nativeSpans);
    this.#span.end();
  }

  /** Parents first; a span whose parent was not told stands below the operation. */
  #replay(nativeSpans: readonly NativeSpan[]): void {
    const told = new Set(nativeSpans.map(({ id }) => id));
    const inside = new Map<string | null, NativeSpan[]>();
    for (const native of nativeSpans) {
      const { parentId } = native;
      const parent = parentId !== null && told.has(parentId) ? parentId : null;
      const siblings = inside.get(parent);
      if (siblings === undefined) inside.set(parent, [native]);
      else siblings.push(native);
    }
    const waiting = [{ around: this.#context, spans: inside.get(null) ?? [] }];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      for (const native of next.spans) {
        waiting.push({ around: this.#replayOne(native, next.around), spans: inside.get(native.id) ?? [] });
      }
    }
  }

  #replayOne(native: NativeSpan, around: Context): Context {
    const { api, tracer, captureText } = this.#parts;
    const start = {
      kind: api.SpanKind.INTERNAL,
      startTime: hrTime(native.startUnixNs),
      attributes: cleaned(native.attributes, captureText),
    };
    const span = tracer.startSpan(native.name, start, around);
    if (native.error !== undefined) {
      span.setAttribute("error.type", native.error);
      span.setStatus({ code: api.SpanStatusCode.ERROR, message: native.error });
    }
    span.end(hrTime(native.endUnixNs));
    return api.trace.setSpan(around, span);
  }
}

/** Where the span stands: in the operation that is given, else in the span that is active around the call. */
function contextAround({ api }: SpanParts, parent: TraceContext | undefined): Context {
  if (parent === undefined) return api.context.active();
  const { traceId, spanId, sampled, tracestate } = parent;
  const traceFlags = sampled ? api.TraceFlags.SAMPLED : api.TraceFlags.NONE;
  return api.trace.setSpanContext(api.context.active(), {
    traceId,
    spanId,
    traceFlags,
    ...(tracestate === undefined ? {} : { traceState: api.createTraceState(tracestate) }),
  });
}

/** A tracer that makes spans of operations. */
export function spanTracer(parts: SpanParts): OperationTracer {
  return {
    start(start) {
      const { api, tracer, captureText } = parts;
      const around = contextAround(parts, start.parent);
      const attributes = cleaned(start.attributes, captureText);
      const span = tracer.startSpan(redactor.text(start.name), { kind: api.SpanKind.INTERNAL, attributes }, around);
      // Without an SDK spans have no ids.
      if (!api.isSpanContextValid(span.spanContext())) return silentTracer.start(start);
      return new SpanOperation(parts, start, { span, context: api.trace.setSpan(around, span) });
    },
  };
}
