import { delimiter } from "node:path";
import type { SettingKey } from "./engine-settings.ts";
import type { Candidate, Layers } from "./layers.ts";
import type { ResolvedField, ResolvedSetting } from "./resolve.ts";
import { renderSetting, type SettingRow, settingRows } from "./settings.ts";

function plainText({ value }: Candidate): string | null {
  return value === null ? null : String(value);
}

function text(row: SettingRow, { value }: Candidate): string | null {
  return typeof value === "object" && value !== null ? value.join(delimiter) : renderSetting(row, value);
}

function resolvedSetting(row: SettingRow, candidates: readonly Candidate[]): ResolvedSetting | undefined {
  const [winner, ...weaker] = candidates;
  if (winner === undefined) return undefined;
  const shadowed = weaker.map((one) => ({ source: one.source, value: text(row, one) }));
  return {
    key: row.key,
    value: text(row, winner),
    source: winner.source,
    path: winner.path,
    shadowed: [...shadowed, { source: "engine", value: row.default }],
  };
}

function inOrder(a: SettingRow, b: SettingRow): number {
  if (a.first !== b.first) return a.first === true ? -1 : 1;
  return a.key < b.key ? -1 : 1;
}

const orderedRows = settingRows().toSorted(inOrder);

/** Profile paths of the fields that are settings of the engine. */
const settingPaths: ReadonlySet<string> = new Set(orderedRows.map((row) => row.owner ?? `settings.${row.key}`));

/** The declared settings of one part of the engine, in the order in which they are applied. */
export function resolvedSettings(
  layers: Layers,
  applies: SettingRow["applies"],
): ReadonlyMap<SettingKey, ResolvedSetting> {
  const resolved = new Map<SettingKey, ResolvedSetting>();
  for (const row of orderedRows) {
    const setting = row.applies === applies ? resolvedSetting(row, layers.setting(row)) : undefined;
    if (setting !== undefined) resolved.set(row.key, setting);
  }
  return resolved;
}

/** The declared values of the profile that are no settings of the engine, by profile path. */
export function resolvedFields(layers: Layers): ReadonlyMap<string, ResolvedField> {
  const fields = layers.paths.filter((path) => !settingPaths.has(path));
  return new Map(
    fields.flatMap((field) => {
      const [winner, ...weaker] = layers.field(field).map((one) => ({ ...one, value: plainText(one) }));
      if (winner === undefined) return [];
      const shadowed = weaker.map(({ source, value }) => ({ source, value }));
      return [[field, { ...winner, shadowed }] as const];
    }),
  );
}
