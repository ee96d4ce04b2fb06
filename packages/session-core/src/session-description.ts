import { type CanonicalValue, canonicalJson } from "@deltafuse/config/canonical-json";
import type { AppliedReport } from "@deltafuse/config/applied";
import type { ResolvedProfile, RuntimeEnvSpec } from "@deltafuse/config/resolve";
import { settingRow } from "@deltafuse/config/settings";
import type { EventMap } from "@deltafuse/hooks/events";
import { productVersion } from "./product-version.ts";
import type { EffectiveSetting } from "./session-runtime.ts";

type Opened = EventMap["session.opened"];

/** What events tell of a session in every state. */
export type SessionDescription = Pick<Opened, "profileName" | "profileJson" | "productVersion" | "shared" | "poolSlot">;

/** Describes a session for its events. */
export function describeSession(
  { profile }: ResolvedProfile,
  { shared, poolSlot }: Pick<SessionDescription, "shared" | "poolSlot">,
): SessionDescription {
  return {
    profileName: profile.name ?? "default",
    profileJson: canonicalJson(exactValue(profile)),
    productVersion: productVersion(),
    shared,
    poolSlot,
  };
}

/** A profile has fractions, canonical JSON has none: they become texts. */
function exactValue(value: unknown): CanonicalValue {
  if (typeof value === "number") return Number.isSafeInteger(value) ? value : String(value);
  if (Array.isArray(value)) return value.map(exactValue);
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, exactValue(member)]));
  }
  return typeof value === "string" || typeof value === "boolean" ? value : null;
}

/** The settings of a session for its events. */
export function describeSettings(
  settings: readonly EffectiveSetting[],
  report: AppliedReport,
  runtimeEnv: RuntimeEnvSpec,
): Opened["applied"] {
  const problems = new Set(report.problems.map((entry) => entry.key));
  const { memory, spill, caches } = runtimeEnv;
  return {
    entries: settings.map(({ key, value, requested, source }) => {
      const owner = settingRow(key)?.owner ?? null;
      return { key, value, requested, source, owner, applied: !problems.has(key) };
    }),
    runtime: {
      poolKind: memory.pool,
      poolLimitBytes: memory.limitBytes,
      spillDirectories: spill.directories.length,
      maxSpillBytes: spill.maxBytes,
      metadataCacheBytes: caches.metadataBytes,
      listFilesCacheBytes: caches.listFilesBytes,
      listFilesCacheTtlMs: caches.listFilesTtlMs,
    },
  };
}
