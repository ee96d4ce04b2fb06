import type { CanonicalValue } from "./canonical-json.ts";
import { canonicalJson } from "./canonical-json.ts";
import { fingerprint, type Fingerprint } from "./fingerprint.ts";
import { fingerprintProfile, isHashed, profilePayload } from "./profile-payload.ts";
import type { ResolvedProfile, RuntimeEnvSpec } from "./resolve.ts";

/**
 * Identity of what a profile declares: settings that may change a plan, a result or its cost, memory and spilling as
 * declared (`"60%"`), catalog names, access and SQL policy. Not: name, limits, directories, the machine, texts of display.
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

/** Identity of the engine of a session. Build and platform are not part of it. */
export function engineIdentity(parts: EngineParts): Fingerprint {
  return fingerprint("engine", 1, { ...parts, features: parts.features.toSorted() });
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

function runtimePayload({ memory, spill, caches }: RuntimeEnvSpec): CanonicalValue {
  return {
    memory: { pool: memory.pool, limitBytes: memory.limitBytes },
    spill: { mode: spill.mode, maxBytes: spill.maxBytes, mergeFanIn: spill.mergeFanIn },
    caches: { ...caches },
  };
}

/** Identity of a session: engine, profile, extensions, and the numbers and settings in effect. */
export function sessionHash({ engine, profile, extensions, runtimeEnv, settings }: SessionParts): Fingerprint {
  const hashed = Object.fromEntries(Object.entries(settings).filter(([key]) => isHashed(key)));
  const runtime = runtimePayload(runtimeEnv);
  return fingerprint("session", 1, { engine, profile, extensions, runtimeEnv: runtime, settings: hashed });
}

/** The fingerprint of each section of what `profileFingerprint` hashes. */
export function profileComponents(resolved: ResolvedProfile): Readonly<Record<string, Fingerprint>> {
  const sections = Object.entries(profilePayload(resolved));
  return Object.fromEntries(
    sections.map(([name, value]) => [name, fingerprint("profile.section", 1, { name, value })]),
  );
}

/** A value that differs between two profiles. */
export interface IdentityDifference {
  /** The section of `profileComponents`. */
  readonly section: string;
  /** The key inside the section; empty when the section is one value. */
  readonly key: string;
  /** Canonical JSON of the value in the first profile; null = absent. */
  readonly a: string | null;
  /** Canonical JSON of the value in the second profile; null = absent. */
  readonly b: string | null;
}

function entries(section: CanonicalValue | undefined): ReadonlyMap<string, string> {
  const isObject = typeof section === "object" && section !== null && !Array.isArray(section);
  const members = isObject ? Object.entries(section) : [["", section] as const];
  return new Map(members.flatMap(([key, value]) => (value === undefined ? [] : [[key, canonicalJson(value)]])));
}

/** The sections and keys in which the identities of two profiles differ, sorted. */
export function diffIdentities(a: ResolvedProfile, b: ResolvedProfile): readonly IdentityDifference[] {
  const [left, right] = [profilePayload(a), profilePayload(b)];
  return Object.keys(left)
    .toSorted()
    .flatMap((section) => {
      const [before, after] = [entries(left[section]), entries(right[section])];
      const keys = [...new Set([...before.keys(), ...after.keys()])].toSorted();
      return keys
        .map((key) => ({ section, key, a: before.get(key) ?? null, b: after.get(key) ?? null }))
        .filter((difference) => difference.a !== difference.b);
    });
}
