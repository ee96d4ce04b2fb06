import { describe, expect, it } from "vitest";
import { type AppliedEntry, buildAppliedReport, type EffectiveConfig } from "../src/applied.ts";
import type { ProfileInput } from "../src/profile.ts";
import type { ResolvedProfile } from "../src/resolve.ts";
import { settingRows } from "../src/settings.ts";
import { resolved } from "./samples.ts";

/** What an engine reports that applied everything. */
function faithful(from: ResolvedProfile): EffectiveConfig {
  const settings: Record<string, string | null> = {};
  for (const row of settingRows()) {
    if (row.applies === "runtime_env") continue;
    const declared = from.settings.get(row.key)?.value ?? row.default;
    settings[row.key] = row.machineDefault === "cores" && (declared ?? "0") === "0" ? "8" : declared;
  }
  const { memory, spill, caches } = from.runtimeEnv;
  const defaults = { metadataBytes: 52_428_800, listFilesBytes: 1_048_576, statisticsBytes: 20_971_520 };
  const reported = {
    metadataBytes: caches.metadataBytes ?? defaults.metadataBytes,
    listFilesBytes: caches.listFilesBytes ?? defaults.listFilesBytes,
    listFilesTtlMs: caches.listFilesTtlMs,
    statisticsBytes: caches.statisticsBytes ?? defaults.statisticsBytes,
  };
  return { settings, runtimeEnv: { memory, spill: { ...spill, maxBytes: spill.maxBytes ?? 1 }, caches: reported } };
}

function entry(entries: readonly AppliedEntry[], key: string): AppliedEntry | undefined {
  return entries.find((one) => one.key === `datafusion.${key}`);
}

const input: ProfileInput = {
  memory: { limit: "50%" },
  cache: { metadata: "1MiB", statistics: null },
  execution: { batchSize: null },
  settings: { "datafusion.execution.skip_partial_aggregation_probe_ratio_threshold": 0.5 },
};

describe("buildAppliedReport", () => {
  it("has an entry for every declared value and no problems for a faithful engine", () => {
    const from = resolved(input);
    const { entries, problems } = buildAppliedReport(from, faithful(from));
    expect(problems).toEqual([]);
    const fields = ["memory.pool", "memory.topConsumers", "spill.mode"];
    const keys = [...from.settings.keys(), ...from.runtimeSettings.keys(), ...fields];
    expect(entries.map(({ key }) => key)).toEqual(keys);
    expect(entry(entries, "execution.target_partitions")).toEqual({
      key: "datafusion.execution.target_partitions",
      source: "preset",
      path: "execution.targetPartitions",
      requested: "0",
      effective: "8",
      status: "expanded",
    });
    expect(entry(entries, "runtime.memory_limit")).toEqual({
      key: "datafusion.runtime.memory_limit",
      source: "typed",
      path: "memory.limit",
      requested: "50%",
      effective: String(8 * 1024 ** 3),
      status: "expanded",
    });
    expect(entry(entries, "runtime.metadata_cache_limit")).toMatchObject({ effective: "1048576", status: "applied" });
    expect(entry(entries, "runtime.list_files_cache_ttl")).toMatchObject({
      requested: "30000ms",
      effective: "30000",
      status: "applied",
    });
    expect(entry(entries, "runtime.file_statistics_cache_limit")).toMatchObject({
      requested: null,
      effective: "20971520",
      status: "engine_default",
    });
    expect(entry(entries, "execution.batch_size")).toMatchObject({
      requested: null,
      effective: "8192",
      status: "engine_default",
    });
    expect(entry(entries, "execution.time_zone")).toMatchObject({ effective: "UTC", status: "applied" });
  });

  it("compares by type", () => {
    const from = resolved(input);
    const { settings, runtimeEnv } = faithful(from);
    const normalised = { ...settings, "datafusion.execution.skip_partial_aggregation_probe_ratio_threshold": "0.50" };
    expect(buildAppliedReport(from, { settings: normalised, runtimeEnv }).problems).toEqual([]);
  });

  it("reports what differs and what the engine does not have", () => {
    const from = resolved({ ...input, spill: { mode: "directories", directories: ["/a"] } });
    const { settings, runtimeEnv } = faithful(from);
    const { "datafusion.execution.time_zone": _gone, ...rest } = settings;
    const { problems } = buildAppliedReport(from, {
      settings: {
        ...rest,
        "datafusion.execution.collect_statistics": "false",
        "datafusion.execution.planning_concurrency": "0",
      },
      runtimeEnv: {
        memory: { ...runtimeEnv.memory, pool: "greedy", limitBytes: 1 },
        spill: { ...runtimeEnv.spill, directories: ["/b"] },
        caches: { ...runtimeEnv.caches, listFilesBytes: null },
      },
    });
    expect(
      problems.map(({ key, requested, effective, status }) => [
        key.replace("datafusion.", ""),
        requested,
        effective,
        status,
      ]),
    ).toEqual([
      ["execution.collect_statistics", "true", "false", "mismatch"],
      ["execution.planning_concurrency", "0", "0", "mismatch"],
      ["execution.time_zone", "UTC", null, "unsupported"],
      ["runtime.list_files_cache_limit", "134217728", null, "unsupported"],
      ["runtime.memory_limit", "50%", "1", "mismatch"],
      ["runtime.temp_directory", "/a", "/b", "mismatch"],
      ["memory.pool", "fair", "greedy", "mismatch"],
    ]);
  });
});
