import { settingsOverlay } from "../src/settings-overlay.ts";
import { describe, expect, it } from "vitest";
import { engineSettings } from "../src/engine-settings.ts";
import { invariant, isDeltaFuseError } from "../src/errors.ts";
import { parseProfile } from "../src/profile.ts";
import {
  renderSetting,
  settingRow,
  type SettingRow,
  settingRows,
  settingsEqual,
  suggestSetting,
} from "../src/settings.ts";
import { nested, resolved, sampleInputs, thrownBy } from "./samples.ts";

function row(key: string): SettingRow {
  const found = settingRow(key);
  invariant(found !== undefined, `No row ${key}`);
  return found;
}

function keysWhere(predicate: (candidate: SettingRow) => boolean): readonly string[] {
  return settingRows()
    .filter(predicate)
    .map(({ key }) => key.replace(/^datafusion\./, ""));
}

describe("the settings table", () => {
  it("has the 155 keys of DataFusion 55.2 and our own", () => {
    const counts = Object.fromEntries(Object.entries(engineSettings).map(([name, rows]) => [name, rows.length]));
    expect(counts).toEqual({
      catalog: 8,
      deltafuse: 5,
      execution: 32,
      "execution.parquet": 39,
      explain: 9,
      format: 9,
      optimizer: 39,
      runtime: 8,
      spark: 1,
      sql_parser: 10,
    });
    expect(new Set(settingRows().map(({ key }) => key)).size).toBe(160);
  });

  it("says what the overlay says", () => {
    const keys = Object.keys(settingsOverlay);
    expect(keys.length).toBeGreaterThan(0);
    for (const key of keys) expect(settingRow(key)).toMatchObject({ key, ...settingsOverlay[key] });
  });

  it("knows which keys are NULL by default", () => {
    expect(keysWhere(({ nullable }) => nullable)).toEqual([
      "catalog.format",
      "catalog.location",
      "execution.parquet.bloom_filter_fpp",
      "execution.parquet.bloom_filter_ndv",
      "execution.parquet.coerce_int96",
      "execution.parquet.coerce_int96_tz",
      "execution.parquet.encoding",
      "execution.parquet.max_predicate_cache_size",
      "execution.parquet.max_row_group_bytes",
      "execution.time_zone",
      "format.timestamp_tz_format",
      "runtime.list_files_cache_ttl",
      "runtime.memory_limit",
      "runtime.temp_directory",
    ]);
  });

  it("knows machine defaults, what comes first, what is locked and what belongs to the runtime", () => {
    expect(keysWhere(({ machineDefault }) => machineDefault === "cores")).toEqual([
      "execution.planning_concurrency",
      "execution.target_partitions",
    ]);
    expect(keysWhere(({ first }) => first === true)).toEqual(["optimizer.enable_dynamic_filter_pushdown"]);
    expect(keysWhere(({ locked }) => locked === true)).toEqual([
      "catalog.create_default_catalog_and_schema",
      "catalog.format",
      "catalog.location",
      "deltafuse.policy.copy",
      "deltafuse.policy.ddl",
      "deltafuse.policy.dml",
      "deltafuse.policy.explain_analyze",
      "deltafuse.policy.statements",
    ]);
    expect(keysWhere(({ applies }) => applies === "runtime_env").every((key) => key.startsWith("runtime."))).toBe(true);
    expect(keysWhere(({ identity }) => identity === "machine")).toEqual(["runtime.temp_directory"]);
  });

  it("holds cache limits in bytes", () => {
    expect(row("datafusion.runtime.metadata_cache_limit").default).toBe("52428800");
    expect(row("datafusion.runtime.list_files_cache_limit").default).toBe("1048576");
    expect(row("datafusion.runtime.file_statistics_cache_limit").default).toBe("20971520");
  });

  it.each(settingRows().filter(({ owner, locked }) => owner === undefined && locked === undefined))(
    "sets $key to exactly what is declared",
    (one) => {
      for (const { input, text } of sampleInputs(one)) {
        const { settings, runtimeSettings } = resolved(input);
        const setting = settings.get(one.key) ?? runtimeSettings.get(one.key);
        expect(setting).toEqual({
          key: one.key,
          value: text,
          source: "override",
          path: "settings",
          shadowed: [{ source: "engine", value: one.default }],
        });
      }
    },
  );

  it.each(settingRows().filter(({ type, locked }) => type !== "string" && locked === undefined))(
    "refuses a wrong type for $key",
    (one) => {
      const wrong = one.type === "bool" ? "true" : true;
      const error = thrownBy(() =>
        parseProfile(nested(one.owner ?? "settings", one.owner ? wrong : { [one.key]: wrong })),
      );
      expect(isDeltaFuseError(error, "CONFIG.INVALID_PROFILE")).toBe(true);
    },
  );
});

describe("suggestSetting", () => {
  it.each([
    ["datafusion.execution.repartition_file_scans", "datafusion.optimizer.repartition_file_scans"],
    ["batch_size", "datafusion.execution.batch_size"],
    ["datafusion.execution.batchsize", "datafusion.execution.batch_size"],
    ["datafusion.optimizer.prefer_hash_joins", "datafusion.optimizer.prefer_hash_join"],
    ["datafusion.optimizer.enable_hash_join", "datafusion.optimizer.prefer_hash_join"],
    ["datafusion.optimizer.enable_sort_merge_join", "datafusion.optimizer.prefer_hash_join"],
    ["datafusion.optimizer.enable_nested_loop_join", "datafusion.optimizer.prefer_hash_join"],
    ["something.else.entirely", undefined],
    ["", undefined],
  ])("suggests for %s: %s", (key, suggestion) => {
    expect(suggestSetting(key)).toBe(suggestion);
  });
});

describe("renderSetting and settingsEqual", () => {
  it("write the texts of the engine", () => {
    expect(renderSetting(row("datafusion.execution.collect_statistics"), true)).toBe("true");
    expect(renderSetting(row("datafusion.execution.batch_size"), 8192)).toBe("8192");
    expect(renderSetting(row("datafusion.execution.perfect_hash_join_min_key_density"), 0.15)).toBe("0.15");
    expect(renderSetting(row("datafusion.runtime.list_files_cache_ttl"), 30_000)).toBe("30000ms");
    expect(renderSetting(row("datafusion.execution.time_zone"), null)).toBeNull();
  });

  it.each([
    ["datafusion.execution.perfect_hash_join_min_key_density", "0.5", "0.50", true],
    ["datafusion.execution.perfect_hash_join_min_key_density", "0.5", "0.51", false],
    ["datafusion.execution.batch_size", "8192", "8192", true],
    ["datafusion.execution.batch_size", "", "0", false],
    ["datafusion.execution.collect_statistics", "true", "TRUE", true],
    ["datafusion.execution.parquet.compression", "ZSTD(3)", "zstd(3)", true],
    ["datafusion.execution.parquet.compression", "zstd(3)", "zstd(4)", false],
    ["datafusion.execution.time_zone", "utc", "UTC", false],
    ["datafusion.runtime.metadata_cache_limit", "52428800", "50M", true],
    ["datafusion.runtime.list_files_cache_ttl", "30000ms", "0m30s", true],
    ["datafusion.runtime.list_files_cache_ttl", "30000ms", "soon", false],
    ["datafusion.execution.time_zone", null, null, true],
    ["datafusion.execution.time_zone", null, "UTC", false],
  ])("compare %s: %s and %s", (key, a, b, equal) => {
    expect(settingsEqual(row(key), a, b)).toBe(equal);
    expect(settingsEqual(row(key), b, a)).toBe(equal);
  });
});
