import { join } from "node:path";
import type { ProfileInput } from "@deltafuse/config/profile";
import type { SettingRow } from "@deltafuse/config/settings";

/** A value of a setting, as a profile has it and as the engine reads it. */
interface Sample {
  readonly value: unknown;
  readonly text: string;
}

/** A profile that declares one setting, and the text that the engine gets. */
export interface DeclaredSample {
  readonly profile: ProfileInput;
  readonly text: string;
}

function same(...values: readonly (number | string | boolean)[]): readonly Sample[] {
  return values.map((value) => ({ value, text: String(value) }));
}

const byType: Readonly<Record<SettingRow["type"], (row: SettingRow) => readonly Sample[]>> = {
  bool: () => same(true, false),
  uint: ({ min = 0 }) => same(min + 1, min + 3),
  int: () => same(-2, 3),
  float: () => same(0.25, 0.5),
  bytes: () => [{ value: "2MiB", text: "2097152" }, ...same(4096)],
  duration: () => [
    { value: "2m", text: "120000ms" },
    { value: 5000, text: "5000ms" },
  ],
  enum: ({ values = [] }) => same(...values),
  string: () => same("+02:00", "UTC"),
};

/** Values that a setting can have; of an enum all. */
export function settingSamples(row: SettingRow): readonly Sample[] {
  return byType[row.type](row);
}

/** A text that is no value of the setting; undefined where any text is one. */
export function wrongText({ type }: SettingRow): string | undefined {
  return type === "string" ? undefined : "no such value";
}

function nested(path: string, value: unknown): ProfileInput {
  return path.split(".").reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as ProfileInput;
}

/**
 * Profiles that set the setting by the field that owns it.
 *
 * @param folder - Absolute path of a folder for what is a folder.
 */
export function declaredSamples(row: SettingRow, folder: string): readonly DeclaredSample[] {
  const { owner = "" } = row;
  if (owner === "spill.directories") {
    const directories = [join(folder, "a"), join(folder, "b")];
    return [{ profile: { spill: { mode: "directories", directories } }, text: directories.join("\n") }];
  }
  const samples = owner.startsWith("catalog.default") ? same("lake", "sea") : settingSamples(row);
  return samples.map(({ value, text }) => {
    if (owner === "sql.identifiers") return { profile: nested(owner, value === true ? "lower" : "preserve"), text };
    if (owner === "schemaHardening.strictAggregateSchema") return { profile: nested(owner, value !== true), text };
    return { profile: nested(owner, value), text };
  });
}
