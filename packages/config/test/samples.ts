import { delimiter } from "node:path";
import { parseProfile, type ProfileInput } from "../src/profile.ts";
import { type ExtensionSettings, type ResolvedProfile, resolveProfile } from "../src/resolve.ts";
import { readEnv } from "../src/env.ts";
import type { Machine } from "../src/machine.ts";
import type { SettingRow } from "../src/settings.ts";

export const machine: Machine = { cores: 8, memoryBytes: 16 * 1024 ** 3 };

interface Surroundings {
  readonly env?: Readonly<Record<string, string>>;
  readonly extensions?: readonly ExtensionSettings[];
  readonly machine?: Machine;
}

/** Resolves what a test declares. */
export function resolved(input: ProfileInput = {}, around: Surroundings = {}): ResolvedProfile {
  return resolveProfile(parseProfile(input), {
    env: readEnv(around.env ?? {}),
    machine: around.machine ?? machine,
    extensions: around.extensions ?? [],
  });
}

/** What a call throws. */
export function thrownBy(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  return undefined;
}

interface Sample {
  readonly value: unknown;
  readonly text: string;
}

function named(...values: readonly string[]): readonly Sample[] {
  return values.map((value) => ({ value, text: value }));
}

function counted(...values: readonly number[]): readonly Sample[] {
  return values.map((value) => ({ value, text: String(value) }));
}

const samplesByType: Readonly<Record<SettingRow["type"], (row: SettingRow) => readonly Sample[]>> = {
  bool: () => [true, false].map((value) => ({ value, text: String(value) })),
  uint: ({ min = 0 }) => counted(min, min + 3),
  int: ({ min = -2 }) => counted(min, min + 3),
  float: () => counted(0.25, 0.125),
  bytes: () => [{ value: "2MiB", text: "2097152" }, ...counted(4096)],
  duration: () => [
    { value: "2m", text: "120000ms" },
    { value: 5000, text: "5000ms" },
  ],
  enum: ({ values = [] }) => named(values[0] ?? "", values.at(-1) ?? ""),
  string: () => named("Europe/Berlin", "UTC"),
};

/** An object with one value at a dotted path. */
export function nested(path: string, value: unknown): Record<string, unknown> {
  return path.split(".").reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as Record<string, unknown>;
}

/** Two different declarations of a setting, by the field that owns it or in `settings`, and the texts for the engine. */
export function sampleInputs(row: SettingRow): readonly { readonly input: ProfileInput; readonly text: string }[] {
  const { owner, key } = row;
  if (owner === "spill.directories") {
    const lists = [["/a", "/b"], ["/c"]];
    return lists.map((directories) => ({
      input: { spill: { mode: "directories", directories } },
      text: directories.join(delimiter),
    }));
  }
  const samples = owner?.startsWith("catalog.default") ? named("lake", "sea") : samplesByType[row.type](row);
  return samples.map(({ value, text }) => {
    if (owner === undefined) return { input: nested("settings", { [key]: value }), text };
    if (owner === "sql.identifiers") return { input: nested(owner, value === true ? "lower" : "preserve"), text };
    if (owner === "schemaHardening.strictAggregateSchema") return { input: nested(owner, value !== true), text };
    return { input: nested(owner, value), text };
  });
}
