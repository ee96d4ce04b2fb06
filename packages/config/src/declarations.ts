import { blindCast } from "./casts.ts";
import { invariant } from "./errors.ts";
import { isPlainObject } from "./plain-object.ts";
import { cachePresets, hardeningPresets } from "./presets.ts";
import type { ProfileInput } from "./profile.ts";
import { type CacheInput, type CacheLimits, cacheSection } from "./sections/cache.ts";
import type { SchemaHardeningInput, SchemaHardeningOptions } from "./sections/schema-hardening.ts";

/** A declared value: sizes are bytes, durations are milliseconds, a share of the memory is a text. */
export type Declared = boolean | number | string | null | readonly string[];

/** Declared values by profile path, such as `execution.batchSize` or `settings.datafusion.explain.show_sizes`. */
export type Declarations = ReadonlyMap<string, Declared>;

/** What a named set leaves out is the engine's default. */
function nulls(sets: Readonly<Record<string, object>>): Readonly<Record<string, null>> {
  const names = Object.values(sets).flatMap((set) => Object.keys(set));
  return Object.fromEntries(names.map((name) => [name, null]));
}

function cacheFields({ base, ...own }: CacheInput): CacheLimits {
  if (base === undefined) return own;
  const reading = cacheSection.read(cachePresets[base], "cache");
  invariant("value" in reading, `The set of cache limits ${base} is not valid`);
  const withoutListings = own.listFiles === 0 ? { listFilesTtl: null } : {};
  return { ...nulls(cachePresets), ...reading.value, ...withoutListings, ...own };
}

function hardeningFields({ base, ...own }: SchemaHardeningInput): SchemaHardeningOptions {
  return base === undefined ? own : { ...nulls(hardeningPresets), ...hardeningPresets[base], ...own };
}

function collect(value: unknown, path: string, into: Map<string, Declared>): void {
  if (isPlainObject(value)) {
    for (const [key, member] of Object.entries(value)) collect(member, path === "" ? key : `${path}.${key}`, into);
  } else {
    into.set(path, blindCast<Declared, "a leaf of a profile that was read">(value));
  }
}

/**
 * The declared values of profile fields that were read, with named sets laid out. Names that select something (preset,
 * access, SQL policy) are not among them.
 */
export function declarationsOf(fields: ProfileInput): Declarations {
  const {
    name: _name,
    preset: _preset,
    access: _access,
    determinism: _determinism,
    cache,
    schemaHardening,
    sql,
    prepared,
    ...rest
  } = fields;
  const { policy: _policy, ...reading } = sql ?? {};
  const declared = new Map<string, Declared>();
  collect(rest, "", declared);
  collect(reading, "sql", declared);
  if (prepared !== undefined)
    declared.set(
      "prepared",
      prepared.map(({ name }) => name),
    );
  if (typeof cache === "object") collect(cacheFields(cache), "cache", declared);
  if (typeof schemaHardening === "object") collect(hardeningFields(schemaHardening), "schemaHardening", declared);
  return declared;
}
