import { blindCast } from "../casts.ts";
import type { EngineSettingsInput } from "../engine-settings.ts";
import type { ConfigIssue } from "../errors.ts";
import { isPlainObject } from "../plain-object.ts";
import type { Section, SectionReading } from "../section.ts";
import { expected, type Reading, readValue, type Refusal } from "../setting-value.ts";
import { settingRow, type SettingValue, suggestSetting } from "../settings.ts";

function unknownSetting(key: string): Refusal {
  const suggested = suggestSetting(key);
  const row = suggested === undefined ? undefined : settingRow(suggested);
  const message = "The engine has no such setting.";
  if (row === undefined) return { code: "UNKNOWN_SETTING", message };
  const suggestion = row.owner === undefined ? row.key : `${row.key}, which the field ${row.owner} sets`;
  return { code: "UNKNOWN_SETTING", message, suggestion };
}

/** Reads a value for a setting by its key. Owned keys are read too when `ownedKeys` is true. */
export function readSetting(
  key: string,
  value: unknown,
  options: { readonly ownedKeys: boolean },
): Reading<SettingValue> {
  const row = settingRow(key);
  if (row === undefined) return { refusal: unknownSetting(key) };
  if (row.locked === true) {
    const refusal = { code: "LOCKED_SETTING", message: "This setting is fixed when a session opens." } as const;
    return { refusal: row.owner === undefined ? refusal : { ...refusal, suggestion: row.owner } };
  }
  if (row.owner !== undefined && !options.ownedKeys) {
    const message = "A field of the profile sets this.";
    return { refusal: { code: "OWNED_SETTING", message, suggestion: row.owner } };
  }
  return value === null ? { value } : readValue(row, value);
}

function readSettings(input: unknown, path: string): SectionReading<Readonly<Record<string, SettingValue>>> {
  if (!isPlainObject(input)) return { issues: [{ ...expected("an object", input).refusal, path }] };
  const issues: ConfigIssue[] = [];
  const values: Record<string, SettingValue> = {};
  for (const [key, value] of Object.entries(input)) {
    const reading = readSetting(key, value, { ownedKeys: false });
    if ("refusal" in reading) issues.push({ ...reading.refusal, path: `${path}.${key}` });
    else values[key] = reading.value;
  }
  return issues.length === 0 ? { value: values } : { issues };
}

/** The section `settings`. */
export const settingsSection: Section<EngineSettingsInput> = {
  names: {},
  read: (value, path) =>
    blindCast<SectionReading<EngineSettingsInput>, "keys and values are checked one by one">(readSettings(value, path)),
};
