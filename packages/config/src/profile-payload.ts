import type { CanonicalValue } from "./canonical-json.ts";
import { fingerprint, type Fingerprint } from "./fingerprint.ts";
import type { ResolvedProfile, ResolvedSetting } from "./resolve.ts";
import type { PreparedInput } from "./sections/prepared.ts";
import { settingRow } from "./settings.ts";
import type { SqlPolicy } from "./sql-policy.ts";

/** The parts of a resolved profile that its identity is made of. */
export type IdentityParts = Pick<
  ResolvedProfile,
  "access" | "determinism" | "settings" | "runtimeSettings" | "runtimeEnv" | "catalog" | "sqlPolicy" | "prepared"
>;

/** Whether a setting enters hashes. A setting that the table does not know does. */
export function isHashed(key: string): boolean {
  const identity = settingRow(key)?.identity ?? "plan";
  return identity === "plan" || identity === "resource";
}

function declaredTexts(settings: ReadonlyMap<string, ResolvedSetting>): Record<string, string | null> {
  const declared = [...settings.values()].filter(({ key, source }) => source !== "extension" && isHashed(key));
  return Object.fromEntries(declared.map(({ key, value }) => [key, value]));
}

function policyPayload({ name: _label, ...fields }: SqlPolicy): CanonicalValue {
  return { ...fields, functions: { ...fields.functions }, paths: { ...fields.paths } };
}

function preparedPayload({ name, sql, types = [] }: PreparedInput): CanonicalValue {
  return { name, sql, types: [...types] };
}

/** What is hashed of a profile, by section. Declared values only: `60%` stays `60%`. */
export function profilePayload(parts: IdentityParts): Readonly<Record<string, CanonicalValue>> {
  const { access, determinism, settings, runtimeSettings, runtimeEnv, catalog, sqlPolicy, prepared } = parts;
  return {
    access,
    determinism,
    catalog: { ...catalog },
    memory: { pool: runtimeEnv.memory.pool },
    spill: { mode: runtimeEnv.spill.mode },
    settings: declaredTexts(settings),
    runtime: declaredTexts(runtimeSettings),
    sqlPolicy: policyPayload(sqlPolicy),
    ...(prepared.length === 0 ? {} : { prepared: prepared.map(preparedPayload) }),
  };
}

/** The fingerprint of a profile, kind `profile`. */
export function fingerprintProfile(parts: IdentityParts): Fingerprint {
  return fingerprint("profile", 1, profilePayload(parts));
}
