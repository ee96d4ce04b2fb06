import { describe, expect, it } from "vitest";
import { invariant } from "../src/errors.ts";
import type { ProfileInput } from "../src/profile.ts";
import type { ResolvedProfile, ResolvedSetting } from "../src/resolve.ts";
import { settingRows } from "../src/settings.ts";
import { resolved, sampleInputs, thrownBy } from "./samples.ts";

const gib = 1024 ** 3;

function setting(from: ResolvedProfile, key: string): ResolvedSetting {
  const found = [...from.settings.values(), ...from.runtimeSettings.values()].find((one) =>
    one.key.endsWith(`.${key}`),
  );
  invariant(found !== undefined, `no setting ${key}`);
  return found;
}

function patch(fields: ProfileInput): Readonly<Record<string, string>> {
  return { DELTAFUSE_PROFILE_PATCH: JSON.stringify(fields) };
}

describe("layers", () => {
  it.each(["default", "dev", "large", "low_memory", "test"] as const)(
    "leave the preset %s as it is for the next profile",
    (preset) => {
      const first = resolved({ preset });
      resolved({ preset, spill: { mode: "disabled" }, memory: { pool: "unbounded" }, cache: { listFiles: 0 } });
      resolved({ preset }, { env: patch({ spill: { mode: "disabled" }, features: { dynamicFilterPushdown: false } }) });
      expect(resolved({ preset })).toEqual(first);
    },
  );

  it("put an extension over the engine", () => {
    const defaults = { "datafusion.optimizer.prefer_hash_join": false } as const;
    const from = resolved({}, { extensions: [{ id: "joins", defaults }] });
    expect(setting(from, "prefer_hash_join")).toEqual({
      key: "datafusion.optimizer.prefer_hash_join",
      value: "false",
      source: "extension",
      path: "joins",
      shadowed: [{ source: "engine", value: "true" }],
    });
  });

  it("put the preset over an extension", () => {
    const defaults = {
      "datafusion.execution.batch_size": 77,
      "datafusion.execution.collect_statistics": false,
    } as const;
    const from = resolved({}, { extensions: [{ id: "small", defaults }] });
    expect(setting(from, "batch_size")).toEqual({
      key: "datafusion.execution.batch_size",
      value: "8192",
      source: "preset",
      path: "execution.batchSize",
      shadowed: [
        { source: "extension", value: "77" },
        { source: "engine", value: "8192" },
      ],
    });
  });

  it("put a policy over the preset", () => {
    const from = resolved({ performance: { metaFetchConcurrency: 3 } });
    expect(setting(from, "meta_fetch_concurrency")).toEqual({
      key: "datafusion.execution.meta_fetch_concurrency",
      value: "3",
      source: "policy",
      path: "performance.metaFetchConcurrency",
      shadowed: [
        { source: "preset", value: "32" },
        { source: "engine", value: "32" },
      ],
    });
  });

  it("put a typed field over the preset", () => {
    const from = resolved({ preset: "dev", execution: { batchSize: 100 } });
    expect(setting(from, "batch_size")).toMatchObject({
      value: "100",
      source: "typed",
      path: "execution.batchSize",
      shadowed: [
        { source: "preset", value: "4096" },
        { source: "engine", value: "8192" },
      ],
    });
  });

  it("put settings over an extension", () => {
    const defaults = { "datafusion.optimizer.prefer_existing_union": true } as const;
    const from = resolved(
      { settings: { "datafusion.optimizer.prefer_existing_union": false } },
      { extensions: [{ id: "joins", defaults }] },
    );
    expect(setting(from, "prefer_existing_union")).toMatchObject({
      value: "false",
      source: "override",
      path: "settings",
      shadowed: [
        { source: "extension", value: "true" },
        { source: "engine", value: "false" },
      ],
    });
  });

  it("put the environment over settings, typed fields and policies", () => {
    const input: ProfileInput = {
      execution: { batchSize: 100 },
      schemaHardening: { timeZone: "Asia/Tokyo" },
      settings: { "datafusion.format.null": "-" },
    };
    const env = {
      ...patch({ settings: { "datafusion.format.null": "?" } }),
      DELTAFUSE_BATCH_SIZE: "200",
      DELTAFUSE_TIME_ZONE: "none",
    };
    const from = resolved(input, { env });
    expect(setting(from, "batch_size")).toMatchObject({
      value: "200",
      source: "env",
      path: "DELTAFUSE_BATCH_SIZE",
      shadowed: [
        { source: "typed", value: "100" },
        { source: "preset", value: "8192" },
        { source: "engine", value: "8192" },
      ],
    });
    expect(setting(from, "time_zone")).toMatchObject({
      value: null,
      source: "env",
      path: "DELTAFUSE_TIME_ZONE",
      shadowed: [
        { source: "policy", value: "Asia/Tokyo" },
        { source: "preset", value: "UTC" },
        { source: "engine", value: null },
      ],
    });
    expect(setting(from, "format.null")).toMatchObject({
      value: "?",
      source: "env",
      path: "DELTAFUSE_PROFILE_PATCH",
      shadowed: [
        { source: "override", value: "-" },
        { source: "engine", value: "" },
      ],
    });
  });

  it("let names in the environment select what feeds their own layer", () => {
    const from = resolved(
      { preset: "large", cache: { metadata: "1MiB", listFiles: "1MiB" } },
      { env: { DELTAFUSE_PRESET: "low_memory", DELTAFUSE_CACHE: "isolated" } },
    );
    expect(from.preset).toBe("low_memory");
    expect(setting(from, "batch_size")).toMatchObject({ value: "4096", source: "preset" });
    expect(setting(from, "metadata_cache_limit")).toMatchObject({
      value: "0",
      source: "policy",
      path: "DELTAFUSE_CACHE",
      shadowed: [
        { source: "preset", value: String(32 * 1024 ** 2) },
        { source: "engine", value: "52428800" },
      ],
    });
    expect(from.runtimeEnv.caches).toEqual({
      metadataBytes: 0,
      listFilesBytes: 0,
      listFilesTtlMs: null,
      statisticsBytes: 0,
    });
  });

  it("send the keys that cascade first, then the others by key", () => {
    const from = resolved({ features: { dynamicFilterPushdown: true, aggregateDynamicFilterPushdown: false } });
    const keys = [...from.settings.keys()];
    expect(keys[0]).toBe("datafusion.optimizer.enable_dynamic_filter_pushdown");
    expect(keys.slice(1)).toEqual(keys.slice(1).toSorted());
    expect(keys.some((key) => key.startsWith("datafusion.runtime."))).toBe(false);
  });

  it("null asks for the engine's default", () => {
    const from = resolved({ execution: { batchSize: null }, cache: { metadata: null } });
    expect(setting(from, "batch_size")).toMatchObject({ value: null, source: "typed" });
    expect(from.runtimeEnv.caches.metadataBytes).toBeNull();
  });
});

describe("typed fields", () => {
  const owned = settingRows().filter(({ owner, locked }) => owner !== undefined && locked === undefined);

  it.each(owned)("$owner sets $key to exactly what is declared", (row) => {
    for (const { input, text } of sampleInputs(row)) {
      const from = resolved(input);
      const found = from.settings.get(row.key) ?? from.runtimeSettings.get(row.key);
      expect(found).toMatchObject({ value: text, path: row.owner });
      expect(["typed", "policy"]).toContain(found?.source);
    }
  });

  it("view types set both keys", () => {
    const from = resolved({ schemaHardening: "arrow_views" });
    expect(setting(from, "map_string_types_to_utf8view")).toMatchObject({ value: "true", source: "policy" });
    expect(setting(from, "schema_force_view_types")).toMatchObject({ value: "true", source: "policy" });
  });

  it("a hardening that is off asks for the engine's defaults", () => {
    const from = resolved({ schemaHardening: "off" });
    expect(setting(from, "time_zone")).toMatchObject({ value: null, source: "policy" });
    expect(setting(from, "skip_physical_aggregate_schema_check")).toMatchObject({ value: null, source: "policy" });
  });

  it("fields over a base leave its other fields", () => {
    const from = resolved({ schemaHardening: { base: "arrow_views", timeZone: "+01:00" } });
    expect(setting(from, "time_zone").value).toBe("+01:00");
    expect(setting(from, "schema_force_view_types").value).toBe("true");
  });
});

describe("dynamic filters", () => {
  it("that a variable turns off leave no kind of the profile on", () => {
    const env = patch({ features: { dynamicFilterPushdown: false } });
    const from = resolved({ features: { joinDynamicFilterPushdown: true } }, { env });
    expect(setting(from, "enable_dynamic_filter_pushdown")).toMatchObject({ value: "false", source: "env" });
    expect(setting(from, "enable_join_dynamic_filter_pushdown")).toMatchObject({
      value: null,
      source: "env",
      shadowed: [
        { source: "policy", value: "true" },
        { source: "engine", value: "true" },
      ],
    });
  });
});

describe("the runtime environment", () => {
  it("is given in numbers", () => {
    const from = resolved({
      memory: { pool: "greedy", limit: "50%", topConsumers: 3 },
      spill: { mode: "directories", directories: ["/a", "/b"], maxSize: "2GiB" },
      cache: { base: "pinned", statistics: "1MiB" },
      settings: { "datafusion.runtime.max_spill_merge_fan_in": 16 },
    });
    expect(from.runtimeEnv).toEqual({
      memory: { pool: "greedy", limitBytes: 8 * gib, topConsumers: 3 },
      spill: { mode: "directories", directories: ["/a", "/b"], maxBytes: 2 * gib, mergeFanIn: 16 },
      caches: {
        metadataBytes: 128 * 1024 ** 2,
        listFilesBytes: 64 * 1024 ** 2,
        listFilesTtlMs: null,
        statisticsBytes: 1024 ** 2,
      },
    });
    expect(from.runtimeSettings.get("datafusion.runtime.memory_limit")?.value).toBe("50%");
  });

  it("drops what a stronger mode has no use for", () => {
    const unbounded = resolved({ memory: { pool: "unbounded" } });
    expect(unbounded.runtimeEnv.memory.limitBytes).toBeNull();
    expect(setting(unbounded, "memory_limit")).toMatchObject({
      value: null,
      source: "typed",
      path: "memory.pool",
      shadowed: [
        { source: "preset", value: "60%" },
        { source: "engine", value: null },
      ],
    });
    expect(resolved({ spill: { mode: "disabled" } }).runtimeEnv.spill.maxBytes).toBeNull();
    expect(resolved({ cache: { listFiles: 0 } }).runtimeEnv.caches.listFilesTtlMs).toBeNull();
    const directories = { spill: { mode: "directories", directories: ["/a"] } } as const;
    expect(resolved(directories, { env: { DELTAFUSE_SPILL_DIR: "none" } }).runtimeEnv.spill.directories).toEqual([]);
    expect(resolved(directories, { env: { DELTAFUSE_SPILL_DIR: "/b" } }).runtimeEnv.spill.directories).toEqual(["/b"]);
    const cached = { cache: { listFiles: "1MiB", listFilesTtl: "1m" } } as const;
    expect(resolved(cached, { env: patch({ cache: { listFiles: 0 } }) }).runtimeEnv.caches.listFilesTtlMs).toBeNull();
  });

  it.each<readonly [string, ProfileInput, Readonly<Record<string, string>>, string]>([
    [
      "a limit of an unbounded pool",
      { memory: { pool: "unbounded" } },
      { DELTAFUSE_MEMORY_LIMIT: "1GiB" },
      "DELTAFUSE_MEMORY_LIMIT",
    ],
    [
      "a bounded pool without a limit",
      { memory: { pool: "unbounded", limit: null } },
      { DELTAFUSE_MEMORY_POOL: "fair" },
      "memory.limit",
    ],
    [
      "a size of disabled spilling",
      { spill: { mode: "disabled" } },
      { DELTAFUSE_SPILL_MAX_SIZE: "1GiB" },
      "DELTAFUSE_SPILL_MAX_SIZE",
    ],
    [
      "a lifetime of listings that are off",
      { cache: "isolated" },
      { DELTAFUSE_LIST_FILES_TTL: "5s" },
      "DELTAFUSE_LIST_FILES_TTL",
    ],
    [
      "a writing policy with read-only access",
      { access: "read_only" },
      { DELTAFUSE_SQL_POLICY: "write" },
      "DELTAFUSE_SQL_POLICY",
    ],
  ])("refuses %s across layers", (_what, input, env, path) => {
    const error = thrownBy(() => resolved(input, { env }));
    expect(error).toMatchObject({ code: "CONFIG.INVALID_PROFILE", details: { issues: [{ code: "CONFLICT", path }] } });
  });
});

it("conflicts between layers and what extensions state are reported together", () => {
  const defaults = JSON.parse('{"datafusion.execution.bach_size": 1}');
  const requirements = [{ key: "datafusion.execution.batch_size", value: "many", reason: "it says so" }] as const;
  const input: ProfileInput = { memory: { pool: "unbounded" }, access: "read_only" };
  const env = { DELTAFUSE_MEMORY_LIMIT: "1GiB", DELTAFUSE_SQL_POLICY: "write" };
  expect(String(thrownBy(() => resolved(input, { env, extensions: [{ id: "x", defaults, requirements }] })))).toBe(
    [
      "ConfigError: The profile has 4 problems.",
      "  extensions.x.datafusion.execution.bach_size: The engine has no such setting. Did you mean datafusion.execution.batch_size, which the field execution.batchSize sets?",
      '  extensions.x.datafusion.execution.batch_size: Expected a number, got "many".',
      "  DELTAFUSE_SQL_POLICY: Access is read_only, but the SQL policy allows ddl, dml or copy.",
      "  DELTAFUSE_MEMORY_LIMIT: The pool unbounded has no limit; leave the limit out or choose fair or greedy.",
    ].join("\n"),
  );
});

describe("access and SQL policy", () => {
  it("reads only when access says so", () => {
    expect(resolved({ access: "read_only" }).sqlPolicy.name).toBe("read_only");
    expect(resolved({ access: "read_only", sql: { policy: { urlTables: false } } }).sqlPolicy).toMatchObject({
      name: "custom",
      dml: false,
      urlTables: false,
    });
  });

  it("narrows the policy of a weaker layer without widening anything", () => {
    const policy = { base: "write", paths: { read: ["/data"] }, explainAnalyze: false } as const;
    const { access, sqlPolicy } = resolved({ sql: { policy } }, { env: { DELTAFUSE_ACCESS: "read_only" } });
    expect(access).toBe("read_only");
    expect(sqlPolicy).toMatchObject({
      name: "custom",
      ddl: false,
      dml: false,
      copy: false,
      statements: false,
      explainAnalyze: false,
      paths: { read: ["/data"], write: [] },
    });
  });

  it("takes the policy that the environment names, or changes fields", () => {
    const input: ProfileInput = { sql: { policy: { base: "admin", dml: false } } };
    expect(resolved(input, { env: { DELTAFUSE_SQL_POLICY: "service" } }).sqlPolicy.name).toBe("service");
    const env = patch({ sql: { policy: { copy: false, functions: { deny: ["now"] } } } });
    expect(resolved(input, { env }).sqlPolicy).toMatchObject({
      ddl: true,
      dml: false,
      copy: false,
      functions: { allow: null, deny: ["now"] },
    });
  });
});

describe("limits and catalog", () => {
  it("come from the profile over the preset", () => {
    const from = resolved({
      limits: { collectRows: 10, prefetchBytes: "1MiB" },
      catalog: { defaultCatalog: "lake", viewSchema: null },
    });
    expect(from.limits).toEqual({
      collectRows: 10,
      collectBytes: gib,
      prefetchBatches: 2,
      prefetchBytes: 1024 ** 2,
      planCacheEntries: 256,
    });
    expect(from.catalog).toEqual({ default: "lake", schema: "public", viewSchema: null, urlTables: false });
    expect(setting(from, "default_catalog")).toMatchObject({ value: "lake", source: "typed" });
  });
});
