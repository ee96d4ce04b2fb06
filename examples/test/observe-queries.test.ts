import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseProfile } from "@deltafuse/config/profile";
import { delta } from "@deltafuse/delta/extension";
import { writeTable } from "@deltafuse/delta/write";
import { createHooks } from "@deltafuse/hooks/hooks";
import { withLabel } from "@deltafuse/hooks/label";
import { openSession, type Session } from "@deltafuse/session-core/session";
import { openTelemetry } from "@deltafuse/telemetry/open-telemetry";
import { openTelemetryLogs } from "@deltafuse/telemetry/open-telemetry-logs";
import { withRun } from "@deltafuse/telemetry/run";
import { createTelemetry } from "@deltafuse/telemetry/telemetry";
import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from "@opentelemetry/sdk-logs";
import {
  AggregationTemporality,
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
import { afterAll, beforeAll, expect, it } from "vitest";
import { runProgram } from "./program.ts";

let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "deltafuse-observe-"));
});

afterAll(() => rm(folder, { recursive: true }));

/** The lines of a text that are also in another one, in its order. */
function kept(lines: readonly string[], wanted: readonly string[]): string[] {
  return lines.filter((line) => wanted.includes(line));
}

it("the example shows spans, metrics and logs", async () => {
  const shown = await readFile(new URL("../observe-queries/output.txt", import.meta.url), "utf8");
  const { code, stdout, stderr } = await runProgram("observe-queries/main.ts", { cwd: folder });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const lines = shown.split("\n");
  // Below the spans of operations stand those of the engine.
  expect(kept(stdout.split("\n"), lines)).toEqual(lines);
});

interface Observed {
  readonly spans: readonly ReadableSpan[];
  /** Everything that was exported, as text. */
  readonly text: string;
}

/** Runs work with the whole bridge to OpenTelemetry. */
async function observed(work: (session: Session) => Promise<void>, sampler: object = {}): Promise<Observed> {
  const spans = new InMemorySpanExporter();
  const metrics = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const logs = new InMemoryLogRecordExporter();
  const reader = new PeriodicExportingMetricReader({ exporter: metrics, exportIntervalMillis: 3_600_000 });
  const tracerProvider = new BasicTracerProvider({ ...sampler, spanProcessors: [new SimpleSpanProcessor(spans)] });
  const meterProvider = new MeterProvider({ readers: [reader] });
  const loggerProvider = new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter: logs })] });
  const bridge = openTelemetry({ tracer: tracerProvider.getTracer("test"), meter: meterProvider.getMeter("test") });
  const sinks = [bridge.sink, openTelemetryLogs({ logger: loggerProvider.getLogger("test") })];
  const telemetry = createTelemetry({ tracer: bridge.tracer, sinks, validate: "throw" });
  const hooks = createHooks({ telemetry });
  await withRun(telemetry, { label: "test" }, async () => {
    await using session = await openSession(parseProfile({ preset: "test" }), { hooks, extensions: [delta()] });
    await work(session);
  });
  await telemetry.close();
  await reader.forceFlush();
  const finished = spans.getFinishedSpans();
  const told = finished.map(({ name, attributes, events, status }) => ({ name, attributes, events, status }));
  const measured = metrics.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics));
  const logged = logs.getFinishedLogRecords().map(({ body, attributes }) => ({ body, attributes }));
  await reader.shutdown();
  return { spans: finished, text: JSON.stringify([told, measured, logged]) };
}

it("shows the work of the engine inside its query, and of a query inside its write", async () => {
  const { spans } = await observed(async (session) => {
    const target = { location: join(folder, "inside") };
    await writeTable(session, target, { source: { sql: "SELECT 1 AS id" } });
    await session.sql("SELECT 1").rows();
  });
  const byId = new Map(spans.map((span) => [span.spanContext().spanId, span]));
  const pathOf = (span: ReadableSpan): string => {
    const parent = byId.get(span.parentSpanContext?.spanId ?? "");
    return parent === undefined ? span.name : `${pathOf(parent)} > ${span.name}`;
  };
  expect(new Set(spans.map((span) => span.spanContext().traceId)).size).toBe(1);
  const paths = spans.map(pathOf);
  expect(paths).toEqual(
    expect.arrayContaining(["run test", "run test > session open", "run test > WRITE", "run test > SELECT"]),
  );
  // What the engine tells of its work: once, with its times.
  const query = paths.filter((path) => path.startsWith("run test > SELECT > "));
  expect(query.slice(0, 5).toSorted()).toEqual(
    ["analyze", "execute", "optimize", "parse", "physical"].map((name) => `run test > SELECT > ${name}`).toSorted(),
  );
  expect(paths.filter((path) => path === "run test > WRITE > commit")).toHaveLength(1);
  for (const span of spans) {
    const parent = byId.get(span.parentSpanContext?.spanId ?? "");
    if (parent !== undefined) expect(parent.startTime[0]).toBeLessThanOrEqual(span.startTime[0]);
  }
});

it("shows no secret that is in statements, labels, tags, metadata or locations", async () => {
  const secret = "hunter2hunter2";
  const { text } = await observed(async (session) => {
    const target = { location: join(folder, "secrets") };
    const label = { name: "job", tags: { password: secret } };
    await withLabel(session.hooks, label, async () => {
      await writeTable(session, target, {
        source: { sql: `SELECT '${secret}' AS name` },
        metadata: { token: secret },
      });
      await session.sql(`SELECT '${secret}' AS a -- ${secret}`).rows();
      for (const sql of [
        `SELECT CAST('${secret}' AS INT)`,
        `SELECT '${secret}' FROM nowhere`,
        `SELEC '${secret}'`,
        `SELECT * FROM 's3://key:${secret}@bucket/t.parquet?sig=${secret}'`,
      ]) {
        await session
          .sql(sql)
          .rows()
          .catch(() => undefined);
      }
    });
  });
  expect(text).toContain("SQL.PARSE_ERROR");
  expect(text).toContain("ENGINE.CAST_FAILED");
  expect(text).not.toContain(secret);
});

it("shows nothing of a trace that is not sampled", async () => {
  const { spans } = await observed(
    async (session) => {
      await session.sql("SELECT 1").rows();
    },
    { sampler: new AlwaysOffSampler() },
  );
  expect(spans).toEqual([]);
});
