import { setTimeout as delay } from "node:timers/promises";
import { parseProfile, type ProfileInput } from "@deltafuse/config/profile";
import type { EventName } from "@deltafuse/hooks/events";
import { recordingHooks } from "@deltafuse/hooks/testing";
import { describe, expect, it } from "vitest";
import { lit } from "../src/expression.ts";
import { runtimeStats } from "../src/native-runtime.ts";
import type { Progress, RecordBatchStream } from "../src/record-batch-stream.ts";
import { openSession, type OpenSessionOptions, type Session } from "../src/session.ts";

/** Would run for hours and gives no row before its end. */
const endless = "SELECT sum(value % 7) AS s FROM range(0, 1000000000000)";
/** Rows without end, streamed. */
const long = "SELECT value, value * 2 AS twice, concat('row ', value) AS text FROM range(0, 1000000000)";

function open(options: OpenSessionOptions = {}, profile: ProfileInput = {}): Promise<Session> {
  return openSession(parseProfile({ preset: "test", ...profile }), options);
}

async function firstBatch(stream: RecordBatchStream): Promise<number> {
  for await (const batch of stream.columns()) return batch.rows;
  return 0;
}

async function openStreams(): Promise<number> {
  return (await runtimeStats()).handles["stream"] ?? 0;
}

describe("RecordBatchStream", () => {
  it("gives fields and batches as columns, rows and RecordBatches", async () => {
    await using session = await open();
    const frame = session.sql("SELECT value AS v, value % 2 = 0 AS even FROM range(0, 20000) ORDER BY v");
    await using columns = await frame.stream();
    expect(columns.fields).toEqual([
      { name: "v", type: { type: "int64" }, nullable: false },
      { name: "even", type: { type: "bool" }, nullable: false },
    ]);
    let rows = 0;
    for await (const batch of columns.columns()) {
      expect(batch.firstRow).toBe(rows);
      expect(batch.columns[0]?.values?.[0]).toBe(BigInt(rows));
      rows += batch.rows;
    }
    expect(rows).toBe(20_000);

    let sum = 0;
    await using batches = await frame.stream();
    for await (const batch of batches.rowBatches<{ v: number }>({ values: "plain" })) {
      for (const row of batch) sum += row.v;
    }
    expect(sum).toBe((19_999 * 20_000) / 2);

    const evens: boolean[] = [];
    await using each = await frame.stream();
    for await (const row of each.rows<{ even: boolean }>()) evens.push(row.even);
    expect(evens.length).toBe(20_000);
    expect(evens.slice(0, 3)).toEqual([true, false, true]);

    const seen: unknown[] = [];
    await using visited = await frame.stream();
    await visited.forEachRow<{ v: bigint }>((row) => seen.push(row.v));
    expect(seen.length).toBe(20_000);
    expect(seen.at(-1)).toBe(19_999n);

    let arrowRows = 0;
    await using arrow = await frame.stream();
    expect((await arrow.schema()).fields.map(String)).toEqual(["v: Int64", "even: Bool"]);
    for await (const batch of arrow) arrowRows += batch.numRows;
    expect(arrowRows).toBe(20_000);
  });

  it("gives a schema and no batch for an empty result", async () => {
    await using session = await open();
    const frame = session.sql("SELECT value AS v FROM range(0, 10) WHERE value > 10");
    await using stream = await frame.stream();
    expect(await firstBatch(stream)).toBe(0);
    expect(await frame.rows()).toEqual([]);
    expect(await frame.first()).toBeNull();
    expect(await frame.count()).toBe(0);
    const table = await frame.collect();
    expect([table.numRows, table.schema.names]).toEqual([0, ["v"]]);
  });

  it("has one consumer", async () => {
    await using session = await open();
    await using stream = await session.sql("SELECT 1 AS a").stream();
    const consumed = expect.objectContaining({
      code: "QUERY.STREAM_CONSUMED",
      details: { queryId: stream.queryId },
    });
    stream.columns();
    expect(() => stream.rows()).toThrow(consumed);
    expect(() => stream.columns()).toThrow(consumed);
    expect(() => stream[Symbol.asyncIterator]()).toThrow(consumed);
    await expect(stream.forEachRow(() => undefined)).rejects.toEqual(consumed);
  });

  it("keeps the memory of batches, and takes back what was only lent", async () => {
    await using session = await open();
    const frame = session.sql("SELECT value AS v FROM range(0, 60000)");
    for (const lent of [false, true]) {
      await using stream = await frame.stream();
      const seen: (readonly [first: unknown, length: number | undefined])[] = [];
      const kept = [];
      for await (const batch of stream.columns({ lent })) {
        const values = batch.columns[0]?.values;
        seen.push([values?.[0], values?.length]);
        kept.push(values);
      }
      expect(seen.reduce((rows, [, length]) => rows + (length ?? 0), 0)).toBe(60_000);
      expect(seen.length).toBeGreaterThan(2);
      const lengths = kept.map((values) => values?.length);
      if (lent) expect(new Set(lengths.slice(0, -1))).toEqual(new Set([0]));
      else expect(lengths).toEqual(seen.map(([, length]) => length));
    }
  });

  it("runs two streams of one frame at the same time", async () => {
    const hooks = recordingHooks();
    await using session = await open({ hooks });
    const frame = session.sql("SELECT value AS v FROM range(0, 50000)");
    const [one, two] = await Promise.all([frame.rows(), frame.rows()]);
    expect(one.length).toBe(50_000);
    expect(two.length).toBe(50_000);
    const ids = hooks.of("query.started").map((event) => event.queryId);
    expect(new Set(ids).size).toBe(2);
  });
});

describe("ends of a stream", () => {
  const succeeded: readonly EventName[] = [
    "sql.received",
    "cache.miss",
    "plan.compiled",
    "query.started",
    "query.finished",
  ];
  const failed: readonly EventName[] = ["sql.received", "cache.miss", "plan.compiled", "query.started", "query.failed"];
  const cancelled: readonly EventName[] = [
    "sql.received",
    "cache.miss",
    "plan.compiled",
    "query.started",
    "query.cancelled",
  ];

  it("finishes once, with what the caller got", async () => {
    const hooks = recordingHooks();
    await using session = await open({ hooks });
    const rows = await session.sql("SELECT value FROM range(0, 3)", { label: "three" }).rows();
    expect(rows.length).toBe(3);
    const [finished] = hooks.of("query.finished");
    expect(hooks.queryEvents(finished?.queryId ?? "").map(({ event }) => event)).toEqual(succeeded);
    expect(finished).toMatchObject({ rows: 3, batches: 1, earlyClose: false, label: "three" });
  });

  it("stops the native work when the loop ends early", async () => {
    const hooks = recordingHooks();
    await using session = await open({ hooks });
    const before = await openStreams();
    const stream = await session.sql(long).stream();
    expect(await openStreams()).toBe(before + 1);
    expect(await firstBatch(stream)).toBeGreaterThan(0);
    expect(await openStreams()).toBe(before);
    expect(hooks.of("query.finished")).toMatchObject([{ earlyClose: true, batches: 1 }]);
    await stream.close();
    expect(hooks.queryEvents(stream.queryId).map(({ event }) => event)).toEqual(succeeded);
  });

  it("stops the native work when the body of the loop throws", async () => {
    await using session = await open();
    const before = await openStreams();
    const failure = new Error("in the body");
    const run = async (): Promise<void> => {
      await using stream = await session.sql(long).stream();
      for await (const _row of stream.rows()) throw failure;
    };
    await expect(run()).rejects.toBe(failure);
    expect(await openStreams()).toBe(before);
  });

  it("tells nothing of a stream that was never pulled", async () => {
    const hooks = recordingHooks();
    await using session = await open({ hooks });
    const stream = await session.sql("SELECT 1").stream();
    await stream.close();
    await stream.close();
    expect(hooks.queryEvents(stream.queryId).map(({ event }) => event)).toEqual([
      "sql.received",
      "cache.miss",
      "plan.compiled",
    ]);
  });

  it("fails a pull in flight when the stream is closed", async () => {
    await using session = await open();
    const stream = await session.sql(endless).stream();
    const pull = firstBatch(stream);
    await delay(20);
    await stream.close();
    await expect(pull).rejects.toMatchObject({ code: "NATIVE.CLOSED" });
  });

  it("rejects with the reason of an abort and stops the work", async () => {
    const hooks = recordingHooks();
    await using session = await open({ hooks });
    const before = await openStreams();
    const abort = new AbortController();
    const reason = { not: "even an error" };
    const running = session.sql(endless, { signal: abort.signal }).rows();
    setTimeout(() => abort.abort(reason), 50);
    await expect(running).rejects.toBe(reason);
    expect(await openStreams()).toBe(before);
    const [end] = hooks.of("query.cancelled");
    expect(end).toMatchObject({ reason: "abort", rows: 0 });
    expect(hooks.queryEvents(end?.queryId ?? "").map(({ event }) => event)).toEqual(cancelled);
    expect(await session.sql("SELECT 1 AS a").rows({ values: "plain" })).toEqual([{ a: 1 }]);
  });

  it("stops the work when the abort comes between two pulls", async () => {
    const hooks = recordingHooks();
    await using session = await open({ hooks });
    const before = await openStreams();
    const abort = new AbortController();
    const stream = await session.sql(long).stream({ signal: abort.signal });
    const batches = stream.columns()[Symbol.asyncIterator]();
    expect((await batches.next()).done).toBe(false);
    abort.abort(new Error("enough"));
    await delay(20);
    expect(await openStreams()).toBe(before);
    await expect(batches.next()).rejects.toThrow("enough");
    await stream.close();
    expect(hooks.queryEvents(stream.queryId).map(({ event }) => event)).toEqual(cancelled);
  });

  it("tells a timeout from an abort, and cancels while planning", async () => {
    const hooks = recordingHooks();
    await using session = await open({ hooks });
    const signal = AbortSignal.timeout(50);
    await expect(session.sql(endless).rows({ signal })).rejects.toMatchObject({ name: "TimeoutError" });
    expect(hooks.of("query.cancelled")).toMatchObject([{ reason: "timeout" }]);
    const abort = new AbortController();
    const planning = session.sql("SELECT 1").schema({ signal: abort.signal });
    abort.abort(new Error("not needed"));
    await expect(planning).rejects.toThrow("not needed");
    const seen = hooks.names().length;
    await expect(session.sql("SELECT 1").rows({ signal: AbortSignal.abort("before") })).rejects.toBe("before");
    expect(hooks.names().length).toBe(seen);
  });

  it("ends its streams when the session closes", async () => {
    const hooks = recordingHooks();
    const session = await open({ hooks });
    const running = session.sql(endless).rows();
    const idle = await session.sql(long).stream();
    const pulled = idle.columns()[Symbol.asyncIterator]();
    await pulled.next();
    await delay(20);
    const rejected = expect(running).rejects.toMatchObject({ code: "SESSION.CLOSED" });
    await session.close();
    await rejected;
    await expect(pulled.next()).rejects.toMatchObject({ code: "SESSION.CLOSED" });
    expect(hooks.of("query.cancelled").map((event) => event.reason)).toEqual(["session_closed", "session_closed"]);
    expect(hooks.names().at(-1)).toBe("session.closed");
    expect(hooks.of("session.closed")).toMatchObject([{ queries: 2 }]);
  });

  it("fails the pull that meets an error and adds the query to it", async () => {
    const hooks = recordingHooks();
    await using session = await open({ hooks });
    const frame = session.sql("SELECT 1 / (value - 5000) AS v FROM range(0, 100000)", { label: "division" });
    await expect(frame.rows()).rejects.toMatchObject({
      code: expect.stringMatching(/^ENGINE\./),
      details: { queryId: expect.any(String), label: "division", stage: "execute" },
    });
    const [end] = hooks.of("query.failed");
    expect(hooks.queryEvents(end?.queryId ?? "").map(({ event }) => event)).toEqual(failed);
    expect(end?.error.code).toMatch(/^ENGINE\./);
  });

  it("fails the query when a value does not fit the row mode", async () => {
    const hooks = recordingHooks();
    await using session = await open({ hooks });
    const frame = session.sql("SELECT 9007199254740993 AS big");
    await expect(frame.rows({ values: "plain" })).rejects.toMatchObject({
      code: "ROWS.UNSAFE_INTEGER",
      details: { column: "big", row: 0, value: "9007199254740993", queryId: expect.any(String), stage: "execute" },
    });
    expect(hooks.of("query.failed")).toMatchObject([{ error: { code: "ROWS.UNSAFE_INTEGER" } }]);
    expect(await frame.rows({ values: "json" })).toEqual([{ big: "9007199254740993" }]);
  });
});

describe("progress", () => {
  it("is told while a query runs", async () => {
    await using session = await open();
    const abort = new AbortController();
    const told: Progress[] = [];
    const running = session.sql(endless).rows({
      signal: abort.signal,
      onProgress: (progress) => {
        told.push(progress);
        if (told.length === 2) abort.abort("seen");
      },
    });
    await expect(running).rejects.toBe("seen");
    expect(told.length).toBe(2);
    expect(told[0]).toEqual({
      phase: expect.any(String),
      rows: expect.any(Number),
      bytes: expect.any(Number),
      spilledBytes: 0,
      elapsedMs: expect.any(Number),
    });
  });

  it("stops a query whose listener throws", async () => {
    await using session = await open();
    const failure = new Error("in the listener");
    const onProgress = (): never => {
      throw failure;
    };
    await expect(session.sql(endless, { onProgress }).rows()).rejects.toBe(failure);
  });
});

describe("gathering", () => {
  it("ends at the limits of the profile or the call", async () => {
    const hooks = recordingHooks();
    await using session = await open({ hooks }, { limits: { collectRows: 5 } });
    const frame = session.sql("SELECT value AS v FROM range(0, 100)");
    await expect(frame.rows()).rejects.toMatchObject({
      code: "QUERY.RESULT_TOO_LARGE",
      details: { limit: 5, seen: 100, unit: "rows" },
    });
    expect(hooks.of("query.failed")).toMatchObject([{ error: { code: "QUERY.RESULT_TOO_LARGE" } }]);
    await expect(frame.collect({ maxBytes: 10, maxRows: null })).rejects.toMatchObject({
      details: { limit: 10, unit: "bytes" },
    });
    const rows = await frame.rows<{ v: bigint }>({ onLimit: "truncate" });
    expect([rows.truncated, rows.map(({ v }) => v)]).toEqual([true, [0n, 1n, 2n, 3n, 4n]]);
    const table = await frame.collect({ maxRows: 7, onLimit: "truncate" });
    expect([table.truncated, table.numRows]).toEqual([true, 7]);
    const all = await frame.collect({ maxRows: null });
    expect([all.truncated, all.numRows]).toEqual([false, 100]);
  });

  it("ends at the limits of the statement, which no terminal and no profile widens", async () => {
    await using session = await open({}, { sql: { policy: "admin" }, limits: { collectRows: 5 } });
    const text = "SELECT value AS v FROM range(0, 100)";
    const past = (limit: number, unit: string): unknown =>
      expect.objectContaining({ code: "QUERY.RESULT_TOO_LARGE", details: expect.objectContaining({ limit, unit }) });
    const three = { limits: { maxRows: 3 } };
    await using prepared = await session.prepare(text, three);
    for (const frame of [session.sql(text, three), prepared.bind(), session.sql(text, three).filter(lit(true))]) {
      await expect(frame.rows()).rejects.toEqual(past(3, "rows"));
      await expect(frame.collect({ maxRows: null })).rejects.toEqual(past(3, "rows"));
      expect(await frame.rows({ maxRows: 9, onLimit: "truncate" })).toHaveLength(3);
      expect(await frame.rows({ maxRows: 2, onLimit: "truncate" })).toHaveLength(2);
      expect(await frame.count()).toBe(100);
    }
    await expect(session.execute(text, three)).rejects.toEqual(past(3, "rows"));
    const bytes = { limits: { maxBytes: 10 } };
    await expect(session.execute(`${text} LIMIT 4`, bytes)).rejects.toEqual(past(10, "bytes"));
    await expect(session.sql(`${text} LIMIT 4`, bytes).rows({ maxBytes: null })).rejects.toEqual(past(10, "bytes"));
    for (const maxRows of [50, Number.NaN]) {
      await expect(session.sql(text, { limits: { maxRows } }).rows()).rejects.toEqual(past(5, "rows"));
      await expect(session.execute(text, { limits: { maxRows } })).rejects.toEqual(past(5, "rows"));
    }
    expect(await session.sql(text, { limits: { maxRows: 0 } }).first()).toEqual({ v: 0n });
  });

  it("lets timers run while rows are made", async () => {
    await using session = await open();
    let ticks = 0;
    const timer = setInterval(() => {
      ticks += 1;
    }, 5);
    const frame = session.sql("SELECT value AS v, concat('row ', value) AS text FROM range(0, 1000000)");
    await using stream = await frame.stream();
    let rows = 0;
    for await (const _row of stream.rows()) rows += 1;
    clearInterval(timer);
    expect(rows).toBe(1_000_000);
    expect(ticks).toBeGreaterThan(10);
  });
});
