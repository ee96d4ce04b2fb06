import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from "@opentelemetry/sdk-logs";
import { expect, it } from "vitest";
import { openTelemetryLogs } from "../src/open-telemetry-logs.ts";
import {
  deltaMutationRecord,
  executionRecord,
  findingRecord,
  sessionRecord,
  writeRecord,
} from "../src/record-kinds.ts";
import { createTelemetry } from "../src/telemetry.ts";
import { fixedClock } from "../src/testing.ts";
import { fullBodies } from "./sample-bodies.ts";

function logTest() {
  const exporter = new InMemoryLogRecordExporter();
  const provider = new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter })] });
  const sink = openTelemetryLogs({ logger: provider.getLogger("test") });
  const telemetry = createTelemetry({ sinks: [sink], validate: "throw", clock: fixedClock(1_767_322_984_005_006) });
  const logs = async () => {
    await telemetry.flush();
    return exporter.getFinishedLogRecords();
  };
  return { telemetry, logs };
}

it("tells findings with their severity and columns", async () => {
  const { telemetry, logs } = logTest();
  telemetry.record(findingRecord, {
    severity: "warning",
    category: "scan",
    code: "STATS_MISSING",
    message: "2 files have no statistics",
    count: 2,
  });
  const [log] = await logs();
  expect(log).toMatchObject({
    eventName: "deltafuse.finding",
    severityNumber: 13,
    severityText: "WARN",
    body: "2 files have no statistics",
  });
  expect(log?.attributes).toEqual({
    "deltafuse.finding.severity": "warning",
    "deltafuse.finding.category": "scan",
    "deltafuse.finding.code": "STATS_MISSING",
    "deltafuse.finding.message": "2 files have no statistics",
    "deltafuse.finding.count": 2,
  });
});

it("tells failures of queries, and no query that ended well", async () => {
  const { telemetry, logs } = logTest();
  const failed = {
    ...fullBodies.execution,
    status: "failed",
    errorCode: "ENGINE.CAST_FAILED",
    errorMessage: "no number",
  };
  telemetry.record(executionRecord, { ...failed, status: "ok", errorCode: null, errorMessage: null });
  telemetry.record(executionRecord, failed);
  telemetry.record(writeRecord, fullBodies.write);
  const found = await logs();
  expect(found.map(({ eventName, severityText, body }) => ({ eventName, severityText, body }))).toEqual([
    {
      eventName: "deltafuse.execution",
      severityText: "ERROR",
      body: "The query has failed: ENGINE.CAST_FAILED: no number",
    },
  ]);
});

it("tells sessions and changes of tables; nested columns are JSON of at most 50 items", async () => {
  const { telemetry, logs } = logTest();
  const features = Array.from({ length: 60 }, (_, index) => `f${index}`);
  telemetry.record(sessionRecord, {
    ...fullBodies.session,
    action: "opened",
    features,
    errorCode: null,
    errorMessage: null,
  });
  telemetry.record(deltaMutationRecord, {
    ...fullBodies["delta.mutation"],
    operation: "MERGE",
    status: "committed",
    errorCode: null,
    errorMessage: null,
  });
  const [session, mutation] = await logs();
  expect([session?.body, mutation?.body]).toEqual(["Session opened.", "MERGE committed."]);
  expect(session?.attributes["deltafuse.session.features"]).toBe(JSON.stringify(features.slice(0, 50)));
});

it("gives the ids of the operation that a record belongs to", async () => {
  const { telemetry, logs } = logTest();
  const traceOf = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331", sampled: true };
  telemetry.record(sessionRecord, fullBodies.session, { trace: traceOf });
  telemetry.record(sessionRecord, fullBodies.session);
  const [inside, outside] = await logs();
  expect(inside?.spanContext).toMatchObject({ traceId: traceOf.traceId, spanId: traceOf.spanId });
  expect(outside?.spanContext).toBeUndefined();
});
