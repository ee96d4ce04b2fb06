import { parseProfile } from "@deltafuse/config/profile";
import { veto } from "@deltafuse/hooks/interceptors";
import { recordingHooks, type RecordingHooks } from "@deltafuse/hooks/testing";
import { tableFromArrays } from "apache-arrow";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runtimeStats } from "../src/native-runtime.ts";
import type { RecordBatchStream } from "../src/record-batch-stream.ts";
import { openSession, type Session } from "../src/session.ts";

let hooks: RecordingHooks;
let session: Session;

beforeEach(async () => {
  hooks = recordingHooks();
  const profile = { preset: "test", execution: { targetPartitions: 4 }, sql: { policy: "admin" } } as const;
  session = await openSession(parseProfile(profile), { hooks });
});
afterEach(() => session.close());

const spread = "SELECT value % 100 AS g, count(*) AS n FROM range(0, 40000) GROUP BY 1";
const long = "SELECT value FROM range(0, 100000000)";

async function numbers(stream: RecordBatchStream, column = "g"): Promise<number[]> {
  const found: number[] = [];
  for await (const row of stream.rows<Record<string, number>>({ values: "plain" })) found.push(row[column] ?? -1);
  return found;
}

function ofQuery(streams: readonly RecordBatchStream[]): string[] {
  const names = hooks.queryEvents(streams[0]?.queryId ?? "").map(({ event }) => event);
  return names.filter((name) => name.startsWith("query.") || name === "plan.compiled");
}

async function streamsOpen(): Promise<number | undefined> {
  return (await runtimeStats()).handles["stream"];
}

describe("streamPartitions", () => {
  it("gives the rows of a query once, spread over its partitions, as one query", async () => {
    const streams = await session.sql(spread).streamPartitions();
    expect(streams.length).toBe(4);
    expect(new Set(streams.map(({ queryId }) => queryId)).size).toBe(1);
    const parts = await Promise.all(streams.map((stream) => numbers(stream)));
    expect(parts.flat().toSorted((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, n) => n));
    expect(ofQuery(streams)).toEqual(["plan.compiled", "query.started", "query.finished"]);
    expect(hooks.of("query.finished")).toMatchObject([{ rows: 100, earlyClose: false, totals: { partitions: 4 } }]);
    expect(await streamsOpen()).toBe(0);
  });

  it("can be read one after the other", async () => {
    const streams = await session.sql(spread).streamPartitions();
    const found: number[] = [];
    for (const stream of streams) found.push(...(await numbers(stream)));
    expect(found.length).toBe(100);
    expect(ofQuery(streams)).toEqual(["plan.compiled", "query.started", "query.finished"]);
  });

  it("goes on when one of them is closed", async () => {
    const streams = await session.sql(spread).streamPartitions();
    await streams[0]?.close();
    const rest = await Promise.all(streams.slice(1).map((stream) => numbers(stream)));
    expect(rest.flat().length).toBeLessThan(100);
    expect(ofQuery(streams)).toEqual(["plan.compiled", "query.started", "query.finished"]);
    expect(hooks.of("query.finished")).toMatchObject([{ earlyClose: true }]);
  });

  it("ends when all of them are closed, and when their signal is aborted", async () => {
    const query = session.sql("SELECT a.value FROM range(100000000) a JOIN range(100000000) b ON a.value = b.value");
    const controller = new AbortController();
    const streams = await query.streamPartitions({ signal: controller.signal });
    const reading = streams.map((stream) => numbers(stream, "value"));
    controller.abort();
    const outcomes = await Promise.allSettled(reading);
    expect(outcomes.every((one) => one.status === "rejected" && one.reason === controller.signal.reason)).toBe(true);
    expect(ofQuery(streams)).toEqual(["plan.compiled", "query.started", "query.cancelled"]);
    const closed = await session.sql(spread).streamPartitions();
    for (const stream of closed) await stream.close();
    expect(ofQuery(closed)).toEqual(["plan.compiled"]);
    expect(await streamsOpen()).toBe(0);
  });

  it("fails all when one fails, and tells of it once", async () => {
    const streams = await session
      .sql("SELECT g, 1 / (g - 50) AS q FROM (SELECT value % 100 AS g, count(*) AS n FROM range(0, 40000) GROUP BY 1)")
      .streamPartitions();
    const outcomes = await Promise.allSettled(streams.map((stream) => numbers(stream)));
    expect(outcomes.filter(({ status }) => status === "rejected").length).toBeGreaterThan(0);
    expect(ofQuery(streams)).toEqual(["plan.compiled", "query.started", "query.failed"]);
    expect(await streamsOpen()).toBe(0);
  });

  it("stops with the session, and is asked about like any query", async () => {
    const streams = await session.sql(long).streamPartitions();
    const reading = Promise.allSettled(streams.map((stream) => numbers(stream, "value")));
    await session.close();
    for (const outcome of await reading) expect(outcome).toMatchObject({ reason: { code: "SESSION.CLOSED" } });
    session = await openSession(parseProfile({ preset: "test" }), { hooks });
    using _rule = hooks.intercept("beforeExecute", () => veto("not now"));
    await expect(session.sql(spread).streamPartitions()).rejects.toMatchObject({ code: "HOOKS.VETOED" });
    expect(await streamsOpen()).toBe(0);
  });

  it("reads dictionaries and the rows of an iterable", async () => {
    async function* batches(): AsyncGenerator<(typeof table.batches)[number]> {
      yield* table.batches;
    }
    const table = tableFromArrays({ word: ["a", "b", "a"] });
    const frame = session.sql("SELECT word, count(*) AS n FROM words GROUP BY word", { tables: { words: batches() } });
    const streams = await frame.streamPartitions();
    const rows = await Promise.all(streams.map((stream) => numbers(stream, "n")));
    expect(rows.flat().toSorted((a, b) => a - b)).toEqual([1, 2]);
  });

  it("keeps nothing over 200 queries", async () => {
    const one = async (): Promise<void> => {
      const streams = await session.sql("SELECT value FROM range(0, 3)").streamPartitions();
      for (const stream of streams) await numbers(stream, "value");
    };
    for (let run = 0; run < 20; run++) await Promise.all(Array.from({ length: 10 }, one));
    expect(await streamsOpen()).toBe(0);
  }, 300_000);
});
