import { describe, expect, it } from "vitest";
import { findingRecord, planRecord } from "../src/record-kinds.ts";
import type { PendingRecord } from "../src/pending-record.ts";
import type { TelemetryRecord } from "../src/record.ts";
import { createRingRecorder } from "../src/recorder.ts";
import { createTelemetry } from "../src/telemetry.ts";
import { minimalBodies } from "./sample-bodies.ts";

const source = createTelemetry({ validate: "throw" });

function recordOf(code: string): TelemetryRecord {
  source.recorder.clear();
  source.record(findingRecord, { ...minimalBodies.finding, code });
  const [record] = source.recorder.snapshot();
  if (record === undefined) throw new Error("nothing was recorded");
  return record;
}

function held(record: TelemetryRecord, bytes: number): PendingRecord {
  const { kind, seq, sessionId, runId, queryId } = record;
  return { kind, seq, sessionId, runId, queryId, atMost: bytes, bytes, read: () => record };
}

function codes(records: readonly TelemetryRecord[]): unknown[] {
  return records.map(({ body }) => body["code"]);
}

describe("createRingRecorder", () => {
  it("keeps the newest records by number", () => {
    const ring = createRingRecorder({ maxRecords: 3 });
    for (let index = 0; index < 10; index += 1) ring.add(held(recordOf(`C${index}`), 10));
    expect(codes(ring.snapshot())).toEqual(["C7", "C8", "C9"]);
    expect(ring.stats()).toEqual({ recorded: 10, dropped: 7, invalid: 0, bytes: 30 });
  });

  it("keeps the newest records by size, even none", () => {
    const ring = createRingRecorder({ maxBytes: 25 });
    ring.add(held(recordOf("A"), 10));
    ring.add(held(recordOf("B"), 10));
    ring.add(held(recordOf("C"), 10));
    expect(codes(ring.snapshot())).toEqual(["B", "C"]);
    ring.add(held(recordOf("D"), 26));
    expect(ring.snapshot()).toEqual([]);
    expect(ring.stats()).toEqual({ recorded: 4, dropped: 4, invalid: 0, bytes: 0 });
  });

  it("drains what matches and keeps the rest in order", () => {
    const ring = createRingRecorder();
    const [a, b, c] = [recordOf("A"), recordOf("B"), recordOf("C")];
    for (const record of [a, b, c]) ring.add(held(record, 10));
    expect(codes(ring.drain({ sinceSeq: b.seq }))).toEqual(["C"]);
    expect(codes(ring.snapshot())).toEqual(["A", "B"]);
    expect(codes(ring.drain())).toEqual(["A", "B"]);
    expect(ring.stats()).toEqual({ recorded: 3, dropped: 0, invalid: 0, bytes: 0 });
  });

  it("filters by kind, session and query", () => {
    const ring = createRingRecorder();
    ring.add(held({ ...recordOf("A"), sessionId: "s1", queryId: "q1" }, 1));
    ring.add(held({ ...recordOf("B"), sessionId: "s1", queryId: "q2" }, 1));
    ring.add(held({ ...recordOf("C"), sessionId: "s2", queryId: "q1" }, 1));
    expect(codes(ring.snapshot({ sessionId: "s1" }))).toEqual(["A", "B"]);
    expect(codes(ring.snapshot({ queryId: "q1" }))).toEqual(["A", "C"]);
    expect(codes(ring.snapshot({ kinds: ["plan"] }))).toEqual([]);
    expect(codes(ring.snapshot({ kinds: ["plan", "finding"], sessionId: "s2" }))).toEqual(["C"]);
  });

  it("gives frozen lists that later records do not change", () => {
    const ring = createRingRecorder();
    ring.add(held(recordOf("A"), 1));
    const before = ring.snapshot();
    ring.add(held(recordOf("B"), 1));
    expect(codes(before)).toEqual(["A"]);
    expect(Object.isFrozen(before)).toBe(true);
  });
});

describe("waitFor", () => {
  it("resolves with a record that is there", async () => {
    const telemetry = createTelemetry();
    telemetry.record(planRecord, minimalBodies.plan);
    expect(await telemetry.recorder.waitFor("plan")).toBe(telemetry.recorder.snapshot()[0]);
  });

  it("resolves with the first one to come that matches", async () => {
    const telemetry = createTelemetry();
    const waiting = telemetry.recorder.waitFor("finding", ({ body }) => body["code"] === "B");
    for (const code of ["A", "B", "B"]) telemetry.record(findingRecord, { ...minimalBodies.finding, code });
    expect((await waiting).seq).toBe(2);
  });

  it("rejects with the reason of an abort, before and while waiting", async () => {
    const telemetry = createTelemetry();
    const reason = new Error("enough");
    await expect(telemetry.recorder.waitFor("plan", undefined, { signal: AbortSignal.abort(reason) })).rejects.toBe(
      reason,
    );
    const controller = new AbortController();
    const waiting = telemetry.recorder.waitFor("plan", undefined, { signal: controller.signal });
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
  });
});
