import { parseDuration } from "./duration.ts";
import { engineSettings, type SettingKey } from "./engine-settings.ts";
import { isDeltaFuseError } from "./errors.ts";
import { nearest } from "./nearest.ts";
import type { EngineSettingRow } from "./setting-row.ts";
import { absentSettings } from "./settings-overlay.ts";
import { parseSize } from "./size.ts";

/** One setting of the engine: key, type, range, default, owner and what it can change. */
export type SettingRow = EngineSettingRow<SettingKey>;

/** A value of a setting: a size in bytes, a duration in milliseconds, null for the engine's default. */
export type SettingValue = boolean | number | string | null;

const rows: readonly SettingRow[] = Object.values(engineSettings)
  .flat()
  .toSorted((a, b) => (a.key < b.key ? -1 : 1));
const byKey: ReadonlyMap<string, SettingRow> = new Map(rows.map((row) => [row.key, row]));

/**
 * The setting with that full name, if the engine has it.
 *
 * @example
 * settingRow("datafusion.execution.batch_size")?.owner; // "execution.batchSize"
 * settingRow("datafusion.execution.bach_size"); // undefined
 */
export function settingRow(key: string): SettingRow | undefined {
  return byKey.get(key);
}

/**
 * Every setting of the engine, by key.
 *
 * @example
 * settingRows().filter(({ first }) => first === true).map(({ key }) => key);
 * // ["datafusion.optimizer.enable_dynamic_filter_pushdown"]
 */
export function settingRows(): readonly SettingRow[] {
  return rows;
}

function lastSegment(key: string): string {
  return key.slice(key.lastIndexOf(".") + 1);
}

/**
 * The setting that was probably meant by an unknown key: what replaces it in this engine, else a setting of the same
 * name in another namespace, else the nearest key (optimal string alignment, at most max(2, ⌊length/5⌋)).
 *
 * @example
 * suggestSetting("datafusion.execution.bach_size"); // "datafusion.execution.batch_size"
 * suggestSetting("datafusion.optimizer.enable_hash_join"); // "datafusion.optimizer.prefer_hash_join"
 */
export function suggestSetting(key: string): SettingKey | undefined {
  const sameName = rows.find((row) => row.key !== key && lastSegment(row.key) === lastSegment(key));
  if (sameName !== undefined) return sameName.key;
  const near = absentSettings[key] ?? nearest(key, [...byKey.keys()]);
  return near === undefined ? undefined : byKey.get(near)?.key;
}

/**
 * The text of a value as the engine reads it: `true`, decimal digits, the shortest text of a fraction, a name as it is.
 * A duration is milliseconds, written as `250ms`. Null stays null.
 *
 * @example
 * const row = settingRow("datafusion.runtime.list_files_cache_ttl");
 * invariant(row !== undefined, "The engine has it");
 * renderSetting(row, parseDuration("2s")); // "2000ms"
 */
export function renderSetting(row: SettingRow, value: SettingValue): string | null {
  if (value === null) return null;
  return row.type === "duration" ? `${value}ms` : String(value);
}

function durationMillis(text: string): number | undefined {
  try {
    return parseDuration(text);
  } catch (error) {
    if (isDeltaFuseError(error, "CONFIG.INVALID_DURATION")) return undefined;
    throw error;
  }
}

function sizeBytes(text: string): number | undefined {
  try {
    return parseSize(text);
  } catch (error) {
    if (isDeltaFuseError(error, "CONFIG.INVALID_SIZE")) return undefined;
    throw error;
  }
}

function comparable(row: SettingRow, text: string): string | number | undefined {
  switch (row.type) {
    case "uint":
    case "int":
    case "float":
      return text.trim() === "" ? undefined : Number(text);
    case "bytes":
      return sizeBytes(text);
    case "duration":
      return durationMillis(text);
    case "bool":
    case "enum":
      return text.toLowerCase();
    case "string":
      return text;
  }
}

/**
 * Whether two texts are the same value of a setting. The engine normalises what it was given: numbers are compared as
 * numbers, sizes as bytes, durations as milliseconds, names of an enum without case.
 *
 * @example
 * const row = settingRow("datafusion.execution.parquet.compression");
 * invariant(row !== undefined, "The engine has it");
 * settingsEqual(row, "ZSTD(3)", "zstd(3)"); // true
 */
export function settingsEqual(row: SettingRow, a: string | null, b: string | null): boolean {
  if (a === null || b === null) return a === b;
  if (a === b) return true;
  const left = comparable(row, a);
  return left !== undefined && left === comparable(row, b);
}
