import { extensionConflict, invalidProfile, requirementUnmet } from "./config-errors.ts";
import type { ConfigIssue } from "./errors.ts";
import type { Candidate } from "./layers.ts";
import type { ExtensionSettings, ResolvedSetting, SettingRequirement } from "./resolve.ts";
import { readSetting } from "./sections/settings.ts";
import { renderSetting, settingRow, type SettingRow, settingsEqual, type SettingValue } from "./settings.ts";

interface Contribution {
  readonly extension: string;
  readonly row: SettingRow;
  readonly value: SettingValue;
}

function contributions(extensions: readonly ExtensionSettings[]): readonly Contribution[] {
  const issues: ConfigIssue[] = [];
  const found: Contribution[] = [];
  for (const { id, defaults = {} } of extensions) {
    for (const [key, value] of Object.entries(defaults)) {
      const reading = readSetting(key, value, { ownedKeys: true });
      const row = settingRow(key);
      if ("refusal" in reading) issues.push({ ...reading.refusal, path: `extensions.${id}.${key}` });
      else if (row !== undefined) found.push({ extension: id, row, value: reading.value });
    }
  }
  if (issues.length > 0) throw invalidProfile(issues);
  return found;
}

/**
 * The defaults that extensions contribute, by key. Throws `CONFIG.EXTENSION_CONFLICT` when two differ and
 * `CONFIG.INVALID_PROFILE` for unknown or locked keys and wrong values.
 */
export function extensionDefaults(extensions: readonly ExtensionSettings[]): ReadonlyMap<string, Candidate> {
  const defaults = new Map<string, Candidate>();
  for (const { extension, row, value } of contributions(extensions)) {
    const other = defaults.get(row.key);
    if (other !== undefined && other.value !== value) {
      const values = [
        { extension: other.path, value: other.value === null ? null : String(other.value) },
        { extension, value: renderSetting(row, value) },
      ];
      throw extensionConflict({ key: row.key, values });
    }
    defaults.set(row.key, other ?? { value, source: "extension", path: extension });
  }
  return defaults;
}

type Settings = ReadonlyMap<string, ResolvedSetting>;

function checkRequirement(extension: string, requirement: SettingRequirement, settings: Settings): void {
  const { key, value, reason } = requirement;
  const row = settingRow(key);
  const reading = readSetting(key, value, { ownedKeys: true });
  if (row === undefined || "refusal" in reading) {
    const refusal =
      "refusal" in reading ? reading.refusal : ({ code: "UNKNOWN_SETTING", message: "Unknown." } as const);
    throw invalidProfile([{ ...refusal, path: `extensions.${extension}.${key}` }]);
  }
  const declared = settings.get(key);
  const actual = declared?.value ?? row.default;
  const required = renderSetting(row, reading.value) ?? row.default;
  if (settingsEqual(row, required, actual)) return;
  const { source = "engine", path = null } = declared ?? {};
  throw requirementUnmet({ extension, key, required, actual, source, path, reason });
}

/** Throws `CONFIG.REQUIREMENT_UNMET` when an extension needs another value of a setting. */
export function checkRequirements(extensions: readonly ExtensionSettings[], settings: Settings): void {
  for (const { id, requirements = [] } of extensions) {
    for (const requirement of requirements) checkRequirement(id, requirement, settings);
  }
}
