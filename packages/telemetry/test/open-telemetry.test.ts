import { SpanKind, SpanStatusCode, context, trace } from "@opentelemetry/api";
import {
  AlwaysOffSampler,
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { describe, expect, it } from "vitest";
import { openTelemetry, type OpenTelemetryOptions } from "../src/open-telemetry.ts";
import { type NativeSpan, silentTracer } from "../src/operation-tracer.ts";

function spanTest(options: OpenTelemetryOptions = {}, sampler = {}) {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ ...sampler, spanProcessors: [new SimpleSpanProcessor(exporter)] });
  const bridge = openTelemetry({ tracer: provider.getTracer("test"), ...options });
  return { tracer: bridge.tracer, spans: () => exporter.getFinishedSpans() };
}

function nativeSpan(id: string, parentId: string | null, [start, end]: readonly [number, number]): NativeSpan {
  const unixNs = (ms: number): string => `${1_767_322_984_000 + ms}000123`;
  return { id, parentId, name: id, startUnixNs: unixNs(start), endUnixNs: unixNs(end), attributes: { "plan.rows": 1 } };
}

function timesOf(span: ReadableSpan | undefined) {
  return [span?.startTime, span?.endTime];
}

describe("spans", () => {
  it("names a query by its summary, and tells what the operation tells", () => {
    const { tracer, spans } = spanTest();
    const operation = tracer.start({
      name: "datafusion",
      kind: "query",
      attributes: { "db.system.name": "datafusion", "db.namespace": "main|public", "db.query.text": undefined },
    });
    operation.setAttributes({
      "db.query.summary": "SELECT orders",
      "db.query.text": "SELECT * FROM orders WHERE id = ?",
      "db.operation.name": "SELECT",
    });
    operation.addEvent("retry", { attempt: 2 });
    operation.end({ status: "ok" });
    const [span] = spans();
    expect(span).toMatchObject({
      name: "SELECT orders",
      kind: SpanKind.INTERNAL,
      status: { code: SpanStatusCode.UNSET },
    });
    expect(span?.attributes).toEqual({
      "db.system.name": "datafusion",
      "db.namespace": "main|public",
      "db.query.summary": "SELECT orders",
      "db.query.text": "SELECT * FROM orders WHERE id = ?",
      "db.operation.name": "SELECT",
    });
    expect(span?.events.map(({ name, attributes }) => ({ name, attributes }))).toEqual([
      { name: "retry", attributes: { attempt: 2 } },
    ]);
  });

  it("names a query without a summary by what it does to what", () => {
    const { tracer, spans } = spanTest();
    const operation = tracer.start({ name: "datafusion", kind: "query" });
    operation.setAttributes({ "db.operation.name": "SELECT", "db.collection.name": "orders" });
    operation.end({ status: "ok" });
    tracer.start({ name: "datafusion", kind: "query" }).end({ status: "ok" });
    expect(spans().map(({ name }) => name)).toEqual(["SELECT orders", "datafusion"]);
  });

  it("leaves out texts when they are not captured, and secrets always", () => {
    const { tracer, spans } = spanTest({ captureText: false });
    const operation = tracer.start({
      name: "datafusion",
      kind: "query",
      attributes: { "db.query.text": "SELECT 1", "db.query.summary": "SELECT s3://key:pa55@bucket/t?sig=abc" },
    });
    operation.setAttributes({ "db.query.text": "SELECT 1" });
    operation.end({ status: "ok" });
    expect(spans()[0]?.attributes).toEqual({ "db.query.summary": "SELECT s3://bucket/t?sig=[redacted]" });
  });

  it("shows failures as errors by their code, aborts as no errors", () => {
    const { tracer, spans } = spanTest();
    tracer.start({ name: "MERGE", kind: "delta" }).end({ status: "failed", error: "DELTA.CONCURRENT_APPEND" });
    tracer.start({ name: "MERGE", kind: "delta" }).end({ status: "cancelled" });
    expect(spans().map(({ status, attributes }) => ({ status, attributes }))).toEqual([
      {
        status: { code: SpanStatusCode.ERROR, message: "DELTA.CONCURRENT_APPEND" },
        attributes: {
          "error.type": "DELTA.CONCURRENT_APPEND",
          "db.response.status_code": "DELTA.CONCURRENT_APPEND",
        },
      },
      { status: { code: SpanStatusCode.UNSET }, attributes: { "error.type": "cancelled" } },
    ]);
  });

  it("ends an operation once", () => {
    const { tracer, spans } = spanTest();
    const operation = tracer.start({ name: "WRITE", kind: "write" });
    operation.end({ status: "ok" });
    operation.end({ status: "failed", error: "IO.WRITE_OPTION" });
    expect(spans().map(({ status }) => status)).toEqual([{ code: SpanStatusCode.UNSET }]);
  });

  it("stands below the given parent, with its trace state", () => {
    const { tracer, spans } = spanTest();
    const parent = {
      traceId: "0af7651916cd43dd8448eb211c80319c",
      spanId: "b7ad6b7169203331",
      sampled: true,
      tracestate: "vendor=1",
    };
    const operation = tracer.start({ name: "run nightly", kind: "run", parent });
    const inner = tracer.start({ name: "WRITE", kind: "write", parent: operation.trace });
    inner.end({ status: "ok" });
    operation.end({ status: "ok" });
    const [child, run] = spans();
    expect(operation.trace).toEqual({ ...parent, spanId: run?.spanContext().spanId });
    expect(run?.parentSpanContext).toMatchObject({ traceId: parent.traceId, spanId: parent.spanId });
    expect(child?.parentSpanContext?.spanId).toBe(run?.spanContext().spanId);
  });

  it("keeps nobody's time when the SDK does not sample", () => {
    const { tracer, spans } = spanTest({}, { sampler: new AlwaysOffSampler() });
    const operation = tracer.start({ name: "datafusion", kind: "query" });
    expect(operation.trace?.sampled).toBe(false);
    operation.end({ status: "ok", nativeSpans: [nativeSpan("plan", null, [0, 1])] });
    expect(spans()).toEqual([]);
  });

  it("is silent without an SDK", () => {
    const operation = openTelemetry().tracer.start({ name: "datafusion", kind: "query" });
    expect(operation).toBe(silentTracer.start({ name: "datafusion", kind: "query" }));
    expect({ trace: operation.trace, recording: operation.recording }).toEqual({ trace: undefined, recording: false });
  });
});

describe("native spans", () => {
  it("are replayed below the operation with their times, parents first", () => {
    const { tracer, spans } = spanTest();
    const operation = tracer.start({ name: "datafusion", kind: "query" });
    const failed = { ...nativeSpan("scan", "execute", [4, 6]), error: "STORE.NOT_FOUND" };
    operation.end({
      status: "ok",
      // The engine tells a span when it has ended: children before their parents.
      nativeSpans: [
        failed,
        nativeSpan("plan", null, [0, 2]),
        nativeSpan("execute", null, [3, 8]),
        nativeSpan("sort", "gone", [5, 6]),
      ],
      nativeSpansDropped: 7,
    });
    const byName = new Map(spans().map((span) => [span.name, span]));
    const root = byName.get("datafusion");
    const parents = Object.fromEntries([...byName].map(([name, span]) => [name, span.parentSpanContext?.spanId]));
    const id = (name: string) => byName.get(name)?.spanContext().spanId;
    expect(parents).toEqual({
      datafusion: undefined,
      plan: id("datafusion"),
      execute: id("datafusion"),
      scan: id("execute"),
      sort: id("datafusion"),
    });
    expect(new Set(spans().map((span) => span.spanContext().traceId))).toEqual(new Set([root?.spanContext().traceId]));
    expect(timesOf(byName.get("scan"))).toEqual([
      [1_767_322_984, 4_000_123],
      [1_767_322_984, 6_000_123],
    ]);
    expect(byName.get("scan")).toMatchObject({
      kind: SpanKind.INTERNAL,
      attributes: { "plan.rows": 1, "error.type": "STORE.NOT_FOUND" },
      status: { code: SpanStatusCode.ERROR, message: "STORE.NOT_FOUND" },
    });
    expect(root?.attributes).toEqual({ "deltafuse.native_spans.dropped": 7 });
  });
});

it("stands below the span that the application has made active", () => {
  const { tracer, spans } = spanTest();
  const around = trace.setSpanContext(context.active(), {
    traceId: "0af7651916cd43dd8448eb211c80319c",
    spanId: "b7ad6b7169203331",
    traceFlags: 1,
  });
  context.setGlobalContextManager({
    active: () => around,
    with: (_context, fn, thisArg, ...args) => fn.call(thisArg, ...args),
    bind: (_context, target) => target,
    enable() {
      return this;
    },
    disable() {
      return this;
    },
  });
  try {
    tracer.start({ name: "datafusion", kind: "query" }).end({ status: "ok" });
  } finally {
    context.disable();
  }
  expect(spans()[0]?.parentSpanContext).toMatchObject({ spanId: "b7ad6b7169203331" });
});
