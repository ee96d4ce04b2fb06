import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createCancel, type NativeCancel, type NativeSession, runtimeStats } from "../binding.js";
import { int64Batch } from "./arrow-message.ts";
import { callSubjects, entrypointCalls } from "./entrypoint-calls.ts";
import { drained, executed, failureOf, numberOf, openSession, planned, request, streamed } from "./native-call.ts";
import { processorTime, until } from "./processor-time.ts";

const source = { $handle: 0 };
const cancelled = { code: "NATIVE.CANCELLED", causes: [], details: {} };

/** Work for minutes, each in another operator. */
const statements = {
  "a nested-loop join":
    "SELECT count(*) FROM range(0, 100000) a JOIN range(0, 100000) b ON a.value * 7 % 11 < b.value % 13",
  "a hash join": "SELECT count(*) FROM range(0, 200000) a JOIN range(0, 200000) b ON a.value % 10 = b.value % 10",
  "a sort": "SELECT value FROM range(0, 300000000) ORDER BY value * 7919 % 1000003",
  "an aggregation": "SELECT value % 7, count(DISTINCT md5(concat('', value))) FROM range(0, 300000000) GROUP BY 1",
  "a window": "SELECT sum(value) OVER (ORDER BY value * 7919 % 1000003) FROM range(0, 300000000)",
  "a recursive query": "WITH RECURSIVE r AS (SELECT 1 AS a UNION ALL SELECT a + 1 FROM r) SELECT count(*) FROM r",
  "one long expression":
    "SELECT count(*) FROM range(0, 1000000000) WHERE length(repeat(md5(concat('', value)), 9)) < 0",
};

let folder = "";
let session: NativeSession;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "deltafuse-cancellation-"));
  session = await openSession();
});

afterAll(async () => {
  session.close();
  await rm(folder, { recursive: true, force: true });
});

/** Half a second after work was stopped, this process does next to nothing. */
async function expectRest(): Promise<void> {
  await setTimeout(500);
  expect(await processorTime(300)).toBeLessThan(100);
}

/** Starts work, cancels it a little later and expects its end: soon, measured by what its threads still do. */
async function cancelledAfter(milliseconds: number, start: (cancel: NativeCancel) => Promise<unknown>): Promise<void> {
  const cancel = createCancel();
  const failure = failureOf(start(cancel));
  await setTimeout(milliseconds);
  const before = process.cpuUsage();
  cancel.cancel();
  expect(await failure).toMatchObject(cancelled);
  const { user, system } = process.cpuUsage(before);
  expect((user + system) / 1000).toBeLessThan(1500);
  await expectRest();
}

describe("a cancel handle that was used before", () => {
  it("starts nothing, at any entrypoint", async () => {
    const cancel = createCancel();
    expect(cancel.cancelled).toBe(false);
    cancel.cancel();
    cancel.cancel();
    expect(cancel.cancelled).toBe(true);
    const subjects = await callSubjects(folder);
    const before = await readdir(folder, { recursive: true });
    for (const { entrypoint, members, send } of entrypointCalls(subjects)) {
      if (entrypoint === "configureRuntime" || entrypoint === "createCacheScope") continue;
      const failure = await failureOf(send(request(members), cancel));
      expect({ entrypoint, ...failure }).toMatchObject({ entrypoint, ...cancelled });
    }
    expect(await failureOf(subjects.stream.next(cancel))).toMatchObject(cancelled);
    expect(await readdir(folder, { recursive: true })).toEqual(before);
    expect(cancel.progress()).toBe(null);
    subjects.session.close();
  });
});

describe("a cancel handle that is used meanwhile", () => {
  for (const [operator, sql] of Object.entries(statements)) {
    it(`stops ${operator}`, () => cancelledAfter(150, (cancel) => executed(session, sql, cancel)));
  }

  it("stops what fills a table in memory", async () => {
    const frame = await planned(session, statements["a sort"]);
    const memory = request({ kind: "memory", source });
    await cancelledAfter(150, (cancel) => session.prepareTable(memory, { handles: [frame] }, cancel));
  });

  it("stops a write of files and leaves none behind", async () => {
    const frame = await planned(session, "SELECT value, md5(concat('', value)) AS m FROM range(0, 300000000)");
    const location = join(folder, "files");
    const members = { source, location, format: "parquet", mode: "error", single: false, writeId: "w" };
    await cancelledAfter(300, (cancel) => session.writeFiles(request(members), { handles: [frame] }, cancel));
    expect((await readdir(folder)).filter((name) => name.includes("files"))).toEqual([]);
  });

  it("stops a write of a Delta table before its commit", async () => {
    const frame = await planned(session, "SELECT value, md5(concat('', value)) AS m FROM range(0, 300000000)");
    const uri = join(folder, "table");
    const members = { source, write: { uri, mode: "append" } };
    await cancelledAfter(300, (cancel) => session.deltaWrite(request(members), { handles: [frame] }, cancel));
    expect(JSON.parse((await session.deltaExists(request({ uri }), {})).json)).toEqual({ exists: false });
  });

  it("stops the calls of a function", async () => {
    let calls = 0;
    const cancel = createCancel();
    const types = { arguments: [{ name: "a", type: "int64" }], returns: "int64" };
    const rest = {
      version: "0",
      volatility: "volatile",
      nulls: "strict",
      batchSize: 1024,
      timeoutMs: 0,
      replace: true,
    };
    await session.registerFunction(request({ name: "slow", ...types, ...rest }), {
      callback: ({ rows }: { rows: number }) => {
        calls += 1;
        if (calls === 10) cancel.cancel();
        const end = performance.now() + 10;
        while (performance.now() < end);
        return int64Batch(new BigInt64Array(rows));
      },
    });
    const sql = "SELECT sum(slow(value)) FROM range(0, 1000000000)";
    expect(await failureOf(executed(session, sql, cancel))).toMatchObject(cancelled);
    await setTimeout(500);
    const atEnd = calls;
    await setTimeout(300);
    expect(calls).toBe(atEnd);
  });

  it("ends every call it was given to, and no other", async () => {
    const cancel = createCancel();
    const other = numberOf(session, "SELECT count(*) FROM range(0, 20000) a CROSS JOIN range(0, 20000) b");
    const failures = Object.values(statements).map((sql) => failureOf(executed(session, sql, cancel)));
    await setTimeout(100);
    cancel.cancel();
    for (const failure of await Promise.all(failures)) expect(failure).toMatchObject(cancelled);
    expect(await other).toBe(400_000_000);
  });

  it("ends a stream for good", async () => {
    const cancel = createCancel();
    const stream = await streamed(session, "SELECT value FROM range(0, 1000000000)");
    expect((await stream.next(cancel))?.header[0]).toBe(8192);
    cancel.cancel();
    expect(await failureOf(stream.next(cancel))).toMatchObject(cancelled);
    expect(await failureOf(stream.next())).toMatchObject({ code: "NATIVE.CLOSED" });
    await expectRest();
    stream.close();
  });
});

describe("a cancel handle that is used after the end", () => {
  it("changes nothing", async () => {
    const cancel = createCancel();
    const stream = await streamed(session, "SELECT value FROM range(0, 3)");
    const batches = await drained(stream, cancel);
    cancel.cancel();
    expect(cancel.cancelled).toBe(true);
    expect(batches.map(({ header }) => header[0])).toEqual([3]);
    expect(await numberOf(session, "SELECT 42")).toBe(42);
  });
});

describe("a stream that is closed early", () => {
  it("stops its work", async () => {
    for (const sql of Object.values(statements)) {
      const stream = await streamed(session, sql);
      const pull = failureOf(stream.next());
      await setTimeout(100);
      stream.close();
      expect(await pull).toMatchObject({ code: "NATIVE.CLOSED", details: { handle: "stream" } });
    }
    const stream = await streamed(session, "SELECT value FROM range(0, 1000000000)");
    await stream.next();
    stream.close();
    await expectRest();
    await until(() => JSON.parse(runtimeStats()).handles.stream === 0);
  });
});

describe("spilled files", () => {
  const sql = "SELECT value, md5(concat('', value)) AS m FROM range(0, 100000000) ORDER BY m";

  async function spilling(run: (session: NativeSession, files: () => Promise<number>) => Promise<void>): Promise<void> {
    const directory = await mkdtemp(join(tmpdir(), "deltafuse-spill-"));
    const memory = { pool: "fair", limitBytes: 64e6, topConsumers: 3 };
    const settings = [
      ["datafusion.execution.target_partitions", "1"],
      ["datafusion.execution.sort_spill_reservation_bytes", "1048576"],
    ];
    const small = await openSession({
      settings,
      runtimeEnv: { memory, spill: { mode: "directories", directories: [directory] } },
    });
    const files = async (): Promise<number> =>
      (await readdir(directory, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()).length;
    try {
      await run(small, files);
      await until(async () => (await files()) === 0);
    } finally {
      small.close();
      try {
        await until(async () => (await readdir(directory)).length === 0);
      } finally {
        await rm(directory, { recursive: true, force: true });
      }
    }
  }

  it("are gone after a cancel", () =>
    spilling(async (small, files) => {
      const cancel = createCancel();
      const failure = failureOf(executed(small, sql, cancel));
      await until(async () => (await files()) > 0);
      cancel.cancel();
      expect(await failure).toMatchObject(cancelled);
    }));

  it("are gone after a stream was closed", () =>
    spilling(async (small, files) => {
      const stream = await streamed(small, sql);
      const pull = failureOf(stream.next());
      await until(async () => (await files()) > 0);
      stream.close();
      expect(await pull).toMatchObject({ code: "NATIVE.CLOSED" });
    }));

  it("are gone after the end", () =>
    spilling(async (small, files) => {
      const few = sql.replace("100000000", "1500000");
      const stream = await streamed(small, few);
      expect(await stream.next()).not.toBe(null);
      expect(await files()).toBeGreaterThan(0);
      await drained(stream);
    }));
});
