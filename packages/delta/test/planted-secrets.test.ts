import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from "@opentelemetry/sdk-logs";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { isDeltaFuseError } from "@deltafuse/config/errors";
import { parseProfile } from "@deltafuse/config/profile";
import { createHooks } from "@deltafuse/hooks/hooks";
import { openSession } from "@deltafuse/session-core/session";
import { encodeArrow } from "@deltafuse/telemetry/arrow";
import { jsonLinesSink } from "@deltafuse/telemetry/json-lines-sink";
import { encodeMessagePack } from "@deltafuse/telemetry/message-pack";
import { openTelemetry } from "@deltafuse/telemetry/open-telemetry";
import { openTelemetryLogs } from "@deltafuse/telemetry/open-telemetry-logs";
import { recordKinds } from "@deltafuse/telemetry/record-kinds";
import { createTelemetry } from "@deltafuse/telemetry/telemetry";
import { functions } from "@deltafuse/udf/extension";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { delta } from "../src/extension.ts";
import { plantedInputs } from "./planted-inputs.ts";

const errorTexts = "texts and details of errors";
const root = mkdtempSync(join(tmpdir(), "deltafuse-"));
const file = join(root, "records.jsonl");
const secretOf = (at: number): string => `hunter${at}planted`;
const secrets = plantedInputs.map((input, at) => ({ ...input, secret: secretOf(at) }));

const spans = new InMemorySpanExporter();
const metrics = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
const logs = new InMemoryLogRecordExporter();
const reader = new PeriodicExportingMetricReader({ exporter: metrics, exportIntervalMillis: 3_600_000 });
const bridge = openTelemetry({
  tracer: new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }).getTracer("test"),
  meter: new MeterProvider({ readers: [reader] }).getMeter("test"),
});
const logger = new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter: logs })] }).getLogger("test");
const telemetry = createTelemetry({
  include: Object.keys(recordKinds),
  tracer: bridge.tracer,
  sinks: [jsonLinesSink({ path: file }), bridge.sink, openTelemetryLogs({ logger })],
});
const hooks = createHooks({ telemetry });

/** Errors of the product with those below them, where they are its own too. */
const errors: string[] = [];
const identities: unknown[] = [];
const texts: Record<string, string> = {};

function note(error: unknown): void {
  if (error instanceof AggregateError) error.errors.forEach(note);
  if (!isDeltaFuseError(error)) return;
  errors.push(`${error.message} ${JSON.stringify(error.details)}`);
  note(error.cause);
}

function shown(value: unknown): string {
  return inspect(value, { depth: 12, maxArrayLength: null, maxStringLength: null });
}

async function plantAll(): Promise<void> {
  const profile = parseProfile({ preset: "test", sql: { policy: "admin" } });
  const session = await openSession(profile, { hooks, extensions: [functions({ define: [] }), delta()] });
  const ground = { session, hooks, profile, path: (name: string) => join(root, name) };
  for (const [at, { plant }] of plantedInputs.entries()) {
    try {
      await plant(ground, secretOf(at));
    } catch (error) {
      note(error);
    }
  }
  identities.push(session.resolved.fingerprint, session.identitySections);
  await session.close();
}

beforeAll(async () => {
  hooks.on("session.opened", ({ identities: own }) => void identities.push(own));
  hooks.on("plan.compiled", ({ fingerprint, digests }) => void identities.push(fingerprint, digests));
  await plantAll();
  await telemetry.flush();
  await reader.forceFlush();
  const records = telemetry.recorder.snapshot();
  const kinds = [...new Set(records.map(({ kind }) => kind))];
  const readable = (bytes: Uint8Array): string => Buffer.from(bytes).toString("utf8");
  const arrow = await Promise.all(kinds.map((kind) => encodeArrow(records.filter((one) => one.kind === kind))));
  Object.assign(texts, {
    records: shown(records),
    "a JSON Lines file": readFileSync(file, "utf8"),
    MessagePack: readable(await encodeMessagePack(records)),
    Arrow: arrow.map(readable).join(""),
    spans: shown(
      spans.getFinishedSpans().map(({ name, attributes, events, status }) => [name, attributes, events, status]),
    ),
    metrics: shown(metrics.getMetrics()),
    logs: shown(logs.getFinishedLogRecords().map(({ body, attributes }) => [body, attributes])),
    fingerprints: shown(identities),
    [errorTexts]: errors.join("\n"),
    "the health of telemetry": shown(telemetry.health()),
  });
}, 120_000);
afterAll(async () => {
  await telemetry.close();
  rmSync(root, { recursive: true, force: true });
});

const outputs: readonly (readonly [string, string])[] = [
  ["records", "delta.mutation"],
  ["a JSON Lines file", "delta.mutation"],
  ["MessagePack", "delta.mutation"],
  ["Arrow", "delta.mutation"],
  ["spans", "SELECT"],
  ["metrics", "db.client.operation.duration"],
  ["logs", "deltafuse.finding.message"],
  ["fingerprints", "datafusion.execution.batch_size"],
  [errorTexts, "is not a location"],
  ["the health of telemetry", "json-lines"],
];

describe.each(outputs)("%s", (output, sign) => {
  it("tell what happened without the secrets", () => {
    const text = texts[output] ?? "";
    expect(text).toContain(sign);
    // An error that is thrown quotes its caller's own SQL and values, as far as they do not show that they are secrets.
    const looked = output === errorTexts ? secrets.filter(({ isQuoted = false }) => !isQuoted) : secrets;
    expect(looked.filter(({ secret }) => text.includes(secret)).map(({ title }) => title)).toEqual([]);
  });
});
