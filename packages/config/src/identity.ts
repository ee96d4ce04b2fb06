import type { CanonicalValue } from "./canonical-json.ts";
import { canonicalJson } from "./canonical-json.ts";
import { fingerprint, type Fingerprint } from "./fingerprint.ts";
import { fingerprintProfile, isHashed, profilePayload } from "./profile-payload.ts";
import type { ResolvedProfile, RuntimeEnvSpec } from "./resolve.ts";

/**
 * Identity of what a profile declares: settings that may change a plan, a result or its cost, memory and spilling as
 * declared (`"60%"`), catalog, access, determinism and SQL policy. Not: name, limits, directories, the machine, texts of display.
 *
 * @example
 * const machine = readMachine();
 * const one = resolveProfile(parseProfile({ name: "one" }), { machine });
 * const other = resolveProfile(parseProfile({ name: "other" }), { machine });
 * profileFingerprint(one) === profileFingerprint(other); // true
 */
export function profileFingerprint(resolved: ResolvedProfile): Fingerprint {
  return fingerprintProfile(resolved);
}

/** What the engine of a session consists of. */
export interface EngineParts {
  readonly contractVersion: number;
  /** Versions by component, such as `{ datafusion: "55.2.0" }`. */
  readonly versions: Readonly<Record<string, string>>;
  /** Native features, in any order. */
  readonly features: readonly string[];
  readonly functionCatalogHash: string;
  /** Names in the order in which they run. */
  readonly analyzerRules: readonly string[];
  readonly optimizerRules: readonly string[];
  readonly physicalRules: readonly string[];
  readonly planners: readonly string[];
}

/**
 * Identity of the engine of a session. Build and platform are not part of it.
 *
 * @example
 * const parts = { contractVersion: 1, versions: { datafusion: "55.2.0" }, functionCatalogHash: "00", planners: [] };
 * const rules = { analyzerRules: [], optimizerRules: ["push_down_filter"], physicalRules: [] };
 * engineIdentity({ ...parts, ...rules, features: ["delta"] }).length; // 64
 */
export function engineIdentity(parts: EngineParts): Fingerprint {
  return fingerprint("engine", 1, enginePayload(parts));
}

/** What a session consists of. */
export interface SessionParts {
  readonly engine: Fingerprint;
  readonly profile: Fingerprint;
  /** The identity of each extension by its id: its options that affect results. */
  readonly extensions: Readonly<Record<string, Fingerprint>>;
  /** The numbers in effect. */
  readonly runtimeEnv: RuntimeEnvSpec;
  /** The texts of the settings in effect; those that only change texts or paths are left out here. */
  readonly settings: Readonly<Record<string, string | null>>;
}

function enginePayload(parts: EngineParts): Readonly<Record<keyof EngineParts, CanonicalValue>> {
  return { ...parts, features: parts.features.toSorted() };
}

function hashedSettings(settings: SessionParts["settings"]): Readonly<Record<string, string | null>> {
  return Object.fromEntries(Object.entries(settings).filter(([key]) => isHashed(key)));
}

function runtimePayload({ memory, spill, caches }: RuntimeEnvSpec): Readonly<Record<string, CanonicalValue>> {
  return {
    memory: { pool: memory.pool, limitBytes: memory.limitBytes },
    spill: { mode: spill.mode, maxBytes: spill.maxBytes, mergeFanIn: spill.mergeFanIn },
    caches: { ...caches },
  };
}

/**
 * Identity of a session: engine, profile, extensions, and the numbers and settings in effect.
 *
 * @example
 * const resolved = resolveProfile(parseProfile({}), { machine: readMachine() });
 * const { fingerprint: profile, runtimeEnv } = resolved;
 * const parts = { engine: fingerprint("engine", 1, {}), profile, extensions: {}, runtimeEnv };
 * const settings = { "datafusion.execution.batch_size": "8192" };
 * // Texts of display are not part of it.
 * const shown = { ...settings, "datafusion.format.null": "-" };
 * sessionHash({ ...parts, settings }) === sessionHash({ ...parts, settings: shown }); // true
 */
export function sessionHash({ engine, profile, extensions, runtimeEnv, settings }: SessionParts): Fingerprint {
  const [runtime, effective] = [runtimePayload(runtimeEnv), hashedSettings(settings)];
  return fingerprint("session", 1, { engine, profile, extensions, runtimeEnv: runtime, settings: effective });
}

/** What an identity is made of, by section. A section is one value, or an object of keys. */
export type IdentitySections = Readonly<Record<string, CanonicalValue>>;

/**
 * What {@link profileFingerprint} hashes.
 *
 * @example
 * const resolved = resolveProfile(parseProfile({ memory: { pool: "greedy" } }), { machine: readMachine() });
 * profileSections(resolved)["memory"]; // { pool: "greedy" }
 */
export function profileSections(resolved: ResolvedProfile): IdentitySections {
  return profilePayload(resolved);
}

/**
 * The fingerprint of each section of what {@link profileFingerprint} hashes.
 *
 * @example
 * const resolved = resolveProfile(parseProfile({}), { machine: readMachine() });
 * Object.keys(profileComponents(resolved));
 * // ["access", "determinism", "catalog", "memory", "spill", "settings", "runtime", "sqlPolicy"]
 */
export function profileComponents(resolved: ResolvedProfile): Readonly<Record<string, Fingerprint>> {
  const sections = Object.entries(profilePayload(resolved));
  return Object.fromEntries(
    sections.map(([name, value]) => [name, fingerprint("profile.section", 1, { name, value })]),
  );
}

/** What a session consists of, before anything of it is hashed. */
export interface SessionComponents extends Pick<SessionParts, "runtimeEnv" | "settings"> {
  readonly engine: EngineParts;
  readonly profile: ResolvedProfile;
  /** Version and result-affecting options of each extension, by its id. */
  readonly extensions: Readonly<Record<string, CanonicalValue>>;
}

function prefixed(prefix: string, sections: object): IdentitySections {
  const members: readonly (readonly [string, CanonicalValue])[] = Object.entries(sections);
  return Object.fromEntries(members.map(([name, value]) => [`${prefix}.${name}`, value]));
}

/**
 * What {@link sessionHash} hashes: the sections of engine, profile and runtime environment, extensions and settings.
 *
 * @example
 * const profile = resolveProfile(parseProfile({}), { machine: readMachine() });
 * const rules = { analyzerRules: [], optimizerRules: [], physicalRules: [], planners: [] };
 * const engine = { contractVersion: 1, versions: {}, features: [], functionCatalogHash: "00", ...rules };
 * const session = { engine, profile, extensions: {}, runtimeEnv: profile.runtimeEnv, settings: {} };
 * const updated = { ...session, engine: { ...engine, versions: { datafusion: "55.2.0" } } };
 * diffIdentities(sessionSections(session), sessionSections(updated));
 * // [{ section: "engine.versions", key: "datafusion", a: null, b: '"55.2.0"' }]
 */
export function sessionSections(components: SessionComponents): IdentitySections {
  const { engine, profile, extensions, runtimeEnv, settings } = components;
  return {
    ...prefixed("engine", enginePayload(engine)),
    ...prefixed("profile", profilePayload(profile)),
    extensions: { ...extensions },
    ...prefixed("runtimeEnv", runtimePayload(runtimeEnv)),
    settings: hashedSettings(settings),
  };
}

/** A value that differs between two identities. */
export interface IdentityDifference {
  /** The section, as {@link profileSections} and {@link sessionSections} name it. */
  readonly section: string;
  /** The key inside the section; empty when the section is one value. */
  readonly key: string;
  /** Canonical JSON of the value in the first identity; null = absent. */
  readonly a: string | null;
  /** Canonical JSON of the value in the second identity; null = absent. */
  readonly b: string | null;
}

function entries(section: CanonicalValue | undefined): ReadonlyMap<string, string> {
  const isObject = typeof section === "object" && section !== null && !Array.isArray(section);
  const members = isObject ? Object.entries(section) : [["", section] as const];
  return new Map(members.flatMap(([key, value]) => (value === undefined ? [] : [[key, canonicalJson(value)]])));
}

/**
 * The sections and keys in which the identities of two profiles or of two sessions differ, sorted.
 *
 * @example
 * const machine = readMachine();
 * const a = resolveProfile(parseProfile({ execution: { batchSize: 4096 } }), { machine });
 * const b = resolveProfile(parseProfile({ execution: { batchSize: 8192 } }), { machine });
 * diffIdentities(profileSections(a), profileSections(b));
 * // [{ section: "settings", key: "datafusion.execution.batch_size", a: '"4096"', b: '"8192"' }]
 */
export function diffIdentities(a: IdentitySections, b: IdentitySections): readonly IdentityDifference[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].toSorted().flatMap((section) => {
    const [before, after] = [entries(a[section]), entries(b[section])];
    const keys = [...new Set([...before.keys(), ...after.keys()])].toSorted();
    return keys
      .map((key) => ({ section, key, a: before.get(key) ?? null, b: after.get(key) ?? null }))
      .filter((difference) => difference.a !== difference.b);
  });
}
