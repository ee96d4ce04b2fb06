import { copyFileSync, readdirSync, utimesSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { parseProfile } from "@deltafuse/config/profile";
import { createCacheScope } from "@deltafuse/session-core/cache-scope";
import type { FileCacheMetrics, FileCacheName } from "@deltafuse/session-core/runtime-metrics";
import type { Session } from "@deltafuse/session-core/session";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { registerDataset } from "../src/register.ts";
import { writeDataset } from "../src/write.ts";
import { type TestFolder, testFolder } from "./test-folder.ts";
import { openTestSession } from "./test-session.ts";

const cache = { metadata: "16MiB", listFiles: "8MiB", listFilesTtl: "1h", statistics: "4MiB" } as const;

let folder: TestFolder;

beforeEach(() => {
  folder = testFolder();
});
afterEach(() => folder[Symbol.dispose]());

type Counts = Pick<FileCacheMetrics, "entries" | "hits" | "misses" | "evictions">;

/** What happened to the caches of a session in between. */
async function during(session: Session, work: () => Promise<unknown>): Promise<Record<FileCacheName, Counts>> {
  const read = async (): Promise<Map<FileCacheName, FileCacheMetrics>> =>
    new Map((await session.metrics()).caches.map((one) => [one.name, one]));
  const before = await read();
  await work();
  const after = await read();
  const of = (name: FileCacheName): Counts => {
    const [then, now] = [before.get(name), after.get(name)];
    const grown = (counter: "hits" | "misses" | "evictions"): number => (now?.[counter] ?? 0) - (then?.[counter] ?? 0);
    return { entries: now?.entries ?? 0, hits: grown("hits"), misses: grown("misses"), evictions: grown("evictions") };
  };
  return { metadata: of("metadata"), list_files: of("list_files"), statistics: of("statistics") };
}

/** A folder with one Parquet file of three rows. */
async function threeRows(session: Session, name = "t"): Promise<string> {
  const path = folder.path(`${name}/`);
  await writeDataset(session, { source: { rows: [{ n: 1 }, { n: 2 }, { n: 3 }] }, target: path });
  return path;
}

/** As another program would: the session is told nothing. */
function copyAside(path: string): void {
  const file = readdirSync(path).find((name) => name.endsWith(".parquet")) ?? "";
  copyFileSync(`${path}${file}`, `${path}copy-of-${file}`);
}

function countOf(session: Session, name = "t"): Promise<number> {
  return session.sql(`SELECT n FROM ${name} WHERE n > 0`).count();
}

describe("the caches of files", () => {
  it("count what is found, and what is not", async () => {
    await using session = await openTestSession({}, { cache });
    const path = await threeRows(session);
    await registerDataset(session, "t", path);
    const first = await during(session, () => countOf(session));
    expect(first.list_files).toEqual({ entries: 1, hits: 1, misses: 0, evictions: 0 });
    expect(first.statistics).toEqual({ entries: 1, hits: 0, misses: 1, evictions: 0 });
    const second = await during(session, () => countOf(session));
    expect(second.list_files).toEqual({ entries: 1, hits: 1, misses: 0, evictions: 0 });
    expect(second.statistics).toEqual({ entries: 1, hits: 1, misses: 0, evictions: 0 });
    expect(second.metadata).toMatchObject({ entries: 1, misses: 0, evictions: 0 });
    expect(second.metadata.hits).toBeGreaterThan(0);
    const [shown] = await session.sql("SELECT entries, bytes, hits FROM statistics_cache()").rows({ values: "plain" });
    const { caches } = await session.metrics();
    const { entries, bytes, hits } = caches.find(({ name }) => name === "statistics") ?? {};
    expect(shown).toEqual({ entries, bytes, hits });
    expect(bytes).toBeGreaterThan(0);
  });

  it("forget a listing when its time is over", async () => {
    await using session = await openTestSession({}, { cache: { ...cache, listFilesTtl: "2s" } });
    const path = await threeRows(session);
    await registerDataset(session, "t", path);
    let rows = 0;
    const { list_files: listings } = await during(session, async () => {
      copyAside(path);
      await wait(2100);
      rows = await countOf(session);
    });
    expect(rows).toBe(6);
    // The hit is that of the plan for several partitions: the file is no longer alone.
    expect(listings).toEqual({ entries: 1, hits: 1, misses: 1, evictions: 1 });
  });

  it("show a new file once they are cleared", async () => {
    await using session = await openTestSession({}, { cache });
    const path = await threeRows(session);
    await threeRows(session, "tea");
    await registerDataset(session, "t", path);
    await registerDataset(session, "tea", folder.path("tea/"));
    copyAside(path);
    expect(await countOf(session)).toBe(3);
    const other = await session.clearCaches({ kinds: ["list_files"], prefix: folder.path("te") });
    expect(other).toEqual({ caches: [{ name: "list_files", entries: 0, bytes: 0 }] });
    expect(await countOf(session)).toBe(3);
    const report = await session.clearCaches({ kinds: ["list_files"], prefix: path });
    expect(report).toEqual({ caches: [{ name: "list_files", entries: 1, bytes: expect.any(Number) }] });
    expect(await countOf(session)).toBe(6);
    const all = await session.clearCaches();
    expect(all.caches.map(({ name, entries }) => [name, entries])).toEqual([
      ["metadata", 3],
      ["list_files", 2],
      ["statistics", 2],
    ]);
    expect((await session.metrics()).caches.map(({ entries, bytes }) => entries + bytes)).toEqual([0, 0, 0]);
  });

  it("take an entry of a file that has changed for a miss and an eviction", async () => {
    await using session = await openTestSession({}, { cache });
    const path = await threeRows(session);
    await registerDataset(session, "t", path);
    await countOf(session);
    const file = readdirSync(path).find((name) => name.endsWith(".parquet")) ?? "";
    utimesSync(`${path}${file}`, new Date(), new Date(Date.now() + 60_000));
    await session.clearCaches({ kinds: ["list_files"] });
    const { metadata, statistics } = await during(session, () => countOf(session));
    expect(statistics).toEqual({ entries: 1, hits: 0, misses: 1, evictions: 1 });
    expect(metadata).toMatchObject({ entries: 1, misses: 1, evictions: 1 });
  });

  it("are not asked when they are off", async () => {
    const off = { metadata: 0, listFiles: 0, listFilesTtl: null, statistics: 0 };
    await using session = await openTestSession({}, { cache: off });
    const path = await threeRows(session);
    await registerDataset(session, "t", path);
    await countOf(session);
    copyAside(path);
    expect(await countOf(session)).toBe(6);
    const nothing = { entries: 0, bytes: 0, hits: 0, misses: 0, evictions: 0, limitBytes: 0, ttlMs: null };
    expect((await session.metrics()).caches).toEqual(
      ["metadata", "list_files", "statistics"].map((name) => ({ name, ...nothing })),
    );
  });
});

describe("sessions with caches of files", () => {
  const profile = { cache } as const;

  it("share nothing without a scope", async () => {
    await using one = await openTestSession({}, profile);
    await using other = await openTestSession({}, profile);
    const path = await threeRows(one);
    for (const session of [one, other]) await registerDataset(session, "t", path);
    await countOf(one);
    const { statistics } = await during(other, () => countOf(other));
    expect(statistics).toEqual({ entries: 1, hits: 0, misses: 1, evictions: 0 });
  });

  it("read a footer once with a scope", async () => {
    await using caches = await createCacheScope(parseProfile({ preset: "test", ...profile }));
    await using one = await openTestSession({ caches }, profile);
    await using other = await openTestSession({ caches }, profile);
    const path = await threeRows(one);
    for (const session of [one, other]) await registerDataset(session, "t", path);
    await countOf(one);
    const { statistics, metadata } = await during(other, () => countOf(other));
    expect(statistics).toEqual({ entries: 1, hits: 1, misses: 0, evictions: 0 });
    expect(metadata).toMatchObject({ entries: 1, misses: 0 });
    expect((await one.metrics()).caches).toEqual(caches.stats());
    expect((await other.metrics()).caches).toEqual(caches.stats());
    await caches.close();
    expect((await during(one, () => countOf(one))).statistics.hits).toBe(1);
  });

  it("see each other's writes and clearings with a scope", async () => {
    await using caches = await createCacheScope(parseProfile({ preset: "test", ...profile }));
    await using one = await openTestSession({ caches }, profile);
    await using other = await openTestSession({ caches }, profile);
    await using stranger = await openTestSession({}, profile);
    const path = await threeRows(one, "t/k=1");
    for (const session of [one, other, stranger]) await registerDataset(session, "t", folder.path("t/"));
    await writeDataset(one, { source: { rows: [{ n: 4 }] }, target: folder.path("t/k=2/") });
    expect([await countOf(other), await countOf(stranger)]).toEqual([4, 3]);
    copyAside(path);
    expect(await countOf(other)).toBe(4);
    await one.clearCaches({ kinds: ["list_files"] });
    expect(await countOf(other)).toBeGreaterThan(4);
    const cleared = await caches.clear();
    expect(cleared.caches.every(({ entries }) => entries > 0)).toBe(true);
    expect(caches.stats().map(({ entries }) => entries)).toEqual([0, 0, 0]);
  });
});
