import { extensionConflict, requirementUnmet } from "./config-errors.ts";
import { type ConfigIssue, invariant, type UnmetRequirement } from "./errors.ts";
import type { Candidate } from "./layers.ts";
import type { ExtensionSettings, ResolvedSetting, SettingRequirement } from "./resolve.ts";
import { readSetting } from "./sections/settings.ts";
import { renderSetting, settingRow, type SettingRow, settingsEqual, type SettingValue } from "./settings.ts";

interface Statement {
  readonly extension: string;
  readonly key: string;
  readonly value: unknown;
}

/** A value that an extension has a right to state. */
interface Contribution {
  readonly extension: string;
  readonly row: SettingRow;
  readonly value: SettingValue;
}

function statedDefaults(extensions: readonly ExtensionSettings[]): readonly Statement[] {
  return extensions.flatMap(({ id, defaults = {} }) => {
    return Object.entries(defaults).map(([key, value]) => ({ extension: id, key, value }));
  });
}

function stated({ extension, key, value }: Statement): Contribution | ConfigIssue {
  const reading = readSetting(key, value, { ownedKeys: true });
  if ("refusal" in reading) return { ...reading.refusal, path: `extensions.${extension}.${key}` };
  const row = settingRow(key);
  invariant(row !== undefined, `The engine has no setting ${key}`);
  return { extension, row, value: reading.value };
}

function isContribution(one: Contribution | ConfigIssue): one is Contribution {
  return "row" in one;
}

/** What extensions state of settings that do not exist, are locked, or cannot have that value. */
export function extensionIssues(extensions: readonly ExtensionSettings[]): readonly ConfigIssue[] {
  const required = extensions.flatMap(({ id, requirements = [] }) => {
    return requirements.map(({ key, value }) => ({ extension: id, key, value }));
  });
  const all = [...statedDefaults(extensions), ...required].map((one) => stated(one));
  return all.flatMap((one) => (isContribution(one) ? [] : [one]));
}

/** The valid defaults that extensions contribute, by key. Throws `CONFIG.EXTENSION_CONFLICT` when two differ. */
export function extensionDefaults(extensions: readonly ExtensionSettings[]): ReadonlyMap<string, Candidate> {
  const defaults = new Map<string, Candidate>();
  for (const { extension, row, value } of statedDefaults(extensions)
    .map((one) => stated(one))
    .filter(isContribution)) {
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

function unmet(extension: string, requirement: SettingRequirement, settings: Settings): readonly UnmetRequirement[] {
  const { key, value, reason } = requirement;
  const contribution = stated({ extension, key, value });
  if (!isContribution(contribution)) return [];
  const { row } = contribution;
  const declared = settings.get(key);
  const actual = declared?.value ?? row.default;
  const required = renderSetting(row, contribution.value) ?? row.default;
  if (settingsEqual(row, required, actual)) return [];
  const { source = "engine", path = null } = declared ?? {};
  return [{ extension, key, required, actual, source, path, reason }];
}

/** Throws `CONFIG.REQUIREMENT_UNMET` with every other value of a setting that an extension needs; only valid ones are judged. */
export function checkRequirements(extensions: readonly ExtensionSettings[], settings: Settings): void {
  const all = extensions.flatMap(({ id, requirements = [] }) =>
    requirements.flatMap((requirement) => unmet(id, requirement, settings)),
  );
  if (all.length > 0) throw requirementUnmet(all);
}
