import { describe, expect, it } from "vitest";
import { type ConfigIssue, invariant, isDeltaFuseError } from "../src/errors.ts";
import { parseProfile } from "../src/profile.ts";
import { settingRows } from "../src/settings.ts";
import { thrownBy } from "./samples.ts";

function issuesOf(input: unknown): readonly ConfigIssue[] {
  const error = thrownBy(() => parseProfile(input));
  if (error === undefined) return [];
  invariant(isDeltaFuseError(error, "CONFIG.INVALID_PROFILE"), "Another error was thrown");
  return error.details["issues"] as readonly ConfigIssue[];
}

describe("parseProfile", () => {
  it("holds what was declared and nothing else", () => {
    expect(parseProfile({})).toEqual({});
  });

  it("keeps sizes as bytes, durations as milliseconds, and names as bases", () => {
    expect(
      parseProfile({
        name: "etl",
        preset: "large",
        access: "read_only",
        execution: { targetPartitions: 0, batchSize: 1, repartition: { fileMinSize: "1MiB", sorts: false } },
        memory: { pool: "greedy", limit: "1.5GiB", topConsumers: 50, sortReservation: null },
        spill: { mode: "directories", directories: ["/a", "/b"], maxSize: "1T", compression: "zstd" },
        cache: "pinned",
        catalog: { defaultCatalog: "lake", viewSchema: null },
        sql: { policy: "service", identifiers: "preserve", dialect: "duckdb", recursionLimit: 1 },
        schemaHardening: { base: "off", timeZone: "+02:00" },
        performance: { listing: { inferPartitions: null }, parquet: { predicateCache: "8MiB" } },
        limits: { collectRows: null, collectBytes: "2GiB", prefetchBatches: 64 },
        output: { compression: "zstd(9)", writerBuffer: "1MiB", keepPartitionColumns: null },
        features: { dynamicFilterPushdown: true, joinDynamicFilterPushdown: false },
        join: { preferHash: false, singlePartitionThreshold: "4MiB", perfectHashMinDensity: 0.5 },
        diagnostics: { analyzeLevel: "summary" },
        settings: {
          "datafusion.optimizer.join_reordering": false,
          "datafusion.execution.parquet.writer_version": "2.0",
          "datafusion.execution.parquet.data_pagesize_limit": "4MiB",
          "datafusion.format.null": null,
        },
      }),
    ).toEqual({
      name: "etl",
      preset: "large",
      access: "read_only",
      execution: { targetPartitions: 0, batchSize: 1, repartition: { fileMinSize: 1_048_576, sorts: false } },
      memory: { pool: "greedy", limit: 1_610_612_736, topConsumers: 50, sortReservation: null },
      spill: { mode: "directories", directories: ["/a", "/b"], maxSize: 1_099_511_627_776, compression: "zstd" },
      cache: { base: "pinned" },
      catalog: { defaultCatalog: "lake", viewSchema: null },
      sql: { policy: { base: "service" }, identifiers: "preserve", dialect: "duckdb", recursionLimit: 1 },
      schemaHardening: { base: "off", timeZone: "+02:00" },
      performance: { listing: { inferPartitions: null }, parquet: { predicateCache: 8_388_608 } },
      limits: { collectRows: null, collectBytes: 2_147_483_648, prefetchBatches: 64 },
      output: { compression: "zstd(9)", writerBuffer: 1_048_576, keepPartitionColumns: null },
      features: { dynamicFilterPushdown: true, joinDynamicFilterPushdown: false },
      join: { preferHash: false, singlePartitionThreshold: 4_194_304, perfectHashMinDensity: 0.5 },
      diagnostics: { analyzeLevel: "summary" },
      settings: {
        "datafusion.optimizer.join_reordering": false,
        "datafusion.execution.parquet.writer_version": "2.0",
        "datafusion.execution.parquet.data_pagesize_limit": 4_194_304,
        "datafusion.format.null": null,
      },
    });
  });

  it("takes undefined for absent and leaves its input as it is", () => {
    const input = { name: undefined, memory: { limit: undefined, pool: "fair" }, spill: { directories: undefined } };
    const copy = structuredClone(input);
    expect(parseProfile(input)).toEqual({ memory: { pool: "fair" }, spill: {} });
    expect(input).toEqual(copy);
    expect(Object.isFrozen(input.memory)).toBe(false);
  });

  it("gives a deep-frozen profile", () => {
    const profile = parseProfile({ spill: { mode: "directories", directories: ["/a"] }, sql: { policy: "admin" } });
    expect(Object.isFrozen(profile)).toBe(true);
    expect(Object.isFrozen(profile.spill?.directories)).toBe(true);
    expect(Object.isFrozen(profile.sql?.policy)).toBe(true);
  });

  it("reports every problem at once, in a text that people can read", () => {
    const error = thrownBy(() =>
      parseProfile({
        memroy: {},
        execution: { batchSize: 0, repartition: { sort: true } },
        memory: { limit: "96%", pool: "unbounded" },
        preset: "lage",
        settings: { "datafusion.execution.batch_size": 1, "datafusion.execution.coalesce_batch": true },
      }),
    );
    expect(error).toMatchObject({
      code: "CONFIG.INVALID_PROFILE",
      message: [
        "The profile has 7 problems.",
        "  memroy: There is no such field. Did you mean memory?",
        "  execution.batchSize: Expected a value from 1 to 1048576, got 0.",
        "  execution.repartition.sort: There is no such field. Did you mean sorts?",
        "  memory.limit: Expected a share of the memory from 1% to 95%, got 96%.",
        '  preset: There is no preset "lage"; the names are default, dev, large, low_memory, test. Did you mean "large"?',
        "  settings.datafusion.execution.batch_size: A field of the profile sets this. Did you mean execution.batchSize?",
        "  settings.datafusion.execution.coalesce_batch: The engine has no such setting. Did you mean datafusion.execution.coalesce_batches?",
      ].join("\n"),
    });
  });

  it.each([null, undefined, 5, "profile", [], () => 1])("refuses %s", (input) => {
    expect(issuesOf(input)).toEqual([
      { code: "INVALID_VALUE", path: "", message: expect.stringMatching(/^Expected an object, got /) },
    ]);
  });

  it.each<readonly [string, unknown, readonly Partial<ConfigIssue>[]]>([
    ["a section that is no object", { memory: 5 }, [{ code: "INVALID_VALUE", path: "memory" }]],
    ["a section that is null", { memory: null }, [{ code: "INVALID_VALUE", path: "memory" }]],
    [
      "an array for a section",
      { execution: { repartition: [] } },
      [{ code: "INVALID_VALUE", path: "execution.repartition" }],
    ],
    ["a blank name", { name: " " }, [{ code: "INVALID_VALUE", path: "name" }]],
    ["a fraction", { execution: { batchSize: 1.5 } }, [{ code: "INVALID_VALUE", path: "execution.batchSize" }]],
    [
      "a number as text",
      { execution: { batchSize: "8192" } },
      [{ code: "INVALID_VALUE", path: "execution.batchSize" }],
    ],
    [
      "a number out of range",
      { execution: { optimizerPasses: 17 } },
      [{ code: "OUT_OF_RANGE", path: "execution.optimizerPasses" }],
    ],
    [
      "a negative number",
      { execution: { targetPartitions: -1 } },
      [{ code: "OUT_OF_RANGE", path: "execution.targetPartitions" }],
    ],
    ["a bad size", { spill: { maxSize: "much" } }, [{ code: "INVALID_VALUE", path: "spill.maxSize" }]],
    ["a share of 0", { memory: { limit: "0%" } }, [{ code: "OUT_OF_RANGE", path: "memory.limit" }]],
    ["a memory limit of nothing", { memory: { limit: 0 } }, [{ code: "OUT_OF_RANGE", path: "memory.limit" }]],
    ["an unknown pool", { memory: { pool: "lazy" } }, [{ code: "UNKNOWN_NAME", path: "memory.pool" }]],
    ["too many consumers", { memory: { topConsumers: 51 } }, [{ code: "OUT_OF_RANGE", path: "memory.topConsumers" }]],
    ["an unknown set of limits", { cache: "pined" }, [{ code: "UNKNOWN_NAME", path: "cache", suggestion: '"pinned"' }]],
    [
      "an unknown base",
      { schemaHardening: { base: "of" } },
      [{ code: "UNKNOWN_NAME", path: "schemaHardening.base", suggestion: '"off"' }],
    ],
    ["an unknown policy", { sql: { policy: "all" } }, [{ code: "UNKNOWN_NAME", path: "sql.policy" }]],
    ["an unknown enum value", { sql: { dialect: "postgres" } }, [{ code: "INVALID_VALUE", path: "sql.dialect" }]],
    [
      "an unknown time zone",
      { schemaHardening: { timeZone: "Mars/Olympus" } },
      [{ code: "INVALID_VALUE", path: "schemaHardening.timeZone" }],
    ],
    [
      "an offset out of range",
      { schemaHardening: { timeZone: "+25:00" } },
      [{ code: "INVALID_VALUE", path: "schemaHardening.timeZone" }],
    ],
    [
      "a prefetch of nothing",
      { limits: { prefetchBatches: 0 } },
      [{ code: "OUT_OF_RANGE", path: "limits.prefetchBatches" }],
    ],
    [
      "a plan cache of more than a million",
      { limits: { planCacheEntries: 1_000_001 } },
      [{ code: "OUT_OF_RANGE", path: "limits.planCacheEntries" }],
    ],
    [
      "a lifetime below a second",
      { cache: { listFilesTtl: "10ms" } },
      [{ code: "OUT_OF_RANGE", path: "cache.listFilesTtl" }],
    ],
    [
      "a lifetime of broken seconds",
      { cache: { listFilesTtl: 1500 } },
      [{ code: "INVALID_VALUE", path: "cache.listFilesTtl" }],
    ],
    [
      "a catalog name with a dash",
      { catalog: { defaultCatalog: "my-lake" } },
      [{ code: "INVALID_VALUE", path: "catalog.defaultCatalog" }],
    ],
    [
      "an empty schema name",
      { catalog: { defaultSchema: "" } },
      [{ code: "INVALID_VALUE", path: "catalog.defaultSchema" }],
    ],
    [
      "the engine's schema for views",
      { catalog: { viewSchema: "information_schema" } },
      [{ code: "CONFLICT", path: "catalog.viewSchema" }],
    ],
    [
      "a relative directory",
      { spill: { mode: "directories", directories: ["tmp", "/t", "../t"] } },
      [
        { code: "INVALID_VALUE", path: "spill.directories.0" },
        { code: "INVALID_VALUE", path: "spill.directories.2" },
      ],
    ],
    [
      "a directory twice",
      { spill: { mode: "directories", directories: ["/t", "/t"] } },
      [{ code: "DUPLICATE", path: "spill.directories.1" }],
    ],
    [
      "a relative path in the policy",
      { sql: { policy: { paths: { read: ["data"] } } } },
      [{ code: "INVALID_VALUE", path: "sql.policy.paths.read.0" }],
    ],
    [
      "a list that is none",
      { sql: { policy: { functions: { deny: "now" } } } },
      [
        {
          code: "INVALID_VALUE",
          path: "sql.policy.functions.deny",
          message: 'Expected an array of texts, got "now".',
        },
      ],
    ],
    [
      "a path that climbs",
      { sql: { policy: { paths: { write: ["/a/../b"] } } } },
      [{ code: "INVALID_VALUE", path: "sql.policy.paths.write.0" }],
    ],
    ["settings that are no object", { settings: 5 }, [{ code: "INVALID_VALUE", path: "settings" }]],
    [
      "a locked setting",
      { settings: { "datafusion.catalog.create_default_catalog_and_schema": false } },
      [{ code: "LOCKED_SETTING", path: "settings.datafusion.catalog.create_default_catalog_and_schema" }],
    ],
    [
      "a field of the SQL policy as a setting",
      { settings: { "deltafuse.policy.ddl": true } },
      [{ code: "LOCKED_SETTING", path: "settings.deltafuse.policy.ddl", suggestion: "sql.policy" }],
    ],
    [
      "a setting out of range",
      { settings: { "datafusion.optimizer.default_filter_selectivity": 101 } },
      [{ code: "OUT_OF_RANGE", path: "settings.datafusion.optimizer.default_filter_selectivity" }],
    ],
    [
      "a setting of the wrong namespace",
      { settings: { "datafusion.execution.repartition_file_scans": true } },
      [
        {
          code: "UNKNOWN_SETTING",
          suggestion:
            "datafusion.optimizer.repartition_file_scans, which the field execution.repartition.fileScans sets",
        },
      ],
    ],
    [
      "a limit of an unbounded pool",
      { memory: { pool: "unbounded", limit: "1GiB" } },
      [{ code: "CONFLICT", path: "memory.limit" }],
    ],
    [
      "no limit of a bounded pool",
      { memory: { pool: "fair", limit: null } },
      [{ code: "CONFLICT", path: "memory.limit" }],
    ],
    ["no limit without a pool", { memory: { limit: null } }, [{ code: "CONFLICT", path: "memory.limit" }]],
    [
      "directories without the mode",
      { spill: { directories: ["/t"] } },
      [{ code: "CONFLICT", path: "spill.directories" }],
    ],
    [
      "the mode without directories",
      { spill: { mode: "directories", directories: [] } },
      [{ code: "CONFLICT", path: "spill.directories" }],
    ],
    [
      "a size of disabled spilling",
      { spill: { mode: "disabled", maxSize: "1GiB" } },
      [{ code: "CONFLICT", path: "spill.maxSize" }],
    ],
    [
      "a lifetime of listings that are off",
      { cache: { listFiles: 0, listFilesTtl: "1m" } },
      [{ code: "CONFLICT", path: "cache.listFilesTtl" }],
    ],
    [
      "kinds of dynamic filters while all are off",
      { features: { dynamicFilterPushdown: false, joinDynamicFilterPushdown: true, topkDynamicFilterPushdown: true } },
      [
        { code: "CONFLICT", path: "features.joinDynamicFilterPushdown" },
        { code: "CONFLICT", path: "features.topkDynamicFilterPushdown" },
      ],
    ],
    [
      "fields of a named set, and an unknown base",
      { cache: { base: "pined", statistic: 1, metadata: -1 } },
      [
        { code: "UNKNOWN_NAME", path: "cache.base", suggestion: '"pinned"' },
        { code: "INVALID_VALUE", path: "cache.metadata" },
        { code: "UNKNOWN_FIELD", path: "cache.statistic", suggestion: "statistics" },
      ],
    ],
    [
      "a field in the wrong place, and names it",
      { batchsize: 1, memory: { dialect: "generic" } },
      [
        { code: "UNKNOWN_FIELD", path: "batchsize", suggestion: "execution.batchSize" },
        { code: "UNKNOWN_FIELD", path: "memory.dialect", suggestion: "sql.dialect" },
      ],
    ],
    [
      "a field that is like no other, and names the fields there are",
      { diagnostics: { everything: true } },
      [
        {
          code: "UNKNOWN_FIELD",
          message:
            "There is no such field; the fields are capture, slowQuery, batchSample, sampleMetrics, analyzeLevel.",
        },
      ],
    ],
    [
      "a compression without its level, and names the levels",
      { output: { compression: "zstd" } },
      [
        {
          code: "INVALID_VALUE",
          message:
            'Expected one of uncompressed, snappy, lz4, lz4_raw, gzip(0) to gzip(9), brotli(0) to brotli(11), zstd(1) to zstd(22), got "zstd".',
        },
      ],
    ],
    [
      "a writing policy with read-only access",
      { access: "read_only", sql: { policy: "write" } },
      [{ code: "CONFLICT", path: "sql.policy" }],
    ],
    [
      "a writing field with read-only access",
      { access: "read_only", sql: { policy: { copy: true } } },
      [{ code: "CONFLICT", path: "sql.policy" }],
    ],
  ])("refuses %s", (_what, input, issues) => {
    expect(issuesOf(input)).toMatchObject(issues);
    expect(issuesOf(input)).toHaveLength(issues.length);
  });

  it.each([
    { memory: { pool: "unbounded", limit: null } },
    { memory: { pool: "unbounded" } },
    { spill: { mode: "disabled", maxSize: null } },
    { cache: { listFiles: 0, listFilesTtl: null } },
    { cache: { base: "fresh", listFiles: 0 } },
    { access: "read_only", sql: { policy: "service" } },
    { access: "read_only", sql: { policy: { base: "write", dml: false, copy: false } } },
    { schemaHardening: { timeZone: "Europe/Berlin" } },
    { schemaHardening: { timeZone: null } },
  ])("accepts %j", (input) => {
    expect(issuesOf(input)).toEqual([]);
  });

  it("never takes an owned key in settings", () => {
    for (const { key, owner, locked } of settingRows()) {
      if (owner === undefined || locked === true) continue;
      expect(issuesOf({ settings: { [key]: null } })).toEqual([
        {
          code: "OWNED_SETTING",
          path: `settings.${key}`,
          message: "A field of the profile sets this.",
          suggestion: owner,
        },
      ]);
    }
  });

  it("does not follow a prototype", () => {
    expect(issuesOf(JSON.parse('{"__proto__": {"memory": {}}}'))).toMatchObject([
      { code: "UNKNOWN_FIELD", path: "__proto__" },
    ]);
    expect(issuesOf(JSON.parse('{"memory": {"__proto__": {"pool": "fair"}}}'))).toMatchObject([
      { code: "UNKNOWN_FIELD", path: "memory.__proto__" },
    ]);
  });
});
