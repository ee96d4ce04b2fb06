// #region imports
import { parseProfile } from "@deltafuse/config/profile";
import { createCacheScope } from "@deltafuse/session-core/cache-scope";
import { doctor } from "@deltafuse/session-core/doctor";
import { metricRows } from "@deltafuse/session-core/runtime-metrics";
import { openSession } from "@deltafuse/session-core/session";
import { createSessionCache } from "@deltafuse/session-core/session-cache";
import { openSessionPool } from "@deltafuse/session-core/session-pool";
import { diffSettings } from "@deltafuse/session-core/session-runtime";
// #endregion
import { expect, it } from "vitest";

it("opens a session of a profile and closes it", async () => {
  const seen: unknown[] = [];
  const use = (rows: readonly object[]): unknown => seen.push(...rows);
  // #region open
  const profile = parseProfile({ preset: "default", memory: { limit: "50%" }, sql: { policy: "read_only" } });
  const session = await openSession(profile);
  try {
    use(await session.sql("SELECT 42 AS answer").rows({ values: "plain" })); // [{ answer: 42 }]
  } finally {
    await session.close();
  }
  // #endregion
  expect(seen).toEqual([{ answer: 42 }]);
});

it("compares what a session was with what it is", async () => {
  await using session = await openSession(parseProfile({ preset: "test" }));
  // #region runtime
  const before = await session.runtime();
  await session.execute("SET datafusion.execution.batch_size = 512");
  const after = await session.runtime();

  const changed = diffSettings(before.settings, after.settings);
  // [{ key: "datafusion.execution.batch_size", before: "1024", after: "512" }]
  const revisions = [before.revision, after.revision]; // [0, 1]; the session hash is another one, too
  // #endregion
  expect(changed).toEqual([{ key: "datafusion.execution.batch_size", before: "1024", after: "512" }]);
  expect([revisions, before.sessionHash === after.sessionHash]).toEqual([[0, 1], false]);
});

it("shares one session among many", async () => {
  const profile = parseProfile({ preset: "test" });
  // #region cache
  await using cache = createSessionCache();
  const [mine, yours] = await Promise.all([cache.ensure(profile, []), cache.ensure(profile, [])]);
  await mine.close(); // closes this handle; the session stays for yours, and for the next one who asks
  // #endregion
  expect(await yours.sql("SELECT 1 AS a").count()).toBe(1);
});

it("shares caches of files between sessions", async () => {
  const profile = parseProfile({ preset: "test" });
  // #region scope
  await using caches = await createCacheScope(profile);
  await using reader = await openSession(profile, { caches });
  await using writer = await openSession(profile, { caches });

  await caches.clear({ kinds: ["list_files"], prefix: "/data/orders" });
  const { hits, misses } = caches.stats()[0] ?? {};
  // #endregion
  expect([hits, misses, reader.id === writer.id]).toEqual([0, 0, false]);
});

it("tells what a session holds and has done", async () => {
  await using session = await openSession(parseProfile({ preset: "test" }));
  // #region metrics
  await session.sql("SELECT 1 AS a").rows();
  const { memory, spill, caches, queries } = await session.metrics();
  // queries: { running: 0, finished: 1, failed: 0, cancelled: 0 }, spill: { files: 0, bytes: 0 }, …

  const rows = metricRows(await session.metrics());
  // [{ scope: "memory", name: "reserved_bytes", type: "gauge", unit: "By", value: 0 }, …]

  const footers = await session.sql("SELECT hits, misses, bytes FROM metadata_cache()").rows({ values: "plain" });
  // [{ hits: 0, misses: 0, bytes: 0 }]
  // #endregion
  expect([memory.reservedBytes, spill, caches.length]).toEqual([0, { files: 0, bytes: 0 }, 3]);
  expect(queries).toEqual({ running: 0, finished: 1, failed: 0, cancelled: 0 });
  expect(rows[0]).toEqual({ scope: "memory", name: "reserved_bytes", type: "gauge", unit: "By", value: 0 });
  expect(footers).toEqual([{ hits: 0, misses: 0, bytes: 0 }]);
});

it("lends sessions", async () => {
  const controller = new AbortController();
  const signal = controller.signal;
  const profile = parseProfile({ preset: "test", sql: { policy: "admin" } });
  const lent: unknown[] = [];
  // #region pool
  await using pool = await openSessionPool(profile, { size: 2 });
  {
    await using lease = await pool.acquire({ signal });
    await lease.session.execute(`CREATE TABLE ${lease.prefix}scratch AS SELECT 1 AS one`);
    await lease.session.execute("SET datafusion.execution.batch_size = 512");
  } // given back: the table is gone, and the setting is the profile's again
  // #endregion
  await using lease = await pool.acquire();
  const { catalogs } = await lease.session.inspect();
  for (const { schemas } of catalogs) for (const { tables } of schemas) lent.push(...tables);
  expect([lent, (await lease.session.runtime()).revision]).toEqual([[], 0]);
});

it("changes settings while it runs", async () => {
  await using session = await openSession(parseProfile({ preset: "test", execution: { batchSize: 2048 } }));
  const values: unknown[] = [];
  const note = async (): Promise<void> => {
    const { entries } = await session.settings();
    const { value, source } = entries.find(({ key }) => key === "datafusion.execution.batch_size") ?? {};
    values.push([value, source]);
  };
  // #region set
  await session.execute("SET datafusion.execution.batch_size = 512");
  await session.execute("SET datafusion.runtime.metadata_cache_limit = '64M'");
  await note();
  await session.execute("RESET datafusion.execution.batch_size"); // 2048, as the profile says
  await note();
  // #endregion
  expect(values).toEqual([
    ["512", "statement"],
    ["2048", "typed"],
  ]);
});

it("makes and drops schemas and catalogs", async () => {
  const profile = parseProfile({ preset: "test", sql: { policy: "admin" } });
  await using session = await openSession(profile);
  // #region schemas
  await session.execute("CREATE DATABASE archive");
  await session.execute("CREATE SCHEMA archive.y2024");
  await session.execute("CREATE TABLE archive.y2024.orders AS SELECT 1 AS id");
  await session.execute("DROP SCHEMA archive.y2024 CASCADE"); // with its table
  await session.drop("catalog", "archive");
  await session.drop("schema", "archive.y2024", { ifExists: true });
  // #endregion
  const { catalogs } = await session.inspect({ parts: ["schemata"] });
  expect(catalogs.map(({ name }) => name)).toEqual(["datafusion"]);
});

it("prepares the queries of a profile", async () => {
  const seen: unknown[] = [];
  const use = (rows: readonly object[]): unknown => seen.push(...rows);
  // #region prepared
  const profile = parseProfile({
    preset: "test",
    prepared: [{ name: "above", sql: "SELECT value FROM range(10) WHERE value > $1", types: ["int64"] }],
  });
  await using session = await openSession(profile);
  use(await session.prepared("above").bind([8n]).rows({ values: "plain" })); // [{ value: 9 }]
  use(await session.sql("EXECUTE above(7)").rows({ values: "plain" })); // [{ value: 8 }, { value: 9 }]
  // #endregion
  expect(seen).toEqual([{ value: 9 }, { value: 8 }, { value: 9 }]);
});

it("looks at an installation", async () => {
  // #region doctor
  const { status, checks } = await doctor({ profile: parseProfile({ preset: "test" }) });
  const problems = checks.filter((check) => check.status === "fail" || check.status === "warn");
  // #endregion
  expect([status, problems]).toEqual(["ok", []]);
});
