import { blindCast } from "./casts.ts";
import type { Declared } from "./declarations.ts";
import type { SettingKey } from "./engine-settings.ts";
import { type ConfigIssue, invariant } from "./errors.ts";
import { type Layers, sectionValues } from "./layers.ts";
import type { Machine } from "./machine.ts";
import { profileConflicts } from "./profile-rules.ts";
import type { ProfileInput } from "./profile.ts";
import type { RuntimeEnvSpec } from "./resolve.ts";
import { type MemoryPool, percentage } from "./sections/memory.ts";
import type { SpillMode } from "./sections/spill.ts";
import { settingRow } from "./settings.ts";

function setting(layers: Layers, key: SettingKey): Declared {
  const row = settingRow(key);
  invariant(row !== undefined, `The engine has no setting ${key}`);
  return layers.setting(row)[0]?.value ?? null;
}

function numeric(layers: Layers, key: SettingKey): number | null {
  const value = setting(layers, key);
  return typeof value === "number" ? value : null;
}

function limitBytes(layers: Layers, machine: Machine): number | null {
  const limit = setting(layers, "datafusion.runtime.memory_limit");
  if (typeof limit === "number") return limit;
  const percent = typeof limit === "string" ? percentage(limit) : undefined;
  return percent === undefined ? null : Math.floor((machine.memoryBytes * percent) / 100);
}

function directories(layers: Layers): readonly string[] {
  const value = setting(layers, "datafusion.runtime.temp_directory");
  return Array.isArray(value) ? value : [];
}

interface Modes {
  readonly pool: MemoryPool;
  readonly topConsumers: number;
  readonly mode: SpillMode;
}

/** Memory, spilling and caches in numbers, with shares of the memory as bytes of this machine. */
export function runtimeEnvOf(layers: Layers, machine: Machine): RuntimeEnvSpec {
  const { pool, topConsumers, mode } = blindCast<Modes, "every layer was read by these sections">({
    ...sectionValues(layers, "memory", ["pool", "topConsumers"]),
    ...sectionValues(layers, "spill", ["mode"]),
  });
  const mergeFanIn = numeric(layers, "datafusion.runtime.max_spill_merge_fan_in");
  return {
    memory: {
      pool,
      limitBytes: limitBytes(layers, machine),
      topConsumers,
    },
    spill: {
      mode,
      directories: directories(layers),
      maxBytes: numeric(layers, "datafusion.runtime.max_temp_directory_size"),
      ...(mergeFanIn === null ? {} : { mergeFanIn }),
    },
    caches: {
      metadataBytes: numeric(layers, "datafusion.runtime.metadata_cache_limit"),
      listFilesBytes: numeric(layers, "datafusion.runtime.list_files_cache_limit"),
      listFilesTtlMs: numeric(layers, "datafusion.runtime.list_files_cache_ttl"),
      statisticsBytes: numeric(layers, "datafusion.runtime.file_statistics_cache_limit"),
    },
  };
}

/** Whether the pool is larger than the memory that this process may use: it would be ended before it spills. */
function memoryIssues(layers: Layers, { memoryBytes }: Machine): readonly ConfigIssue[] {
  const [limit] = layers.field("memory.limit");
  if (typeof limit?.value !== "number" || limit.value <= memoryBytes) return [];
  const given = `Expected at most ${memoryBytes} bytes, the memory that this process may use, got ${limit.value}.`;
  return [{ code: "OUT_OF_RANGE", path: limit.path, message: `${given} A share such as "60%" fits every machine.` }];
}

/** The conflicts that only show when all layers and the machine are put together. */
export function runtimeConflicts(layers: Layers, machine: Machine): readonly ConfigIssue[] {
  const cache = sectionValues(layers, "cache", ["listFiles", "listFilesTtl"]);
  const memory = sectionValues(layers, "memory", ["pool", "limit"]);
  const { directories: paths, ...spill } = sectionValues(layers, "spill", ["mode", "directories", "maxSize"]);
  const together = { memory, cache, spill: paths === null ? spill : { ...spill, directories: paths } };
  const issues = profileConflicts(blindCast<ProfileInput, "every layer was read by these sections">(together));
  const conflicts = issues.map((issue) => ({ ...issue, path: layers.field(issue.path)[0]?.path ?? issue.path }));
  return [...conflicts, ...memoryIssues(layers, machine)];
}
