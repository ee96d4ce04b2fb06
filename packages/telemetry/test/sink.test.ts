import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { findingRecord, planRecord } from "../src/record-kinds.ts";
import type { TelemetryRecord } from "../src/record.ts";
import type { SinkOptions, TelemetrySink } from "../src/sink.ts";
import { type Telemetry, createTelemetry } from "../src/telemetry.ts";
import { memorySink } from "../src/testing.ts";
import { minimalBodies } from "./sample-bodies.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function telemetryWith(sink: TelemetrySink, options: SinkOptions = {}): Telemetry {
  return createTelemetry({ validate: "throw", sinks: [[sink, options]] });
}

function recordFindings(telemetry: Telemetry, count: number): void {
  for (let index = 0; index < count; index += 1) telemetry.record(findingRecord, minimalBodies.finding);
}

function hangingSink(): TelemetrySink & { readonly signals: AbortSignal[] } {
  const signals: AbortSignal[] = [];
  return {
    name: "hanging",
    signals,
    write: async (_records, { signal }) => {
      if (signal !== undefined) signals.push(signal);
      await new Promise(() => undefined);
    },
  };
}

describe("a sink", () => {
  it("gets full batches at once and the rest after the delay, in order", async () => {
    const sink = memorySink();
    const telemetry = telemetryWith(sink, { maxBatch: 4, maxDelayMs: 500 });
    recordFindings(telemetry, 10);
    expect(sink.batchSizes).toEqual([]);
    await vi.advanceTimersByTimeAsync(5);
    expect(sink.batchSizes).toEqual([4, 4]);
    await vi.advanceTimersByTimeAsync(500);
    expect(sink.batchSizes).toEqual([4, 4, 2]);
    expect(sink.records.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it("gets only the kinds it takes", async () => {
    const sink = { ...memorySink(), kinds: ["plan"] };
    const telemetry = telemetryWith(sink);
    recordFindings(telemetry, 1);
    telemetry.record(planRecord, minimalBodies.plan);
    await telemetry.flush();
    expect(sink.records.map(({ kind }) => kind)).toEqual(["plan"]);
  });

  it("loses the oldest records when its queue is full", async () => {
    const sink = memorySink();
    const telemetry = telemetryWith(sink, { maxQueue: 3 });
    recordFindings(telemetry, 5);
    await telemetry.flush();
    expect(sink.records.map(({ seq }) => seq)).toEqual([3, 4, 5]);
    expect(telemetry.health().sinks).toEqual([
      { name: "memory", state: "active", queued: 0, written: 3, dropped: 2, failedWrites: 0, lost: 0, lastError: null },
    ]);
  });

  it("that throws or rejects loses its own batch only", async () => {
    const good = memorySink();
    const bad = (write: TelemetrySink["write"]): TelemetrySink => ({ name: "bad", write });
    const telemetry = createTelemetry({
      sinks: [
        bad(() => {
          throw new Error("refused for s3://u:hunter2@b");
        }),
        bad(() => Promise.reject(new Error("later"))),
        good,
      ],
    });
    recordFindings(telemetry, 2);
    await telemetry.flush();
    expect(good.records).toHaveLength(2);
    expect(telemetry.recorder.snapshot()).toHaveLength(2);
    expect(
      telemetry.health().sinks.map(({ lost, failedWrites, lastError }) => ({ lost, failedWrites, lastError })),
    ).toEqual([
      { lost: 2, failedWrites: 1, lastError: "refused for s3://b" },
      { lost: 2, failedWrites: 1, lastError: "later" },
      { lost: 0, failedWrites: 0, lastError: null },
    ]);
  });

  it("that hangs loses its batch after the timeout and is told by its signal", async () => {
    const sink = hangingSink();
    const telemetry = telemetryWith(sink, { writeTimeoutMs: 100 });
    recordFindings(telemetry, 1);
    const flushing = expect(telemetry.flush()).rejects.toMatchObject({
      code: "TELEMETRY.FLUSH_TIMEOUT",
      details: { sink: "hanging" },
    });
    await vi.advanceTimersByTimeAsync(100);
    await flushing;
    expect(sink.signals.map(({ aborted }) => aborted)).toEqual([true]);
    expect(telemetry.health().sinks[0]).toMatchObject({ lost: 1, failedWrites: 1, queued: 0 });
  });

  it("that is slow has one write at a time", async () => {
    let writing = 0;
    const most: number[] = [];
    const telemetry = telemetryWith(
      {
        name: "slow",
        write: async () => {
          writing += 1;
          most.push(writing);
          await new Promise((resolve) => setTimeout(resolve, 50));
          writing -= 1;
        },
      },
      { maxBatch: 1 },
    );
    recordFindings(telemetry, 3);
    const flushing = telemetry.flush();
    await vi.advanceTimersByTimeAsync(200);
    await flushing;
    expect(most).toEqual([1, 1, 1]);
  });

  it("pauses after failures in a row, probes with one batch and goes on", async () => {
    let isBroken = true;
    const batches: number[] = [];
    const telemetry = telemetryWith(
      {
        name: "moody",
        write: (records) => {
          batches.push(records.length);
          if (isBroken) throw new Error("broken");
        },
      },
      { maxBatch: 1, pauseAfterFailures: 2, pauseMs: 1000 },
    );
    recordFindings(telemetry, 5);
    await vi.advanceTimersByTimeAsync(10);
    expect(telemetry.health().sinks[0]).toMatchObject({ state: "paused", lost: 2, queued: 3 });
    await vi.advanceTimersByTimeAsync(1000);
    expect(telemetry.health().sinks[0]).toMatchObject({ state: "paused", lost: 3, queued: 2 });
    isBroken = false;
    await vi.advanceTimersByTimeAsync(1000);
    await vi.advanceTimersByTimeAsync(10);
    expect(telemetry.health().sinks[0]).toMatchObject({ state: "active", written: 2, lost: 3, queued: 0 });
    expect(batches).toEqual([1, 1, 1, 1, 1]);
  });

  it("is probed once by a flush while it pauses", async () => {
    let writes = 0;
    const telemetry = telemetryWith(
      {
        name: "broken",
        write: () => {
          writes += 1;
          throw new Error("broken");
        },
      },
      { maxBatch: 1, pauseAfterFailures: 1 },
    );
    recordFindings(telemetry, 3);
    await expect(telemetry.flush()).rejects.toMatchObject({ code: "TELEMETRY.FLUSH_TIMEOUT" });
    await expect(telemetry.flush()).rejects.toMatchObject({ code: "TELEMETRY.FLUSH_TIMEOUT" });
    expect(writes).toBe(2);
  });

  it("is told of when it pauses, works again and drops records, outside of the work around", async () => {
    let isBroken = true;
    const sink: TelemetrySink = {
      name: "moody",
      write: () => {
        if (isBroken) throw new Error("broken");
      },
    };
    const telemetry = telemetryWith(sink, { maxQueue: 2, maxBatch: 1, pauseAfterFailures: 1 });
    const told: unknown[] = [];
    telemetry.onNotice((notice) => {
      told.push({ ...notice, label: telemetry.scope.current().label });
    });
    telemetry.scope.with({ label: "l" }, () => recordFindings(telemetry, 4));
    await expect(telemetry.flush()).rejects.toMatchObject({ code: "TELEMETRY.FLUSH_TIMEOUT" });
    isBroken = false;
    await telemetry.flush();
    const notice = { kind: "sink.degraded", sink: "moody", label: undefined };
    expect(told).toEqual([
      { ...notice, state: "dropping", dropped: 1, lost: 0 },
      { ...notice, state: "paused", dropped: 2, lost: 1 },
      { ...notice, state: "resumed", dropped: 2, lost: 1 },
    ]);
  });

  it("is told of all that it has lost as soon as it writes again", async () => {
    let writes = 0;
    const sink: TelemetrySink = {
      name: "once",
      write: () => {
        writes += 1;
        if (writes === 1) throw new Error("broken");
      },
    };
    const telemetry = telemetryWith(sink, { maxQueue: 4, maxBatch: 2 });
    const told: unknown[] = [];
    telemetry.onNotice((notice) => {
      told.push(notice);
    });
    recordFindings(telemetry, 7);
    await telemetry.flush();
    const notice = { kind: "sink.degraded", sink: "once" };
    expect(told).toEqual([
      { ...notice, state: "dropping", dropped: 1, lost: 0 },
      { ...notice, state: "resumed", dropped: 3, lost: 2 },
    ]);
  });

  it("produces no records about itself", async () => {
    const telemetry = createTelemetry();
    const written: TelemetryRecord[] = [];
    telemetry.addSink({
      name: "recursive",
      write: async (records) => {
        written.push(...records);
        telemetry.record(findingRecord, minimalBodies.finding);
        await Promise.resolve();
        expect(telemetry.wants("finding")).toBe(false);
        telemetry.record(findingRecord, minimalBodies.finding);
      },
    });
    recordFindings(telemetry, 1);
    await telemetry.flush();
    await telemetry.flush();
    expect(written).toHaveLength(1);
    expect(telemetry.recorder.stats().recorded).toBe(1);
    expect(telemetry.wants("finding")).toBe(true);
  });

  it("is flushed and closed when it is taken out", async () => {
    const sink = memorySink();
    const telemetry = createTelemetry();
    const added = telemetry.addSink(sink);
    recordFindings(telemetry, 2);
    added[Symbol.dispose]();
    recordFindings(telemetry, 2);
    await telemetry.close();
    expect(sink.records).toHaveLength(2);
    expect(sink.isClosed).toBe(true);
  });
});

describe("flush", () => {
  it("calls the flush of the sink after its last write", async () => {
    const calls: string[] = [];
    const telemetry = telemetryWith({
      name: "ordered",
      write: () => void calls.push("write"),
      flush: async () => void calls.push("flush"),
    });
    recordFindings(telemetry, 1);
    await telemetry.flush();
    expect(calls).toEqual(["write", "flush"]);
  });

  it("ends with the reason of an abort", async () => {
    const telemetry = telemetryWith(hangingSink());
    recordFindings(telemetry, 1);
    const controller = new AbortController();
    const flushing = telemetry.flush({ signal: controller.signal });
    const reason = new Error("enough");
    controller.abort(reason);
    await expect(flushing).rejects.toBe(reason);
  });
});

describe("close", () => {
  it("flushes, closes and refuses what comes later", async () => {
    const sink = memorySink();
    const telemetry = telemetryWith(sink);
    recordFindings(telemetry, 1);
    await Promise.all([telemetry.close(), telemetry[Symbol.asyncDispose]()]);
    recordFindings(telemetry, 1);
    expect(sink.records).toHaveLength(1);
    expect(sink.isClosed).toBe(true);
    expect(telemetry.wants("finding")).toBe(false);
    expect(() => telemetry.addSink(memorySink())).toThrow(expect.objectContaining({ code: "TELEMETRY.CLOSED" }));
    expect(telemetry.health().sinks[0]?.state).toBe("closed");
  });

  it("ends by its deadline when a sink hangs", async () => {
    const stuck = { ...hangingSink(), close: () => new Promise<void>(() => undefined) };
    const telemetry = telemetryWith(stuck, { maxBatch: 1 });
    recordFindings(telemetry, 3);
    const closing = telemetry.close();
    await vi.advanceTimersByTimeAsync(10_000);
    await closing;
    expect(telemetry.health().sinks[0]).toMatchObject({ state: "closed", written: 0, queued: 0 });
  });
});
