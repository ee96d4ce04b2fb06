import { describe, expect, it } from "vitest";
import { cachePresets, hardeningPresets, presetNames, presets } from "../src/presets.ts";
import { parseProfile } from "../src/profile.ts";
import { cacheNames } from "../src/sections/cache.ts";
import { schemaHardeningNames } from "../src/sections/schema-hardening.ts";
import { resolved } from "./samples.ts";

const gib = 1024 ** 3;
const mib = 1024 ** 2;

describe("presets", () => {
  it.each(presetNames)("%s is a valid profile", (name) => {
    expect(parseProfile(presets[name])).toMatchObject({ schemaHardening: { base: "stable" } });
  });

  it.each([
    ["default", 0, 0, 8192, 10_307_921_510, 100 * gib, 32, mib, 64 * mib],
    ["dev", 4, 2, 4096, 4 * gib, 50 * gib, 8, 512 * 1024, 32 * mib],
    ["large", 0, 0, 16_384, 12 * gib, 200 * gib, 64, 2 * mib, 128 * mib],
    ["low_memory", 2, 2, 4096, 512 * mib, 10 * gib, 4, 512 * 1024, 8 * mib],
    ["test", 2, 1, 1024, 256 * mib, gib, 4, 512 * 1024, 8 * mib],
  ] as const)("%s gives its settings on a machine with 16 GiB", (preset, ...expected) => {
    const { settings, runtimeEnv } = resolved({ preset });
    const text = (key: string): number =>
      Number([...settings.values()].find((one) => one.key === `datafusion.execution.${key}`)?.value);
    expect([
      text("target_partitions"),
      text("planning_concurrency"),
      text("batch_size"),
      runtimeEnv.memory.limitBytes,
      runtimeEnv.spill.maxBytes,
      text("meta_fetch_concurrency"),
      text("parquet.metadata_size_hint"),
      text("parquet.max_predicate_cache_size"),
    ]).toEqual(expected);
  });

  it.each([
    ["default", 256, 128, 30_000],
    ["dev", 128, 64, 5000],
    ["large", 512, 256, 300_000],
    ["low_memory", 32, 8, 30_000],
    ["test", 16, 0, null],
  ] as const)("%s limits the caches", (preset, metadata, listFiles, listFilesTtlMs) => {
    expect(resolved({ preset }).runtimeEnv.caches).toEqual({
      metadataBytes: metadata * mib,
      listFilesBytes: listFiles * mib,
      listFilesTtlMs,
      statisticsBytes: null,
    });
  });

  it.each(presetNames)("%s has the defaults that all presets share", (preset) => {
    const { settings, runtimeEnv, catalog, limits, sqlPolicy, access } = resolved({ preset });
    const values = Object.fromEntries(
      [...settings].map(([key, { value }]) => [key.slice("datafusion.".length), value]),
    );
    expect(values).toMatchObject({
      "catalog.default_catalog": "datafusion",
      "catalog.default_schema": "public",
      "catalog.information_schema": "true",
      "execution.collect_statistics": "true",
      "execution.parquet.enable_page_index": "true",
      "execution.parquet.pushdown_filters": "false",
      "execution.parquet.reorder_filters": "false",
      "execution.parquet.schema_force_view_types": "false",
      "execution.skip_physical_aggregate_schema_check": "false",
      "execution.time_zone": "UTC",
      "explain.format": "indent",
      "explain.show_schema": "true",
      "format.types_info": "true",
      "optimizer.expand_views_at_output": "false",
      "sql_parser.map_string_types_to_utf8view": "false",
    });
    expect(runtimeEnv.memory).toMatchObject({ pool: "fair", topConsumers: 5 });
    expect(runtimeEnv.spill).toMatchObject({ mode: "os", directories: [] });
    expect(catalog).toEqual({ default: "datafusion", schema: "public", viewSchema: "views", urlTables: false });
    expect(limits).toEqual({
      collectRows: null,
      collectBytes: gib,
      prefetchBatches: 2,
      prefetchBytes: 64 * mib,
      planCacheEntries: 256,
    });
    expect([sqlPolicy.name, access]).toEqual(["write", "read_write"]);
  });

  it("has named sets for each of their names", () => {
    expect(Object.keys(cachePresets).toSorted()).toEqual(cacheNames.toSorted());
    expect(Object.keys(hardeningPresets).toSorted()).toEqual(schemaHardeningNames.toSorted());
  });
});
