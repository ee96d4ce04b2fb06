import { parseProfile, type Profile, type ProfileInput } from "@deltafuse/config/profile";
import { recordingHooks } from "@deltafuse/hooks/testing";
import { describe, expect, it } from "vitest";
import { createCacheScope } from "../src/cache-scope.ts";
import { runtimeStats } from "../src/native-runtime.ts";
import { createSessionCache } from "../src/session-cache.ts";
import { openSession } from "../src/session.ts";

const limits = { metadata: "16MiB", listFiles: "8MiB", listFilesTtl: "30s", statistics: "4MiB" } as const;

function profileOf(cache: ProfileInput["cache"], more: ProfileInput = {}): Profile {
  return parseProfile({ preset: "test", sql: { policy: "admin" }, cache, ...more });
}

async function openScopes(): Promise<number> {
  return (await runtimeStats()).handles["cacheScope"] ?? 0;
}

const mebibyte = 1024 * 1024;
const unused = { entries: 0, bytes: 0, hits: 0, misses: 0, evictions: 0 };

describe("a cache scope", () => {
  it("has the limits that its profile resolves to, and begins empty", async () => {
    await using scope = await createCacheScope(profileOf(limits));
    expect(scope.stats()).toEqual([
      { name: "metadata", ...unused, limitBytes: 16 * mebibyte, ttlMs: null },
      { name: "list_files", ...unused, limitBytes: 8 * mebibyte, ttlMs: 30_000 },
      { name: "statistics", ...unused, limitBytes: 4 * mebibyte, ttlMs: null },
    ]);
    await using standard = await createCacheScope();
    expect(standard.stats().map(({ limitBytes, ttlMs }) => [limitBytes / mebibyte, ttlMs])).toEqual([
      [256, null],
      [128, 30_000],
      [20, null],
    ]);
    expect(standard.id).not.toBe(scope.id);
  });

  it("takes sessions of any profile with the same limits, also where one says the engine's default", async () => {
    await using scope = await createCacheScope(profileOf({ ...limits, statistics: "20MiB" }));
    const { statistics: _default, ...others } = limits;
    await using session = await openSession(profileOf(others, { execution: { batchSize: 64 } }), { caches: scope });
    await using alone = await openSession(profileOf(others, { execution: { batchSize: 64 } }));
    expect((await session.metrics()).caches).toEqual(scope.stats());
    expect((await session.runtime()).sessionHash).toBe((await alone.runtime()).sessionHash);
  });

  it.each<[string, ProfileInput["cache"], number | null, number | null]>([
    ["cache.metadata", { ...limits, metadata: "1MiB" }, 16 * mebibyte, mebibyte],
    ["cache.listFiles", { ...limits, listFiles: "1MiB" }, 8 * mebibyte, mebibyte],
    ["cache.listFilesTtl", { ...limits, listFilesTtl: null }, 30_000, null],
    ["cache.statistics", { ...limits, statistics: 0 }, 4 * mebibyte, 0],
  ])("refuses a profile with another %s", async (field, cache, scopeLimit, profileLimit) => {
    await using scope = await createCacheScope(profileOf(limits));
    const conflict = { code: "SESSION.CACHE_CONFLICT", details: { field, scope: scopeLimit, profile: profileLimit } };
    const hooks = recordingHooks();
    await expect(openSession(profileOf(cache), { caches: scope, hooks })).rejects.toMatchObject(conflict);
    expect(hooks.names()).toEqual(["session.failed"]);
    await using cached = createSessionCache();
    await expect(cached.ensure(profileOf(cache), [], { caches: scope })).rejects.toMatchObject(conflict);
  });

  it("keeps its limits: SET and RESET of them are refused, those of other settings are not", async () => {
    await using scope = await createCacheScope(profileOf(limits));
    await using session = await openSession(profileOf(limits), { caches: scope });
    const statements = [
      "SET datafusion.runtime.metadata_cache_limit = '1M'",
      "SET datafusion.runtime.list_files_cache_limit = '1M'",
      "SET \"datafusion.runtime.list_files_cache_ttl\" = '5s'",
      "RESET datafusion.runtime.file_statistics_cache_limit",
    ];
    for (const statement of statements) {
      await expect(session.execute(statement)).rejects.toMatchObject({
        code: "SESSION.SHARED_MUTATION",
        details: { statement: statement.split(" ")[0] },
      });
    }
    await session.execute("SET datafusion.runtime.max_temp_directory_size = '1G'");
    await session.execute("SET datafusion.execution.batch_size = 77");
    expect((await session.runtime()).runtimeEnv.spill.maxBytes).toBe(1024 * mebibyte);
    expect(scope.stats().map(({ limitBytes }) => limitBytes / mebibyte)).toEqual([16, 8, 4]);
  });

  it("is part of the key of a cache of sessions", async () => {
    await using scope = await createCacheScope(profileOf(limits));
    await using other = await createCacheScope(profileOf(limits));
    await using cache = createSessionCache();
    const ensure = async (caches?: typeof scope): Promise<string> => {
      const session = await cache.ensure(profileOf(limits), [], caches === undefined ? {} : { caches });
      return session.id;
    };
    const ids = [await ensure(scope), await ensure(scope), await ensure(other), await ensure(), await ensure()];
    expect(new Set(ids).size).toBe(3);
    expect([ids[0] === ids[1], ids[3] === ids[4]]).toEqual([true, true]);
    expect(cache.get(profileOf(limits), [], { caches: scope })?.id).toBe(ids[0]);
    expect(await cache.evict(profileOf(limits), [], { caches: other })).toBe(true);
    expect(cache.get(profileOf(limits), [], { caches: other })).toBeUndefined();
    expect(cache.get(profileOf(limits), [])?.id).toBe(ids[3]);
  });

  it("ends with its last session, and cannot be used once it is closed", async () => {
    const before = await openScopes();
    const scope = await createCacheScope(profileOf(limits));
    await using session = await openSession(profileOf(limits), { caches: scope });
    expect(await openScopes()).toBe(before + 1);
    await scope.close();
    await scope.close();
    expect(await openScopes()).toBe(before);
    const closed = expect.objectContaining({ code: "SESSION.CLOSED", details: { sessionId: null } });
    expect(() => scope.stats()).toThrow(closed);
    await expect(scope.clear()).rejects.toEqual(closed);
    await expect(openSession(profileOf(limits), { caches: scope })).rejects.toEqual(closed);
    expect(await session.sql("SELECT 1 AS a").count()).toBe(1);
    expect((await session.metrics()).caches.map(({ limitBytes }) => limitBytes / mebibyte)).toEqual([16, 8, 4]);
    expect(await session.clearCaches()).toEqual({
      caches: ["metadata", "list_files", "statistics"].map((name) => ({ name, entries: 0, bytes: 0 })),
    });
  });

  it("refuses a prefix that is no location", async () => {
    await using scope = await createCacheScope();
    await using session = await openSession(profileOf(limits));
    const refused = { code: "NATIVE.BAD_REQUEST", details: { path: "$.prefix" } };
    await expect(scope.clear({ prefix: "relative" })).rejects.toMatchObject(refused);
    await expect(session.clearCaches({ prefix: "s3://bucket/a" })).rejects.toMatchObject(refused);
    expect(await scope.clear({ kinds: ["statistics"], prefix: "file:///data/a%20b" })).toEqual({
      caches: [{ name: "statistics", entries: 0, bytes: 0 }],
    });
  });
});
