import {
  AggregationTemporality,
  DataPointType,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { toQueryId } from "@deltafuse/config/brand";
import { describe, expect, it } from "vitest";
import { openTelemetry, type OpenTelemetryOptions } from "../src/open-telemetry.ts";
import {
  deltaMutationRecord,
  executionRecord,
  findingRecord,
  planRecord,
  cacheRecord,
  runRecord,
  runtimeRecord,
  sessionRecord,
  writeRecord,
} from "../src/record-kinds.ts";
import { createTelemetry } from "../src/telemetry.ts";
import { fullBodies } from "./sample-bodies.ts";

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

  it("shows the memory of sessions whose metrics were read; a cache that was looked at did nothing", async () => {
    const { telemetry, metrics } = metricTest();
    const unlimited = { memoryReservedBytes: 5, memoryLimitKind: "infinite", activeQueries: 0 };
    telemetry.record(runtimeRecord, fullBodies.runtime);
    telemetry.record(runtimeRecord, unlimited);
    telemetry.record(cacheRecord, { ...fullBodies.cache, operation: "snapshot", result: "sampled" });
    const found = await metrics();
    expect(found.map(({ dataPointType }) => dataPointType)).toEqual([DataPointType.GAUGE, DataPointType.GAUGE]);
    expect(found.map(({ descriptor, dataPoints }) => [descriptor.name, dataPoints[0]?.value])).toEqual([
      ["deltafuse.memory.reserved", 5],
      ["deltafuse.memory.limit", 2],
    ]);
  });

  it("counts what sinks have lost, told as totals", async () => {
    const { telemetry, metrics } = metricTest();
    for (const [subject, dropped, lost] of [
      ["files", 3, 0],
      ["files", 3, 2],
      ["files", 5, 2],
      ["logs", 0, 1],
    ] as const) {
      const message = "The sink is dropping.";
      const detailsJson = JSON.stringify({ dropped, lost });
      telemetry.record(findingRecord, {
        severity: "warning",
        category: "telemetry",
        code: "SINK_DROPPING",
        message,
        subject,
        count: dropped + lost,
        detailsJson,
      });
    }
    const [dropped, ...more] = await metrics();
    expect(more).toEqual([]);
    expect(dropped?.dataPoints.map(({ attributes, value }) => ({ attributes, value }))).toEqual([
      { attributes: { "deltafuse.sink": "files", "deltafuse.reason": "queue_full" }, value: 5 },
      { attributes: { "deltafuse.sink": "files", "deltafuse.reason": "write_failed" }, value: 2 },
      { attributes: { "deltafuse.sink": "logs", "deltafuse.reason": "write_failed" }, value: 1 },
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
