import { describe, expect, it } from "vitest";
import { setTimeout } from "node:timers/promises";
import { ConfigError } from "@deltafuse/config/errors";
import type { BodyOf } from "../src/record.ts";
import { deltaMutationRecord, executionRecord, findingRecord, runRecord, writeRecord } from "../src/record-kinds.ts";
import type { Operation, OperationTracer } from "../src/operation-tracer.ts";
import { type Run, startRun, withRun } from "../src/run.ts";
import type { TelemetryNotice } from "../src/telemetry-notice.ts";
import { type Telemetry, createTelemetry } from "../src/telemetry.ts";
import { countingIds, fixedClock } from "../src/testing.ts";
import { minimalBodies } from "./sample-bodies.ts";

const nothing = {
  queries: 0,
  queriesFailed: 0,
  writes: 0,
  rowsRead: 0,
  rowsWritten: 0,
  bytesWritten: 0,
  cacheHits: 0,
  cacheMisses: 0,
};

function runsOf(telemetry: Telemetry): readonly unknown[] {
  return telemetry.recorder.snapshot({ kinds: ["run"] }).map(({ runId, label, body }) => ({ runId, label, ...body }));
}

function query(telemetry: Telemetry, body: Partial<BodyOf<typeof executionRecord>> = {}): void {
  telemetry.record(executionRecord, { ...minimalBodies.execution, status: "ok", ...body });
}

describe("startRun", () => {
  it("records the start, the totals of its scope and the end", async () => {
    const telemetry = createTelemetry({ validate: "throw", clock: fixedClock(1000, 10), newId: countingIds() });
    const run = startRun(telemetry, { label: "nightly", metadata: { source: "a", day: "1" } });
    query(telemetry, { scanRows: 100 });
    await run.scope(async () => {
      query(telemetry, { scanRows: 7 });
      await setTimeout(1);
      query(telemetry, { scanRows: 5, status: "failed" });
      const write = { ...minimalBodies.write, rows: 3, bytes: 40 };
      telemetry.record(writeRecord, { ...write, status: "committed" });
      telemetry.record(writeRecord, { ...write, status: "failed" });
      const merge = { ...minimalBodies["delta.mutation"], status: "committed", bytesAdded: 2 };
      telemetry.record(deltaMutationRecord, { ...merge, operation: "MERGE", rowsInserted: 1, rowsUpdated: 1 });
      telemetry.record(deltaMutationRecord, { ...merge, operation: "WRITE", rowsInserted: 3 });
      expect(telemetry.scope.current()).toMatchObject({ runId: run.runId, appId: run.appId });
    });
    run.annotate({ day: "2" });
    const totals = {
      ...nothing,
      queries: 2,
      queriesFailed: 1,
      writes: 2,
      rowsRead: 12,
      rowsWritten: 5,
      bytesWritten: 42,
    };
    const summary = await run.complete({ rows: "3" });
    const { runId } = run;
    const appId = `deltafuse-run-${runId}`;
    const metadata = { source: "a", day: "2", rows: "3" };
    const ended = { appId, started: 1000, commitSequence: null, errorCode: null, errorMessage: null };
    const durationUs = expect.any(Number) as number;
    expect(summary).toEqual({
      ...totals,
      ...ended,
      runId,
      label: "nightly",
      status: "completed",
      ended: summary.ended,
      durationUs,
      metadata,
    });
    const common = { runId, label: "nightly", ...ended };
    expect(runsOf(telemetry)).toEqual([
      {
        ...common,
        ...nothing,
        action: "started",
        status: "running",
        ended: null,
        durationUs: null,
        metadata: { source: "a", day: "1" },
      },
      { ...common, ...totals, action: "finished", status: "completed", ended: summary.ended, durationUs, metadata },
    ]);
  });

  it("resumes a run of another process", async () => {
    const telemetry = createTelemetry({ validate: "throw" });
    const resume = { runId: "run-7", commitSequence: 4 };
    const run = startRun(telemetry, { label: "nightly", appId: "orders", resume });
    const commit = { ...minimalBodies["delta.mutation"], status: "committed", operation: "MERGE" };
    run.scope(() => {
      telemetry.record(deltaMutationRecord, { ...commit, appId: "orders", appVersion: "6" });
      telemetry.record(deltaMutationRecord, { ...commit, appId: "orders", appVersion: "5" });
      telemetry.record(deltaMutationRecord, { ...commit, appId: "orders", appVersion: "9", status: "failed" });
      telemetry.record(deltaMutationRecord, { ...commit, appId: "others", appVersion: "8" });
    });
    await run.complete();
    expect(runsOf(telemetry)).toEqual([
      expect.objectContaining({ runId: "run-7", action: "resumed", appId: "orders", commitSequence: 4 }),
      expect.objectContaining({ runId: "run-7", action: "finished", appId: "orders", commitSequence: 6 }),
    ]);
    expect(() => startRun(telemetry, { label: "l", resume: { runId: "" } })).toThrow(
      expect.objectContaining({ code: "CONFIG.INVALID_IDENTIFIER" }),
    );
  });

  it("ends once", async () => {
    const telemetry = createTelemetry({ validate: "throw" });
    const run = startRun(telemetry, { label: "l" });
    const summary = await run.complete({ a: "b" });
    expect(await run.complete({ a: "c" })).toBe(summary);
    const closed = { code: "TELEMETRY.RUN_CLOSED", details: { runId: run.runId, status: "completed" } };
    await expect(run.fail(new Error("no"))).rejects.toMatchObject(closed);
    expect(() => run.annotate({})).toThrow(expect.objectContaining(closed));
    await run[Symbol.asyncDispose]();
    run.scope(() => query(telemetry));
    expect(runsOf(telemetry).length).toBe(2);
  });

  it("fails with the code and the message of the error, without secrets", async () => {
    const telemetry = createTelemetry({ validate: "throw" });
    const run = startRun(telemetry, { label: "l" });
    const error = new ConfigError({
      code: "CONFIG.INVALID_SIZE",
      message: "cannot read s3://user:hunter2@bucket/x",
      details: { input: "x", reason: "r" },
    });
    const summary = await run.fail(error, { step: "2" });
    const failed = {
      status: "failed",
      errorCode: "CONFIG.INVALID_SIZE",
      errorMessage: "cannot read s3://bucket/x",
      metadata: { step: "2" },
    };
    expect(summary).toMatchObject(failed);
    expect(await run.fail(new Error("again"))).toBe(summary);
    await expect(run.complete()).rejects.toMatchObject({ code: "TELEMETRY.RUN_CLOSED" });
    expect(runsOf(telemetry)[1]).toMatchObject(failed);
  });

  it("is abandoned when it is disposed untold", async () => {
    const telemetry = createTelemetry({ validate: "throw" });
    const run = startRun(telemetry, { label: "l" });
    run.annotate({ a: "b" });
    await run[Symbol.asyncDispose]();
    expect(runsOf(telemetry)[1]).toMatchObject({ status: "abandoned", errorCode: null, metadata: { a: "b" } });
  });

  it("keeps the totals of nested and concurrent runs apart", async () => {
    const telemetry = createTelemetry({ validate: "throw" });
    const outer = startRun(telemetry, { label: "outer" });
    await outer.scope(async () => {
      query(telemetry);
      const inner = startRun(telemetry, { label: "inner" });
      await Promise.all([
        inner.scope(async () => {
          await setTimeout(1);
          query(telemetry);
          query(telemetry);
        }),
        setTimeout(2).then(() => query(telemetry)),
      ]);
      expect(await inner.complete()).toMatchObject({ queries: 2 });
    });
    expect(await outer.complete()).toMatchObject({ queries: 2 });
  });
});

describe("withRun", () => {
  const run = { label: "l" };

  it("gives the value and completes", async () => {
    const telemetry = createTelemetry({ validate: "throw" });
    const value = await withRun(telemetry, run, async (current: Run) => {
      current.annotate({ a: "b" });
      query(telemetry);
      return 42;
    });
    expect(value).toBe(42);
    expect(runsOf(telemetry)[1]).toMatchObject({ status: "completed", queries: 1, metadata: { a: "b" } });
  });

  const reason = new TypeError("stop it");
  const aborted = AbortSignal.abort(reason);
  it.each([
    ["failed", new RangeError("too long"), undefined, "RangeError"],
    ["failed", "a text", undefined, "UNKNOWN"],
    ["failed", reason, undefined, "TypeError"],
    ["failed", new RangeError("too long"), aborted, "RangeError"],
    ["cancelled", reason, aborted, "TypeError"],
    ["cancelled", new DOMException("gone", "AbortError"), undefined, "AbortError"],
  ])("is %s when the work throws %s", async (status, error, signal, errorCode) => {
    const telemetry = createTelemetry({ validate: "throw" });
    const options = signal === undefined ? run : { ...run, signal };
    const work = withRun(telemetry, options, () => {
      // oxlint-disable-next-line typescript/only-throw-error -- a program may throw anything.
      throw error;
    });
    await expect(work).rejects.toBe(error);
    expect(runsOf(telemetry)[1]).toMatchObject({ status, errorCode });
  });

  it("leaves an end that the work has told", async () => {
    const telemetry = createTelemetry({ validate: "throw" });
    const value = await withRun(telemetry, run, async (current) => {
      await current.fail(new RangeError("too long"));
      return 1;
    });
    expect(value).toBe(1);
    expect(runsOf(telemetry)[1]).toMatchObject({ status: "failed", errorCode: "RangeError" });
  });
});

describe("what is told of runs", () => {
  it("is what is recorded, in the scope of the run", async () => {
    const telemetry = createTelemetry({ validate: "throw" });
    const told: (TelemetryNotice & { readonly around: unknown })[] = [];
    const subscription = telemetry.onNotice((notice) => {
      told.push({ ...notice, around: telemetry.scope.current().runId });
    });
    const { runId } = await startRun(telemetry, { label: "l" }).complete();
    subscription[Symbol.dispose]();
    await startRun(telemetry, { label: "m" }).complete();
    const [started, finished] = telemetry.recorder.snapshot({ runId }).map(({ body }) => body);
    const without = ({ ...body }: object): object =>
      JSON.parse(JSON.stringify(body, (_key, value) => value ?? undefined));
    expect(
      told.map((notice) => (notice.kind === "sink.degraded" ? notice : { ...notice, run: without(notice.run) })),
    ).toEqual([
      { kind: "run.started", runId, label: "l", around: runId, run: without(started ?? {}) },
      { kind: "run.finished", runId, label: "l", around: runId, run: without(finished ?? {}) },
    ]);
  });

  it("delays the end by the promises of listeners; what fails in them is ignored", async () => {
    const telemetry = createTelemetry({ validate: "throw" });
    let isDone = false;
    telemetry.onNotice(() => {
      throw new Error("no");
    });
    telemetry.onNotice(async ({ kind }) => {
      if (kind !== "run.finished") return;
      await setTimeout(5);
      isDone = true;
      throw new Error("no");
    });
    await startRun(telemetry, { label: "l" }).complete();
    expect(isDone).toBe(true);
  });

  it("is an operation of the tracer, whose place in the trace holds in the scope", async () => {
    const trace = { traceId: "a".repeat(32), spanId: "b".repeat(16), sampled: true };
    const calls: unknown[] = [];
    const operation: Operation = {
      trace,
      recording: true,
      setAttributes: (attributes) => void calls.push(attributes),
      addEvent: () => undefined,
      end: (end) => void calls.push(end),
    };
    const tracer: OperationTracer = {
      start: (start) => {
        calls.push(start);
        return operation;
      },
    };
    const telemetry = createTelemetry({ validate: "throw", tracer });
    const run = startRun(telemetry, { label: "l" });
    run.scope(() => telemetry.record(findingRecord, minimalBodies.finding));
    await run.fail(new RangeError("too long"));
    expect(telemetry.recorder.snapshot().map(({ kind, traceId, spanId }) => [kind, traceId, spanId])).toEqual(
      ["run", "finding", "run"].map((kind) => [kind, trace.traceId, trace.spanId]),
    );
    expect(calls).toEqual([
      { name: "run l", kind: "run", attributes: { "deltafuse.run.id": run.runId }, parent: undefined },
      { "deltafuse.run.status": "failed" },
      { status: "failed", error: "RangeError" },
    ]);
  });

  it("is kept when only runs are wanted, without totals", async () => {
    const telemetry = createTelemetry({ validate: "throw", include: [runRecord.kind] });
    await withRun(telemetry, { label: "l" }, () => query(telemetry));
    expect(runsOf(telemetry)).toMatchObject([{ action: "started" }, { action: "finished", ...nothing }]);
  });
});
