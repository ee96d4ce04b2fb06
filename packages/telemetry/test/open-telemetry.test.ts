import { SpanKind, SpanStatusCode, context, trace } from "@opentelemetry/api";
import {
  AggregationTemporality,
  DataPointType,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import {
  AlwaysOffSampler,
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { toQueryId } from "@deltafuse/config/brand";
import { describe, expect, it } from "vitest";
import { openTelemetry, type OpenTelemetryOptions } from "../src/open-telemetry.ts";
import { type NativeSpan, silentTracer } from "../src/operation-tracer.ts";
import {
  deltaMutationRecord,
  executionRecord,
  findingRecord,
  planRecord,
  runRecord,
  sessionRecord,
  writeRecord,
} from "../src/record-kinds.ts";
import { createTelemetry } from "../src/telemetry.ts";
import { fullBodies } from "./sample-bodies.ts";

function spanTest(options: OpenTelemetryOptions = {}, sampler = {}) {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ ...sampler, spanProcessors: [new SimpleSpanProcessor(exporter)] });
  const bridge = openTelemetry({ tracer: provider.getTracer("test"), ...options });
  return { tracer: bridge.tracer, spans: () => exporter.getFinishedSpans() };
}

function metricTest(options: OpenTelemetryOptions = {}) {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const provider = new MeterProvider({ readers: [reader] });
  const bridge = openTelemetry({ meter: provider.getMeter("test"), ...options });
  const telemetry = createTelemetry({ sinks: [bridge.sink], validate: "throw" });
  const metrics = async () => {
    await telemetry.flush();
    await reader.forceFlush();
    const scopes = exporter.getMetrics().at(-1)?.scopeMetrics ?? [];
    await provider.shutdown();
    return scopes.flatMap((scope) => scope.metrics);
  };
  return { telemetry, metrics };
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

describe("metrics", () => {
  const queryId = toQueryId("q-1");

  it("measures queries under the names of their plan", async () => {
    const { telemetry, metrics } = metricTest();
    telemetry.record(
      planRecord,
      {
        ...fullBodies.plan,
        summary: "SELECT orders",
        tables: [{ catalog: "main", schema: "sales", name: "orders" }],
        errorCode: null,
        errorMessage: null,
      },
      { queryId },
    );
    const execution = {
      ...fullBodies.execution,
      status: "ok",
      durationUs: 20_000,
      rows: 3,
      errorCode: null,
      errorMessage: null,
    };
    telemetry.record(executionRecord, execution, { queryId });
    const found = await metrics();
    const duration = found.find(({ descriptor }) => descriptor.name === "db.client.operation.duration");
    expect(duration?.descriptor).toMatchObject({
      unit: "s",
      advice: { explicitBucketBoundaries: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10] },
    });
    expect(duration?.dataPointType).toBe(DataPointType.HISTOGRAM);
    expect(duration?.dataPoints[0]).toMatchObject({
      attributes: {
        "db.system.name": "datafusion",
        "db.operation.name": "SELECT",
        "db.collection.name": "orders",
        "db.namespace": "main|sales",
      },
      value: { count: 1, sum: 0.02, buckets: { boundaries: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10] } },
    });
    const rows = found.find(({ descriptor }) => descriptor.name === "db.client.response.returned_rows");
    expect(rows?.dataPoints[0]).toMatchObject({ value: { count: 1, sum: 3 } });
    const planning = found.find(({ descriptor }) => descriptor.name === "deltafuse.plan.duration");
    expect(planning?.dataPoints.map(({ attributes }) => attributes)).toEqual(
      ["parse", "analyze", "optimize", "physical"].map((phase) => ({ "deltafuse.phase": phase })),
    );
    expect(planning?.dataPoints[0]).toMatchObject({
      value: { buckets: { boundaries: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 20] } },
    });
  });

  it("measures writes, changes of tables and failures", async () => {
    const { telemetry, metrics } = metricTest();
    const whole = { errorCode: null, errorMessage: null };
    telemetry.record(writeRecord, {
      ...fullBodies.write,
      ...whole,
      format: "parquet",
      mode: "overwrite",
      status: "committed",
      rows: 5,
      bytes: 70,
    });
    telemetry.record(deltaMutationRecord, {
      ...fullBodies["delta.mutation"],
      operation: "MERGE",
      dataset: "orders",
      status: "failed",
      conflicts: ["DELTA.CONCURRENT_APPEND"],
      errorCode: "DELTA.CONCURRENT_APPEND",
      errorMessage: "lost",
    });
    telemetry.record(executionRecord, { ...fullBodies.execution, ...whole, status: "cancelled" });
    telemetry.record(findingRecord, { severity: "warning", category: "sql", code: "SQL.PARSE_ERROR", message: "no" });
    const found = await metrics();
    const points = (name: string) =>
      found
        .filter(({ descriptor }) => descriptor.name === name)
        .flatMap(({ dataPoints }) => dataPoints.map(({ attributes, value }) => ({ attributes, value })));
    const about = { "deltafuse.format": "parquet", "deltafuse.mode": "overwrite", "deltafuse.status": "committed" };
    expect(points("deltafuse.write.rows")).toEqual([{ attributes: about, value: 5 }]);
    expect(points("deltafuse.write.bytes")).toEqual([{ attributes: about, value: 70 }]);
    const merge = { "deltafuse.operation": "MERGE", "deltafuse.status": "failed" };
    expect(points("deltafuse.delta.commits")).toEqual([{ attributes: merge, value: 1 }]);
    expect(points("deltafuse.delta.conflicts")).toEqual([{ attributes: merge, value: 1 }]);
    expect(points("deltafuse.errors")).toEqual([
      { attributes: { "error.type": "DELTA.CONCURRENT_APPEND", "deltafuse.operation": "delta.mutation" }, value: 1 },
      { attributes: { "error.type": "SQL.PARSE_ERROR", "deltafuse.operation": "finding" }, value: 1 },
    ]);
    expect(points("db.client.operation.duration").map(({ attributes }) => attributes)).toEqual([
      {
        "db.system.name": "datafusion",
        "db.operation.name": "MERGE",
        "db.collection.name": "orders",
        "error.type": "DELTA.CONCURRENT_APPEND",
      },
      { "db.system.name": "datafusion", "error.type": "cancelled" },
    ]);
  });

  it("carries labels only when they are listed, and no ids, paths or texts", async () => {
    const { telemetry, metrics } = metricTest({ metricLabels: ["nightly"] });
    for (const label of ["nightly", "other"]) {
      telemetry.record(
        planRecord,
        { ...fullBodies.plan, tables: [{ name: "/data/private.parquet" }] },
        { queryId, label },
      );
      telemetry.record(executionRecord, fullBodies.execution, { queryId, label });
      telemetry.record(writeRecord, fullBodies.write, { queryId, label });
      telemetry.record(deltaMutationRecord, fullBodies["delta.mutation"], { queryId, label });
      telemetry.record(sessionRecord, fullBodies.session, { label });
      telemetry.record(runRecord, fullBodies.run, { label });
    }
    const attributes = (await metrics()).flatMap(({ dataPoints }) => dataPoints.map((point) => point.attributes));
    const allowed = new Set([
      "db.system.name",
      "db.operation.name",
      "db.collection.name",
      "db.namespace",
      "error.type",
      "deltafuse.phase",
      "deltafuse.format",
      "deltafuse.mode",
      "deltafuse.status",
      "deltafuse.operation",
      "deltafuse.label",
    ]);
    expect(attributes.flatMap((one) => Object.keys(one)).filter((name) => !allowed.has(name))).toEqual([]);
    expect(new Set(attributes.map((one) => one["deltafuse.label"]))).toEqual(new Set(["nightly", undefined]));
    expect(JSON.stringify(attributes)).not.toMatch(/private|q-1|other/);
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
