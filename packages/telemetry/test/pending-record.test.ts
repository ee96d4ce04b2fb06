import { toQueryId, toRunId, toSessionId } from "@deltafuse/config/brand";
import { uuidV7 } from "@deltafuse/config/uuid";
import { describe, expect, it } from "vitest";
import { toMicroseconds } from "../src/clock.ts";
import { encodeJsonLine } from "../src/json-lines.ts";
import { type PendingRecord, pendingRecord } from "../src/pending-record.ts";
import { recordFacts } from "../src/record-envelope.ts";
import { type RecordDefinitions, planRecord, recordKinds } from "../src/record-kinds.ts";
import type { RecordContext, RecordDefinition } from "../src/record.ts";
import { createRedactor } from "../src/redactor.ts";
import { createTelemetry } from "../src/telemetry.ts";
import { fullBodies, minimalBodies } from "./sample-bodies.ts";

const kinds: RecordDefinitions = recordKinds;

function pending(definition: RecordDefinition, body: object, context: RecordContext = {}): PendingRecord {
  const ids = { sessionId: toSessionId(uuidV7()), runId: toRunId(uuidV7()), queryId: toQueryId(uuidV7()) };
  const facts = recordFacts(definition, body, {
    seq: Number.MAX_SAFE_INTEGER,
    time: toMicroseconds(1_767_322_984_005_006),
    context: { ...ids, ...context },
    scope: { tags: {}, suppressed: false },
  });
  return pendingRecord(definition, facts, { redactor: createRedactor(), newId: () => uuidV7() });
}

const texts = [
  "SELECT ? FROM t",
  '"'.repeat(900),
  "\u0001".repeat(900),
  "\uD800".repeat(900),
  "s3://b/t?a=1&b=2&c=&d=4".repeat(20),
  "bearer a ".repeat(100),
  "password=a token=b secret='c' ".repeat(30),
  "x".repeat(9000),
];

describe("a record that waits", () => {
  it.each(Object.keys(kinds))("of kind %s is no larger than it says before it is measured", (kind) => {
    const definition = kinds[kind];
    if (definition === undefined) throw new Error("no such kind");
    for (const bodies of [minimalBodies, fullBodies]) {
      const body: object | undefined = Object.entries(bodies).find(([name]) => name === kind)?.[1];
      const record = pending(definition, body ?? {});
      const { atMost } = record;
      expect(record.bytes).toBeLessThanOrEqual(atMost);
      expect(record.bytes).toBe(encodeJsonLine(record.read()).length);
    }
  });

  it.each(texts)("is no larger than it says with the SQL %j", (sqlText) => {
    const record = pending(planRecord, { ...minimalBodies.plan, sqlText });
    const { atMost } = record;
    expect(atMost).toBeLessThan(Infinity);
    expect(record.bytes).toBeLessThanOrEqual(atMost);
  });

  it("is no larger than it says with plain text", () => {
    const text = "bearer a ".repeat(9);
    const tables = [{ name: text, columns: [text] }];
    const record = pending(planRecord, { ...minimalBodies.plan, tables }, { label: text });
    const { atMost } = record;
    expect(atMost).toBeLessThan(Infinity);
    expect(record.bytes).toBeLessThanOrEqual(atMost);
  });

  it("does not wait long when it holds what may be secret: messages, JSON, settings, tags, texts", () => {
    const { errorMessage, ...plan } = fullBodies.plan;
    expect(pending(planRecord, { ...plan, errorMessage: null }).atMost).toBeLessThan(Infinity);
    expect(pending(planRecord, { ...plan, errorMessage }).atMost).toBe(Infinity);
    expect(pending(planRecord, { ...plan, warnings: [{ code: "A", message: "m" }] }).atMost).toBe(Infinity);
    expect(pending(recordKinds.finding, { ...minimalBodies.finding, detailsJson: "{}" }).atMost).toBe(Infinity);
    expect(pending(recordKinds.run, { ...minimalBodies.run, metadata: { a: "b" } }).atMost).toBe(Infinity);
    expect(pending(planRecord, { ...plan, summary: "password=a" }).atMost).toBe(Infinity);
    expect(pending(planRecord, plan, { label: "password=a" }).atMost).toBe(Infinity);
    const entry = { key: "secret", value: "a", source: "session", applied: true };
    expect(pending(recordKinds.settings, { settingsHash: "aa", entries: [entry] }).atMost).toBe(Infinity);
    expect(pending(planRecord, plan, { tags: {} }).atMost).toBeLessThan(Infinity);
    expect(pending(planRecord, plan, { tags: { team: "orders" } }).atMost).toBe(Infinity);
  });

  it("counts with its size as soon as the memory is scarce", () => {
    const telemetry = createTelemetry({ validate: "throw", recorder: { maxBytes: 6000 } });
    const record = pending(planRecord, minimalBodies.plan);
    const { atMost, bytes } = record;
    expect(bytes * 1.2).toBeLessThan(atMost);
    for (let index = 0; index < 50; index += 1) telemetry.record(planRecord, minimalBodies.plan);
    const { bytes: held, dropped } = telemetry.recorder.stats();
    const kept = telemetry.recorder.snapshot();
    expect(kept.length).toBe(50 - dropped);
    expect(held).toBe(kept.reduce((sum, one) => sum + encodeJsonLine(one).length, 0));
    expect(held).toBeLessThanOrEqual(6000);
    expect(held + encodeJsonLine(kept[0] ?? record.read()).length).toBeGreaterThan(6000);
  });
});
