import { blindCast } from "./casts.ts";
import type { Millis } from "./duration.ts";
import type { SettingKey } from "./engine-settings.ts";
import type { EnvPatch } from "./env.ts";
import { checkRequirements, extensionDefaults, extensionIssues } from "./extension-defaults.ts";
import { effectiveAccess } from "./effective-access.ts";
import { invalidProfile } from "./config-errors.ts";
import type { Fingerprint } from "./fingerprint.ts";
import { type Layers, layersOf, presetOf, sectionValues } from "./layers.ts";
import type { Machine } from "./machine.ts";
import type { PresetName } from "./presets.ts";
import type { Access, Determinism, Profile } from "./profile.ts";
import { fingerprintProfile } from "./profile-payload.ts";
import { resolvedFields, resolvedSettings } from "./resolved-settings.ts";
import { selectedNames } from "./selected-names.ts";
import { runtimeConflicts, runtimeEnvOf } from "./runtime-env.ts";
import type { MemoryPool } from "./sections/memory.ts";
import type { PreparedInput } from "./sections/prepared.ts";
import type { SpillMode } from "./sections/spill.ts";
import type { SettingValue } from "./settings.ts";
import type { SqlPolicy } from "./sql-policy.ts";
import type { OptimizerTraceLevel } from "./sections/diagnostics.ts";

/**
 * The layer that a value comes from, weakest first: the engine's default, an extension, the preset, a field of `features`,
 * `join`, `schemaHardening`, `cache`, `performance` or `sql`, a field of another section, `settings`, an environment
 * variable.
 */
export type SettingSource = "engine" | "extension" | "preset" | "policy" | "typed" | "override" | "env";

/** A value that a stronger layer replaced. */
export interface ShadowedValue {
  readonly source: SettingSource;
  readonly value: string | null;
}

/** A setting that a layer above the engine declares. */
export interface ResolvedSetting {
  readonly key: SettingKey;
  /** The text for the engine; null = the engine's default. */
  readonly value: string | null;
  readonly source: SettingSource;
  /** Profile path (`execution.batchSize`), `settings`, id of the extension, or name of the variable. */
  readonly path: string | null;
  /** The values of the weaker layers, strongest first. */
  readonly shadowed: readonly ShadowedValue[];
}

/**
 * A value of the profile that is no setting of the engine, such as `preset`, `memory.pool` or `limits.collectRows`. A name
 * that no layer declares has the source `engine`.
 */
export type ResolvedField = Omit<ResolvedSetting, "key">;

/** Memory, spilling and caches in numbers; null = the engine's default. */
export interface RuntimeEnvSpec {
  readonly memory: {
    readonly pool: MemoryPool;
    /** Null with pool `unbounded`. */
    readonly limitBytes: number | null;
    readonly topConsumers: number;
  };
  readonly spill: {
    readonly mode: SpillMode;
    readonly directories: readonly string[];
    readonly maxBytes: number | null;
    /** Most spill files that one merge opens, 0 = any; absent = the engine's default. */
    readonly mergeFanIn?: number;
  };
  readonly caches: {
    readonly metadataBytes: number | null;
    readonly listFilesBytes: number | null;
    readonly listFilesTtlMs: number | null;
    readonly statisticsBytes: number | null;
  };
}

/** Bounds of what a program takes out of a session. */
export interface Limits {
  /** Null = no limit. */
  readonly collectRows: number | null;
  readonly collectBytes: number;
  readonly prefetchBatches: number;
  readonly prefetchBytes: number;
  /** 0 = none. */
  readonly planCacheEntries: number;
}

/** What is told about queries by default. */
export interface Diagnostics {
  readonly capture: {
    readonly plans: boolean;
    readonly explain: boolean;
    readonly optimizerTrace: OptimizerTraceLevel;
  };
  /** Null = no query is slow. */
  readonly slowQuery: Millis | null;
  /** 0 = no batch is told. */
  readonly batchSample: number;
}

/** Names of the catalog that every session has. */
export interface CatalogNames {
  readonly default: string;
  readonly schema: string;
  /** Schema in memory for registered views; null = none. */
  readonly viewSchema: string | null;
  /** Whether locations stand for tables, where the SQL policy allows it. */
  readonly urlTables: boolean;
}

/** A profile, resolved: what a session is built from and what its hashes are made of. */
export interface ResolvedProfile {
  readonly profile: Profile;
  readonly preset: PresetName;
  readonly access: Access;
  readonly determinism: Determinism;
  /** Settings of the session configuration above the engine's defaults, in the order in which they are applied. */
  readonly settings: ReadonlyMap<SettingKey, ResolvedSetting>;
  /** The declared settings of the runtime environment, by key: shares of the memory as declared (`60%`). */
  readonly runtimeSettings: ReadonlyMap<SettingKey, ResolvedSetting>;
  /** The declared values that are no settings of the engine, by profile path; with `preset`, `access`, `determinism` and `sql.policy`. */
  readonly fields: ReadonlyMap<string, ResolvedField>;
  readonly runtimeEnv: RuntimeEnvSpec;
  readonly catalog: CatalogNames;
  readonly sqlPolicy: SqlPolicy;
  readonly limits: Limits;
  readonly diagnostics: Diagnostics;
  /** How often the metrics of a session are read; null = only when asked. */
  readonly sampleMetrics: Millis | null;
  /** Queries to prepare when a session is opened, in their order. */
  readonly prepared: readonly PreparedInput[];
  /** `profileFingerprint` of this profile. */
  readonly fingerprint: Fingerprint;
}

/** A value that an extension needs a setting to have. */
export interface SettingRequirement {
  readonly key: SettingKey;
  readonly value: SettingValue;
  /** A sentence without a full stop: why. */
  readonly reason: string;
}

/** What an extension says about settings. */
export interface ExtensionSettings {
  readonly id: string;
  /** Defaults, weaker than the preset. */
  readonly defaults?: Readonly<Partial<Record<SettingKey, SettingValue>>>;
  readonly requirements?: readonly SettingRequirement[];
}

/** What a profile is resolved with. */
export interface ResolveOptions {
  /** What environment variables change. Default: nothing. */
  readonly env?: EnvPatch;
  /** The machine, for shares of its memory. */
  readonly machine: Machine;
  /** Extensions in their order. Default: none. */
  readonly extensions?: readonly ExtensionSettings[];
}

function limitsOf(layers: Layers): Limits {
  const names = ["collectRows", "collectBytes", "prefetchBatches", "prefetchBytes", "planCacheEntries"];
  return blindCast<Limits, "every preset declares all limits">(sectionValues(layers, "limits", names));
}

function diagnosticsOf(layers: Layers): Diagnostics {
  const capture = sectionValues(layers, "diagnostics.capture", ["plans", "explain", "optimizerTrace"]);
  const values = { capture, ...sectionValues(layers, "diagnostics", ["slowQuery", "batchSample"]) };
  return blindCast<Diagnostics, "every preset declares all of them">(values);
}

function sampleMetricsOf(layers: Layers): Millis | null {
  const { sampleMetrics } = sectionValues(layers, "diagnostics", ["sampleMetrics"]);
  return blindCast<Millis | null, "every preset declares it">(sampleMetrics);
}

function catalogOf(layers: Layers): CatalogNames {
  const names = ["defaultCatalog", "defaultSchema", "viewSchema", "urlTables"];
  const { defaultCatalog, defaultSchema, viewSchema, urlTables } = sectionValues(layers, "catalog", names);
  const catalog = { default: defaultCatalog, schema: defaultSchema, viewSchema, urlTables };
  return blindCast<CatalogNames, "every preset declares these names">(catalog);
}

const noEnv: EnvPatch = { patch: {}, variables: new Map() };

/**
 * Puts all layers together: `engine` < `extension` < `preset` < `policy` < `typed` < `override` < `env`. Pure. The result
 * is used for applying and for hashing. Names in the environment patch (preset, cache, SQL policy) select what feeds their
 * own layer. A stronger layer's mode drops a weaker layer's value that it has no use for: pool `unbounded` drops the
 * limit, a spill mode drops the directories or the largest size, `listFiles: 0` drops the lifetime of listings, and
 * `dynamicFilterPushdown: false` drops its kinds.
 *
 * Throws `CONFIG.INVALID_PROFILE` for conflicts between layers, a memory limit above the memory of the machine and wrong
 * contributions of extensions; `CONFIG.EXTENSION_CONFLICT`; `CONFIG.REQUIREMENT_UNMET`.
 *
 * @example
 * const profile = parseProfile({ preset: "dev", execution: { batchSize: 1024 } });
 * const resolved = resolveProfile(profile, { env: readEnv(), machine: readMachine() });
 * resolved.settings.get("datafusion.execution.batch_size");
 * // {
 * //   key: "datafusion.execution.batch_size",
 * //   value: "1024",
 * //   source: "typed",
 * //   path: "execution.batchSize",
 * //   shadowed: [{ source: "preset", value: "4096" }, { source: "engine", value: "8192" }],
 * // }
 */
export function resolveProfile(profile: Profile, options: ResolveOptions): ResolvedProfile {
  const { env = noEnv, machine, extensions = [] } = options;
  const layers = layersOf(profile, env, extensionDefaults(extensions));
  const runtimeEnv = runtimeEnvOf(layers, machine);
  const effective = effectiveAccess(profile, env);
  const { access, sqlPolicy, issues } = effective;
  const problems = [...extensionIssues(extensions), ...issues, ...runtimeConflicts(layers, machine)];
  if (problems.length > 0) throw invalidProfile(problems);
  const settings = resolvedSettings(layers, "session_config");
  const runtimeSettings = resolvedSettings(layers, "runtime_env");
  checkRequirements(extensions, new Map([...settings, ...runtimeSettings]));
  const prepared = env.patch.prepared ?? profile.prepared ?? [];
  const determinism = env.patch.determinism ?? profile.determinism ?? "stable";
  const described = { settings, runtimeSettings, runtimeEnv, catalog: catalogOf(layers), sqlPolicy, prepared };
  const parts = { access, determinism, ...described };
  return Object.freeze({
    profile,
    preset: presetOf(profile, env),
    ...parts,
    fields: new Map([...selectedNames(profile, env, effective), ...resolvedFields(layers)]),
    limits: limitsOf(layers),
    diagnostics: diagnosticsOf(layers),
    sampleMetrics: sampleMetricsOf(layers),
    fingerprint: fingerprintProfile(parts),
  });
}
