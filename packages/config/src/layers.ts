import { type Declarations, type Declared, declarationsOf } from "./declarations.ts";
import type { EnvPatch } from "./env.ts";
import { type PresetName, presets } from "./presets.ts";
import { dynamicFilterKinds } from "./profile-rules.ts";
import { readProfile } from "./profile-reader.ts";
import type { Profile, ProfileInput } from "./profile.ts";
import type { SettingSource } from "./resolve.ts";
import type { SettingRow } from "./settings.ts";

/** A value that one layer declares. */
export interface Candidate {
  readonly value: Declared;
  readonly source: SettingSource;
  /** Profile path, `settings`, id of the extension, or name of the variable. */
  readonly path: string;
}

type Layer = Map<string, Candidate>;

/** What the layers above the engine declare, strongest first. */
export interface Layers {
  /** Candidates for a profile path. */
  field(path: string): readonly Candidate[];
  /** Candidates for a setting, in values of the engine. */
  setting(row: SettingRow): readonly Candidate[];
  /** Every profile path that a layer declares, sorted. */
  readonly paths: readonly string[];
}

const policySections: ReadonlySet<string> = new Set([
  "features",
  "join",
  "schemaHardening",
  "cache",
  "performance",
  "sql",
]);

function layer(declared: Declarations, describe: (path: string) => Omit<Candidate, "value">): Layer {
  return new Map([...declared].map(([path, value]) => [path, { value, ...describe(path) }]));
}

function sectionOf(path: string): string {
  return path.slice(0, path.indexOf("."));
}

function profileOrigin(path: string): Omit<Candidate, "value"> {
  const section = sectionOf(path);
  if (section === "settings") return { source: "override", path: "settings" };
  return { source: policySections.has(section) ? "policy" : "typed", path };
}

/** The profile, with the sets that the environment names in place of its own. */
function profileLayer(profile: Profile, env: EnvPatch): Layer {
  const { cache, schemaHardening } = env.patch;
  const cacheBase = typeof cache === "object" ? cache.base : undefined;
  const hardeningBase = typeof schemaHardening === "object" ? schemaHardening.base : undefined;
  const fields: ProfileInput = {
    ...profile,
    ...(cacheBase === undefined ? {} : { cache: { base: cacheBase } }),
    ...(hardeningBase === undefined ? {} : { schemaHardening: { base: hardeningBase } }),
  };
  return layer(declarationsOf(fields), (path) => {
    const variable = env.variables.get(`${sectionOf(path)}.base`);
    return { ...profileOrigin(path), ...(variable === undefined ? {} : { path: variable }) };
  });
}

/** The leaves of the environment; the names that it selects feed the layers of their own. */
function envLayer({ patch, variables }: EnvPatch): Layer {
  const { cache, schemaHardening, ...rest } = patch;
  const { base: _cacheBase, ...cacheOwn } = typeof cache === "object" ? cache : {};
  const { base: _hardeningBase, ...hardeningOwn } = typeof schemaHardening === "object" ? schemaHardening : {};
  const declared = declarationsOf({ ...rest, cache: cacheOwn, schemaHardening: hardeningOwn });
  return layer(declared, (path) => ({ source: "env", path: variables.get(path) ?? path }));
}

interface Dependence {
  readonly mode: string;
  readonly without: (value: Declared) => boolean;
  readonly dependent: string;
}

const dependences: readonly Dependence[] = [
  { mode: "memory.pool", without: (value) => value === "unbounded", dependent: "memory.limit" },
  { mode: "spill.mode", without: (value) => value === "disabled", dependent: "spill.maxSize" },
  { mode: "spill.mode", without: (value) => value !== "directories", dependent: "spill.directories" },
  { mode: "cache.listFiles", without: (value) => value === 0, dependent: "cache.listFilesTtl" },
  ...dynamicFilterKinds.map((kind) => ({
    mode: "features.dynamicFilterPushdown",
    without: (value: Declared) => value === false,
    dependent: `features.${kind}`,
  })),
];

/** A mode drops the values of weaker layers that it has no use for. */
function dropDependents(weakestFirst: readonly Layer[]): void {
  for (const [rank, one] of weakestFirst.entries()) {
    for (const { mode, without, dependent } of dependences) {
      const candidate = one.get(mode);
      if (candidate === undefined || !without(candidate.value) || one.has(dependent)) continue;
      const weaker = weakestFirst.slice(0, rank).some((below) => (below.get(dependent)?.value ?? null) !== null);
      if (weaker) one.set(dependent, { ...candidate, value: null });
    }
  }
}

/** The value of the engine that a field stands for. */
function engineValue({ owner }: SettingRow, { value }: Candidate): Declared {
  if (value === null) return null;
  if (owner === "schemaHardening.strictAggregateSchema") return value === false;
  return owner === "sql.identifiers" ? value === "lower" : value;
}

/** Presets never change: each is read once. */
const presetLayers = new Map<PresetName, ReadonlyMap<string, Candidate>>();

function presetLayer(name: PresetName): Layer {
  const known = presetLayers.get(name);
  if (known !== undefined) return new Map(known);
  const declared = declarationsOf(readProfile(presets[name]).fields);
  const read = layer(declared, (path) => ({ source: "preset", path }));
  presetLayers.set(name, new Map(read));
  return read;
}

/** The preset in effect. */
export function presetOf(profile: Profile, { patch }: EnvPatch): PresetName {
  return patch.preset ?? profile.preset ?? "default";
}

/** Lays out what preset, profile, environment and extensions declare. */
export function layersOf(profile: Profile, env: EnvPatch, extensions: ReadonlyMap<string, Candidate>): Layers {
  const weakestFirst = [presetLayer(presetOf(profile, env)), profileLayer(profile, env), envLayer(env)];
  dropDependents(weakestFirst);
  const strongestFirst = weakestFirst.toReversed();
  const field = (path: string): readonly Candidate[] =>
    strongestFirst.flatMap((one) => {
      const candidate = one.get(path);
      return candidate === undefined ? [] : [candidate];
    });
  return {
    field,
    paths: [...new Set(weakestFirst.flatMap((one) => [...one.keys()]))].toSorted(),
    setting: (row) => {
      const declared = field(row.owner ?? `settings.${row.key}`).map((one) => ({
        ...one,
        value: engineValue(row, one),
      }));
      const contributed = extensions.get(row.key);
      return contributed === undefined ? declared : [...declared, contributed];
    },
  };
}

/** The strongest values of some fields of a section; null where no layer declares one. */
export function sectionValues(layers: Layers, section: string, names: readonly string[]): Record<string, Declared> {
  return Object.fromEntries(names.map((name) => [name, layers.field(`${section}.${name}`)[0]?.value ?? null]));
}
