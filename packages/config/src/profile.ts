import type { Brand } from "./brand.ts";
import { blindCast } from "./casts.ts";
import { invalidProfile } from "./config-errors.ts";
import { mergeFields } from "./profile-merge.ts";
import { readProfile } from "./profile-reader.ts";
import type { EngineSettingsInput } from "./engine-settings.ts";
import type { PresetName } from "./presets.ts";
import type { CacheInput, CacheName } from "./sections/cache.ts";
import type { CatalogInput } from "./sections/catalog.ts";
import type { DiagnosticsInput } from "./sections/diagnostics.ts";
import type { ExecutionInput } from "./sections/execution.ts";
import type { FeaturesInput } from "./sections/features.ts";
import type { JoinInput } from "./sections/join.ts";
import type { LimitsInput } from "./sections/limits.ts";
import type { MemoryInput } from "./sections/memory.ts";
import type { OutputInput } from "./sections/output.ts";
import type { PerformanceInput } from "./sections/performance.ts";
import type { PreparedInput } from "./sections/prepared.ts";
import type { SchemaHardeningInput, SchemaHardeningName } from "./sections/schema-hardening.ts";
import type { SpillInput } from "./sections/spill.ts";
import type { SqlInput } from "./sections/sql.ts";

/** Whether a session may write. */
export type Access = "read_write" | "read_only";

/**
 * What the same query over the same data gives again: `fast` the same rows, where ties may be decided by chance; `stable` the
 * same rows in any order; `canonical` the same at any time, so that SQL and frames call no function that is not immutable.
 */
export type Determinism = "fast" | "stable" | "canonical";

/**
 * What a user declares about a session. Everything may be left out; null for a setting of the engine means the engine's
 * default, whatever the preset says.
 */
export interface ProfileInput {
  /** A label. Default: `default`. */
  readonly name?: string;
  /** What applies where the other fields say nothing. Default: `default`. */
  readonly preset?: PresetName;
  /** `read_only` forbids every write, in SQL and by functions. Default: `read_write`. */
  readonly access?: Access;
  /** `canonical` refuses functions such as `random()` and `now()`. Default: `stable`. */
  readonly determinism?: Determinism;
  readonly execution?: ExecutionInput;
  readonly output?: OutputInput;
  readonly memory?: MemoryInput;
  readonly spill?: SpillInput;
  /** Limits of the caches: a named set, or fields over one. */
  readonly cache?: CacheName | CacheInput;
  readonly catalog?: CatalogInput;
  readonly sql?: SqlInput;
  readonly features?: FeaturesInput;
  readonly join?: JoinInput;
  /** What keeps schemas the same everywhere: a named set, or fields over one. Default: `stable`. */
  readonly schemaHardening?: SchemaHardeningName | SchemaHardeningInput;
  readonly performance?: PerformanceInput;
  readonly limits?: LimitsInput;
  readonly diagnostics?: DiagnosticsInput;
  /** Queries that every session prepares when it is opened, after its tables, functions and views. Default: none. */
  readonly prepared?: readonly PreparedInput[];
  /** Settings of the engine that no other field owns, by their full key. */
  readonly settings?: EngineSettingsInput;
}

/** A change of a profile: the fields to set. */
export type ProfilePatch = ProfileInput;

/**
 * A checked profile, deep-frozen: what was declared and nothing else. Sizes are numbers of bytes, durations are milliseconds,
 * shares of the memory stay texts, and names of `cache`, `schemaHardening` and `sql.policy` are objects with the field
 * `base`.
 */
export type Profile = Brand<ProfileInput, "Profile">;

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach((member: unknown) => deepFreeze(member));
  }
  return value;
}

/**
 * Checks a profile. This is the only way to make one. Throws `CONFIG.INVALID_PROFILE` with every issue at once.
 *
 * @example
 * const profile = parseProfile({ memory: { limit: "4GiB" }, sql: { policy: "read_only" } });
 * profile.memory?.limit; // 4294967296
 * parseProfile({ memory: { limt: "4GiB" } }); // throws CONFIG.INVALID_PROFILE
 */
export function parseProfile(input: ProfileInput): Profile;
export function parseProfile(input: unknown): Profile;
export function parseProfile(input: unknown): Profile {
  const { fields, issues } = readProfile(input);
  if (issues.length > 0) throw invalidProfile(issues);
  return blindCast<Profile, "the fields were checked">(deepFreeze(fields));
}

/**
 * Changes a profile. Objects and `settings` merge per key, arrays and other values replace, undefined changes nothing,
 * and null means the engine's default. Throws `CONFIG.INVALID_PROFILE` as {@link parseProfile} would for the merged
 * input.
 *
 * @example
 * const base = parseProfile({ memory: { pool: "fair", limit: "4GiB" } });
 * extendProfile(base, { memory: { limit: "1GiB" } }).memory; // { pool: "fair", limit: 1073741824 }
 */
export function extendProfile(base: Profile, patch: ProfilePatch): Profile {
  return parseProfile(mergeFields(base, patch));
}
