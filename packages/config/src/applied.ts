import type { ResolvedProfile, ResolvedSetting, RuntimeEnvSpec, SettingSource } from "./resolve.ts";
import { settingRow, settingsEqual } from "./settings.ts";

/**
 * What became of a declared value. `applied`: the engine reports it. `expanded`: the engine reports what it stands for
 * (0 = the number of cores, `60%` = bytes). `engine_default`: the engine's default was asked for. `mismatch`: the engine
 * reports something else. `unsupported`: the engine does not have it.
 */
export type AppliedStatus = "applied" | "expanded" | "engine_default" | "mismatch" | "unsupported";

/** One declared value and what the engine reports. */
export interface AppliedEntry {
  /** Key of the setting, or profile path of what is no setting. */
  readonly key: string;
  readonly source: SettingSource;
  readonly path: string | null;
  readonly requested: string | null;
  readonly effective: string | null;
  readonly status: AppliedStatus;
}

/** Every declared value of a session and what became of it. */
export interface AppliedReport {
  readonly entries: readonly AppliedEntry[];
  /** The entries with status `mismatch` or `unsupported`. */
  readonly problems: readonly AppliedEntry[];
}

/** What the engine reports after a session was built. */
export interface EffectiveConfig {
  /** Texts of the session configuration, by key. */
  readonly settings: Readonly<Record<string, string | null>>;
  readonly runtimeEnv: RuntimeEnvSpec;
}

function settingStatus({ key, value }: ResolvedSetting, effective: string | null | undefined): AppliedStatus {
  if (effective === undefined) return "unsupported";
  if (value === null) return "engine_default";
  const row = settingRow(key);
  if (row?.machineDefault === "cores" && value === "0") return Number(effective) > 0 ? "expanded" : "mismatch";
  return row !== undefined && settingsEqual(row, value, effective) ? "applied" : "mismatch";
}

function settingEntry(setting: ResolvedSetting, effective: EffectiveConfig["settings"]): AppliedEntry {
  const { key, source, path, value } = setting;
  const reported = Object.hasOwn(effective, key) ? effective[key] : undefined;
  return {
    key,
    source,
    path,
    requested: value,
    effective: reported ?? null,
    status: settingStatus(setting, reported),
  };
}

type RuntimeValue = number | string | null | undefined;

const runtimeValues: Readonly<Record<string, (runtimeEnv: RuntimeEnvSpec) => RuntimeValue>> = {
  "datafusion.runtime.memory_limit": ({ memory }) => memory.limitBytes,
  "datafusion.runtime.temp_directory": ({ spill }) => spill.directories.join("\n"),
  "datafusion.runtime.max_temp_directory_size": ({ spill }) => spill.maxBytes,
  "datafusion.runtime.max_spill_merge_fan_in": ({ spill }) => spill.mergeFanIn,
  "datafusion.runtime.metadata_cache_limit": ({ caches }) => caches.metadataBytes,
  "datafusion.runtime.list_files_cache_limit": ({ caches }) => caches.listFilesBytes,
  "datafusion.runtime.list_files_cache_ttl": ({ caches }) => caches.listFilesTtlMs,
  "datafusion.runtime.file_statistics_cache_limit": ({ caches }) => caches.statisticsBytes,
};

function runtimeStatus(declared: string | null, requested: RuntimeValue, effective: RuntimeValue): AppliedStatus {
  if (declared === null) return "engine_default";
  if (effective === undefined || effective === null) return "unsupported";
  if (requested !== effective) return "mismatch";
  return declared.endsWith("%") ? "expanded" : "applied";
}

function runtimeEntry(setting: ResolvedSetting, requested: RuntimeEnvSpec, effective: RuntimeEnvSpec): AppliedEntry {
  const { key, source, path, value } = setting;
  const read = runtimeValues[key];
  const reported = read?.(effective);
  return {
    key,
    source,
    path,
    requested: value,
    effective: reported === undefined || reported === null ? null : String(reported),
    status: runtimeStatus(value, read?.(requested), reported),
  };
}

const fieldValues: Readonly<Record<string, (runtimeEnv: RuntimeEnvSpec) => string | number>> = {
  "memory.pool": ({ memory }) => memory.pool,
  "memory.topConsumers": ({ memory }) => memory.topConsumers,
  "spill.mode": ({ spill }) => spill.mode,
};

function fieldEntries({ fields }: ResolvedProfile, { runtimeEnv }: EffectiveConfig): readonly AppliedEntry[] {
  return [...fields].flatMap(([key, { source, path, value }]) => {
    const effective = fieldValues[key]?.(runtimeEnv);
    if (effective === undefined) return [];
    const status = value === String(effective) ? "applied" : "mismatch";
    return [{ key, source, path, requested: value, effective: String(effective), status }];
  });
}

/**
 * Compares every declared value with what the engine reports after a session was built. There is no list of values that
 * may differ: `problems` has to be empty.
 *
 * @example
 * const resolved = resolveProfile(parseProfile({ preset: "dev", memory: { limit: "50%" } }), { machine: readMachine() });
 * const declared = [...resolved.settings.values()].map(({ key, value }) => [key, value] as const);
 * const settings = { ...Object.fromEntries(declared), "datafusion.execution.batch_size": "8192" };
 * const { problems } = buildAppliedReport(resolved, { settings, runtimeEnv: resolved.runtimeEnv });
 * problems.map(({ path, requested, effective }) => ({ path, requested, effective }));
 * // [{ path: "execution.batchSize", requested: "4096", effective: "8192" }]
 */
export function buildAppliedReport(resolved: ResolvedProfile, effective: EffectiveConfig): AppliedReport {
  const entries = [
    ...[...resolved.settings.values()].map((setting) => settingEntry(setting, effective.settings)),
    ...[...resolved.runtimeSettings.values()].map((setting) =>
      runtimeEntry(setting, resolved.runtimeEnv, effective.runtimeEnv),
    ),
    ...fieldEntries(resolved, effective),
  ];
  const problems = entries.filter(({ status }) => status === "mismatch" || status === "unsupported");
  return { entries, problems };
}
