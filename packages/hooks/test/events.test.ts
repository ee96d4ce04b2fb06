import { describe, expect, it } from "vitest";
import { recordKinds } from "@deltafuse/telemetry/record-kinds";
import { type EventName, eventNames, eventTable } from "../src/events.ts";
import { assertPayload } from "../src/testing.ts";
import { samplePayloads } from "./sample-events.ts";

describe("eventTable", () => {
  it("has the events of this release", () => {
    expect(eventNames.toSorted()).toEqual([
      "app.event",
      "cache.evict",
      "cache.hit",
      "cache.miss",
      "cache.sampled",
      "cache.write",
      "dataset.readiness",
      "delta.committed",
      "delta.conflict",
      "function.failed",
      "function.registered",
      "interceptor.vetoed",
      "listener.failed",
      "plan.capture_failed",
      "plan.compiled",
      "plan.explained",
      "plan.failed",
      "plan.rule",
      "pool.acquired",
      "pool.released",
      "pool.slot_rebuilt",
      "query.batch",
      "query.cancelled",
      "query.failed",
      "query.finished",
      "query.slow",
      "query.started",
      "run.finished",
      "run.started",
      "runtime.sampled",
      "schema.violation",
      "session.closed",
      "session.closing",
      "session.failed",
      "session.opened",
      "session.step",
      "session.warning",
      "setting.changed",
      "sql.received",
      "sql.rejected",
      "statement.prepared",
      "table.dropped",
      "table.registered",
      "telemetry.degraded",
      "write.committed",
      "write.failed",
      "write.skipped",
      "write.started",
    ]);
  });

  it("lets emitters wait at exactly five of them", () => {
    expect(eventNames.filter((name) => eventTable[name].settling).toSorted()).toEqual([
      "delta.committed",
      "query.finished",
      "run.finished",
      "session.closing",
      "write.committed",
    ]);
  });

  it("names only record kinds that exist, and every kind is made by an event, but for that of runs", () => {
    const named = new Set<string>(eventNames.flatMap((name) => eventTable[name].records)).add("run");
    expect([...named].toSorted()).toEqual(Object.keys(recordKinds).toSorted());
  });
});

describe("assertPayload", () => {
  it.each(eventNames)("accepts %s and refuses it without any of its members", (name: EventName) => {
    const payload: object = samplePayloads[name];
    assertPayload(name, samplePayloads[name]);
    for (const member of Object.keys(eventTable[name].members)) {
      const without = { ...payload, [member]: undefined } as never;
      expect(() => assertPayload(name, without)).toThrow(`${name} has ${member} of type undefined`);
    }
  });

  it("refuses null where it is not allowed, and fractions", () => {
    const started = samplePayloads["query.started"];
    assertPayload("query.started", { ...started, queueUs: null });
    expect(() => assertPayload("query.started", { ...started, queueUs: 0.5 })).toThrow(
      "query.started has queueUs of type number instead of integer?",
    );
    const rejected = { ...samplePayloads["sql.rejected"], error: null } as never;
    expect(() => assertPayload("sql.rejected", rejected)).toThrow("sql.rejected has error of type null");
  });
});
