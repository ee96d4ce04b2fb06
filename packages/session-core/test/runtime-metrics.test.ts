import { parseProfile, type ProfileInput } from "@deltafuse/config/profile";
import { recordingHooks } from "@deltafuse/hooks/testing";
import { describe, expect, it } from "vitest";
import { metricRows, type RuntimeMetrics } from "../src/runtime-metrics.ts";
import { createSessionCache } from "../src/session-cache.ts";
import { openSession, type Session } from "../src/session.ts";

function open(profile: ProfileInput = {}): Promise<Session> {
  return openSession(parseProfile({ preset: "test", sql: { policy: "admin" }, ...profile }));
}

async function plain(session: Session, sql: string): Promise<readonly object[]> {
  return session.sql(sql).rows({ values: "plain" });
}

const sorted = "SELECT value, md5(concat('', value)) AS m FROM range(0, 200000) ORDER BY m";
const spilling: ProfileInput = {
  memory: { pool: "fair", limit: "10MiB", sortReservation: "1MiB" },
  execution: { targetPartitions: 1 },
};

const nothingHeld = { reservedBytes: 0, grantedBytes: 0, consumers: [] };

describe("session.metrics", () => {
  it("tells of a new session that nothing is held and nothing has run", async () => {
    await using session = await open();
    const { memory, spill, caches, handles, queries } = await session.metrics();
    expect(memory).toEqual({
      pool: "fair",
      reservedBytes: 0,
      grantedBytes: 0,
      limitBytes: 256 * 1024 * 1024,
      consumers: [],
    });
    expect(spill).toEqual({ files: 0, bytes: 0 });
    expect(queries).toEqual({ running: 0, finished: 0, failed: 0, cancelled: 0 });
    expect(handles["session"]).toBeGreaterThanOrEqual(1);
    expect(
      caches.map(({ name, hits, misses, limitBytes, ttlMs }) => ({ name, hits, misses, limitBytes, ttlMs })),
    ).toEqual([
      { name: "metadata", hits: 0, misses: 0, limitBytes: 16 * 1024 * 1024, ttlMs: null },
      { name: "list_files", hits: 0, misses: 0, limitBytes: 0, ttlMs: null },
      { name: "statistics", hits: 0, misses: 0, limitBytes: 20 * 1024 * 1024, ttlMs: null },
    ]);
    await using unlimited = await open({ memory: { pool: "unbounded" } });
    expect((await unlimited.metrics()).memory).toMatchObject({ pool: "unbounded", limitBytes: null });
  });

  it("counts the ends of queries as their events tell them", async () => {
    await using session = await open();
    const counts = async (): Promise<RuntimeMetrics["queries"]> => (await session.metrics()).queries;
    await session.sql("SELECT value FROM range(10)").rows();
    await session.execute("CREATE TABLE t AS SELECT 1 AS a");
    expect(await counts()).toEqual({ running: 0, finished: 2, failed: 0, cancelled: 0 });
    await expect(session.sql("SELECT 1 / (value - 2) FROM range(3)").rows()).rejects.toMatchObject({
      code: "ENGINE.EXECUTION",
    });
    await expect(session.sql("SELECT missing FROM t").rows()).rejects.toMatchObject({ code: "SQL.PLAN_ERROR" });
    expect(await counts()).toEqual({ running: 0, finished: 2, failed: 1, cancelled: 0 });
    const controller = new AbortController();
    const stream = await session.sql("SELECT value FROM range(100000000)").stream({ signal: controller.signal });
    const batches = stream.columns()[Symbol.asyncIterator]();
    await batches.next();
    expect(await counts()).toEqual({ running: 1, finished: 2, failed: 1, cancelled: 0 });
    controller.abort(new Error("enough"));
    await expect(batches.next()).rejects.toThrow("enough");
    expect(await counts()).toEqual({ running: 0, finished: 2, failed: 1, cancelled: 1 });
    for await (const _batch of (await session.sql("SELECT value FROM range(100000000)").stream()).columns()) break;
    expect(await counts()).toEqual({ running: 0, finished: 3, failed: 1, cancelled: 1 });
    await expect(session.sql("SELECT value FROM range(1000)").rows({ maxRows: 5 })).rejects.toMatchObject({
      code: "QUERY.RESULT_TOO_LARGE",
    });
    expect(await counts()).toEqual({ running: 0, finished: 3, failed: 2, cancelled: 1 });
  });

  it("counts the queries of all handles of a session", async () => {
    const profile = parseProfile({ preset: "test" });
    await using cache = createSessionCache();
    await using one = await cache.ensure(profile, []);
    const other = await cache.ensure(profile, []);
    await one.sql("SELECT 1 AS a").rows();
    const stream = await other.sql("SELECT value FROM range(100000000)").stream();
    await stream.columns()[Symbol.asyncIterator]().next();
    await other.close();
    expect((await one.metrics()).queries).toEqual({ running: 0, finished: 1, failed: 0, cancelled: 1 });
  });

  it("shows what a query holds of memory and disk while it runs", async () => {
    await using session = await open(spilling);
    const stream = await session.sql(sorted).stream();
    const batches = stream.columns()[Symbol.asyncIterator]();
    await batches.next();
    const { memory, spill, queries } = await session.metrics();
    expect(queries.running).toBe(1);
    expect(spill.files).toBeGreaterThan(0);
    expect(spill.bytes).toBeGreaterThan(0);
    expect(memory.reservedBytes).toBeGreaterThan(0);
    const sizes = memory.consumers.map(({ reservedBytes }) => reservedBytes);
    expect(sizes.reduce((sum, bytes) => sum + bytes, 0)).toBe(memory.reservedBytes);
    expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
    expect(memory.consumers.some(({ name }) => name.includes("Sort"))).toBe(true);
    for (const { peakBytes, reservedBytes } of memory.consumers)
      expect(peakBytes).toBeGreaterThanOrEqual(reservedBytes);
    await stream.close();
    expect((await session.metrics()).queries).toEqual({ running: 0, finished: 1, failed: 0, cancelled: 0 });
    await expect.poll(async () => (await session.metrics()).spill).toEqual({ files: 0, bytes: 0 });
    await expect.poll(async () => (await session.metrics()).memory).toMatchObject(nothingHeld);
  });

  it("shows memory that operators hold", async () => {
    await using session = await open();
    const stream = await session.sql("SELECT value, count(*) FROM range(100000) GROUP BY value").stream();
    const batches = stream.columns()[Symbol.asyncIterator]();
    await batches.next();
    const { consumers, reservedBytes } = (await session.metrics()).memory;
    expect(consumers.length).toBeGreaterThan(0);
    expect(reservedBytes).toBeGreaterThan(0);
    await stream.close();
    // Tasks that the engine has spawned let go on a turn of their own.
    await expect.poll(async () => (await session.metrics()).memory).toMatchObject(nothingHeld);
  });

  it("fails on a closed session", async () => {
    const session = await open();
    await session.close();
    const closed = { code: "SESSION.CLOSED" };
    await expect(session.metrics()).rejects.toMatchObject(closed);
    await expect(session.rules()).rejects.toMatchObject(closed);
    await expect(session.clearCaches()).rejects.toMatchObject(closed);
  });
});

describe("metricRows", () => {
  it("has a row for each number, and adds up consumers of one name", () => {
    const consumer = { name: "Sort", canSpill: true, reservedBytes: 5, peakBytes: 9 };
    const rows = metricRows({
      memory: {
        pool: "unbounded",
        reservedBytes: 12,
        grantedBytes: 2,
        limitBytes: null,
        consumers: [consumer, { ...consumer, name: "Hash", reservedBytes: 2 }, consumer],
      },
      spill: { files: 1, bytes: 30 },
      caches: [
        { name: "list_files", entries: 1, bytes: 4, hits: 2, misses: 3, evictions: 5, limitBytes: 6, ttlMs: 7 },
        { name: "metadata", entries: 0, bytes: 0, hits: 0, misses: 0, evictions: 0, limitBytes: 0, ttlMs: null },
      ],
      handles: { stream: 1, session: 2 },
      queries: { running: 1, finished: 2, failed: 3, cancelled: 4 },
    });
    expect(rows.map(({ scope, name, type, unit, value }) => [scope, name, type, unit, value].join(" "))).toEqual([
      "memory reserved_bytes gauge By 12",
      "memory granted_bytes gauge By 2",
      "memory.consumer Hash gauge By 2",
      "memory.consumer Sort gauge By 10",
      "spill files gauge 1 1",
      "spill bytes gauge By 30",
      "cache.list_files entries gauge 1 1",
      "cache.list_files bytes gauge By 4",
      "cache.list_files hits counter 1 2",
      "cache.list_files misses counter 1 3",
      "cache.list_files evictions counter 1 5",
      "cache.list_files limit_bytes gauge By 6",
      "cache.list_files ttl_ms gauge ms 7",
      "cache.metadata entries gauge 1 0",
      "cache.metadata bytes gauge By 0",
      "cache.metadata hits counter 1 0",
      "cache.metadata misses counter 1 0",
      "cache.metadata evictions counter 1 0",
      "cache.metadata limit_bytes gauge By 0",
      "handles session gauge 1 2",
      "handles stream gauge 1 1",
      "queries running gauge 1 1",
      "queries finished counter 1 2",
      "queries failed counter 1 3",
      "queries cancelled counter 1 4",
    ]);
  });
});

describe("the table functions of caches and metrics", () => {
  it("show one row for each cache, and the rows of the metrics", async () => {
    await using session = await open({ cache: { metadata: "1MiB", listFiles: "2MiB", listFilesTtl: "5s" } });
    const counters = { entries: 0, bytes: 0, hits: 0, misses: 0, evictions: 0 };
    expect([
      ...(await plain(session, "SELECT * FROM list_files_cache()")),
      ...(await plain(session, "SELECT * FROM metadata_cache()")),
      ...(await plain(session, "SELECT * FROM statistics_cache()")),
    ]).toEqual([
      { name: "list_files", ...counters, limit_bytes: 2 * 1024 * 1024, ttl_ms: 5000 },
      { name: "metadata", ...counters, limit_bytes: 1024 * 1024, ttl_ms: null },
      { name: "statistics", ...counters, limit_bytes: 20 * 1024 * 1024, ttl_ms: null },
    ]);
    const own = ["queries", "handles", "memory.consumer"];
    const rows = await session.sql("SELECT * FROM runtime_metrics()").rows({ values: "plain" });
    const others = rows.filter((row) => "scope" in row && !own.includes(String(row["scope"])));
    expect(others).toEqual(metricRows(await session.metrics()).filter(({ scope }) => !own.includes(scope)));
    const { queries } = await session.metrics();
    expect(await plain(session, "SELECT name, value FROM runtime_metrics() WHERE scope = 'queries'")).toEqual(
      Object.entries({ ...queries, running: 1 }).map(([name, value]) => ({ name, value })),
    );
    const [type] = await session.sql("SELECT value FROM runtime_metrics()").schema();
    expect(type).toMatchObject({ name: "value", type: { type: "int64" } });
  });

  it("read when they are scanned, not when they are planned", async () => {
    await using session = await open();
    const prepared = await session.prepare(
      "SELECT value FROM runtime_metrics() WHERE scope = 'queries' AND name = 'finished'",
    );
    const finished = async (): Promise<readonly object[]> => prepared.bind([]).rows({ values: "plain" });
    expect(await finished()).toEqual([{ value: 0 }]);
    await session.sql("SELECT 1").rows();
    expect(await finished()).toEqual([{ value: 2 }]);
    await prepared.close();
    await session.execute("CREATE VIEW m AS SELECT sum(value) AS n FROM runtime_metrics() WHERE name = 'failed'");
    expect(await plain(session, "SELECT * FROM m")).toEqual([{ n: 0 }]);
  });

  it("work without information schema, and take no arguments", async () => {
    await using session = await open({ catalog: { informationSchema: false } });
    expect(await plain(session, "SELECT name FROM metadata_cache()")).toEqual([{ name: "metadata" }]);
    await expect(session.sql("SELECT * FROM runtime_metrics(1)").rows()).rejects.toMatchObject({
      code: "SQL.PLAN_ERROR",
    });
    await session.metrics();
    await session.rules();
    await session.clearCaches();
  });

  it("are under the policy of functions, in a view too", async () => {
    await using session = await open();
    const denied = { policy: { functions: { deny: ["runtime_metrics", "metadata_cache"] } } };
    const refused = { code: "SQL.POLICY_VIOLATION", details: { violation: "function", object: "runtime_metrics" } };
    await expect(session.sql("SELECT * FROM runtime_metrics()", denied).rows()).rejects.toMatchObject(refused);
    await session.execute("CREATE VIEW m AS SELECT * FROM runtime_metrics()");
    await expect(session.sql("SELECT * FROM m", denied).rows()).rejects.toMatchObject(refused);
    expect(await plain(session, "SELECT count(*) > 0 AS some FROM m")).toEqual([{ some: true }]);
    await using closed = await open({
      sql: { policy: { base: "read_only", functions: { deny: ["metadata_cache"] } } },
    });
    await expect(closed.sql("SELECT * FROM metadata_cache()").rows()).rejects.toMatchObject({
      details: { object: "metadata_cache" },
    });
    expect(await plain(closed, "SELECT name FROM list_files_cache()")).toEqual([{ name: "list_files" }]);
  });
});

describe("session.rules", () => {
  it("lists what plans a statement, in order, and where it comes from", async () => {
    await using session = await open();
    const rules = await session.rules();
    const { analyzer, optimizer, physical, expressionPlanners } = rules;
    expect(analyzer.at(-1)).toEqual({ name: "deltafuse_policy_guard", origin: "deltafuse" });
    expect(physical.slice(-2)).toEqual([
      { name: "deltafuse_small_input", origin: "deltafuse" },
      { name: "deltafuse_key_filter", origin: "deltafuse" },
    ]);
    for (const list of [analyzer.slice(0, -1), optimizer, physical.slice(0, -2), expressionPlanners]) {
      expect(list.length).toBeGreaterThan(1);
      expect(list.every(({ name, origin }) => name !== "" && origin === "datafusion")).toBe(true);
    }
    expect(optimizer.map(({ name }) => name)).toContain("push_down_filter");
    expect(analyzer.map(({ name }) => name)).toContain("type_coercion");
    expect(await session.rules()).toEqual(rules);
  });

  it("lists the planners too, which the events of the session name in the same order", async () => {
    const hooks = recordingHooks();
    await using session = await openSession(parseProfile({ preset: "test" }), { hooks });
    const rules = await session.rules();
    const own = [{ name: "CommandPlanner", origin: "deltafuse" }];
    expect(rules).toMatchObject({ typePlanners: [], queryPlanners: own, extensionPlanners: own });
    const { relationPlanners, expressionPlanners, typePlanners, queryPlanners, extensionPlanners } = rules;
    const planners = [relationPlanners, expressionPlanners, typePlanners, queryPlanners, extensionPlanners];
    const names = planners.flat().map(({ name }) => name);
    expect(hooks.of("session.opened")[0]?.planners).toEqual(names);
    const [record] = hooks.telemetry.recorder.snapshot({ kinds: ["session"] });
    expect(record?.body).toMatchObject({ action: "opened", planners: names, poolSlot: null });
  });
});

describe("SET and RESET of the runtime", () => {
  it("change what is live, in exact numbers", async () => {
    await using session = await open({ cache: { metadata: "16MiB", listFiles: "8MiB", listFilesTtl: "30s" } });
    const prepared = await session.prepare("SELECT 1 AS a");
    const before = await session.runtime();
    const value = async (name: string): Promise<string | null | undefined> => {
      const { entries } = await session.settings();
      return entries.find(({ key }) => key === `datafusion.runtime.${name}`)?.value;
    };
    expect(await value("memory_limit")).toBe(String(256 * 1024 * 1024));
    const changes: readonly (readonly [name: string, text: string, exact: string])[] = [
      ["metadata_cache_limit", "1.5M", "1572864"],
      ["list_files_cache_limit", "1048577", "1048577"],
      ["list_files_cache_ttl", "1m30s", "90000ms"],
      ["file_statistics_cache_limit", "0", "0"],
      ["max_temp_directory_size", "1.5G", "1610612736"],
      ["max_spill_merge_fan_in", "7", "7"],
    ];
    for (const [name, text, exact] of changes) {
      await session.execute(`SET datafusion.runtime.${name} = '${text}'`);
      expect([name, await value(name)]).toEqual([name, exact]);
    }
    const { revision, runtimeEnv, sessionHash } = await session.runtime();
    expect([revision, sessionHash === before.sessionHash]).toEqual([changes.length, false]);
    expect(runtimeEnv).toEqual({
      ...before.runtimeEnv,
      spill: { ...before.runtimeEnv.spill, maxBytes: 1_610_612_736, mergeFanIn: 7 },
      caches: { metadataBytes: 1_572_864, listFilesBytes: 1_048_577, listFilesTtlMs: 90_000, statisticsBytes: 0 },
    });
    expect((await session.metrics()).caches.map(({ limitBytes, ttlMs }) => [limitBytes, ttlMs])).toEqual([
      [1_572_864, null],
      [1_048_577, 90_000],
      [0, null],
    ]);
    expect(await prepared.bind([]).rows({ values: "plain" })).toEqual([{ a: 1 }]);
    await prepared.close();
    await session.execute("RESET datafusion.runtime.metadata_cache_limit");
    await session.execute("RESET datafusion.runtime.list_files_cache_ttl");
    expect([await value("metadata_cache_limit"), await value("list_files_cache_ttl")]).toEqual(["16777216", "30000ms"]);
  });

  it("refuse what is fixed at open, what does not exist and what is no value", async () => {
    await using session = await open();
    for (const name of ["memory_limit", "temp_directory"]) {
      await expect(session.execute(`SET datafusion.runtime.${name} = '1G'`)).rejects.toMatchObject({
        code: "SQL.POLICY_VIOLATION",
        details: { violation: "locked_setting" },
      });
    }
    for (const assignment of [
      "nothing = '1'",
      "metadata_cache_limit = 'much'",
      "list_files_cache_ttl = '0s'",
      "max_spill_merge_fan_in = 'x'",
    ]) {
      await expect(session.execute(`SET datafusion.runtime.${assignment}`)).rejects.toMatchObject({
        code: "SQL.PLAN_ERROR",
      });
    }
    expect((await session.settings()).revision).toBe(0);
  });
});
