import { blindCast } from "./casts.ts";
import { type ConfigIssue, invariant } from "./errors.ts";
import { nearest } from "./nearest.ts";
import { isPlainObject } from "./plain-object.ts";
import { expected, type Reading, readValue } from "./setting-value.ts";
import { settingRows } from "./settings.ts";

/** Names of the fields of a section; the value holds the names of a section inside it. */
export interface FieldNames {
  readonly [field: string]: FieldNames;
}

/** A value that was read, or all issues of it. */
export type SectionReading<T> = { readonly value: T } | { readonly issues: readonly ConfigIssue[] };

/** A part of the profile: a group of optional fields, or one field, which has no names in it. */
export interface Section<T> {
  readonly names: FieldNames;
  /** Reads the value at a path of the profile and collects every issue of it. */
  read(value: unknown, path: string): SectionReading<T>;
}

/** Stands for a field that owns a setting: it takes the values of the setting, and null for the engine's default. */
export const setting: unique symbol = Symbol("setting");

type Member<T> = Section<T> | typeof setting;

/** One field or section for each member of `T`. */
export type SectionShape<T> = { readonly [K in keyof T]-?: Member<Exclude<T[K], undefined>> };

/** A field that is read by a function. */
export function field<T>(read: (value: unknown) => Reading<T>): Section<T> {
  return {
    names: {},
    read: (value, path) => {
      const reading = read(value);
      return "value" in reading ? reading : { issues: [{ ...reading.refusal, path }] };
    },
  };
}

function settingField(owner: string): Section<unknown> {
  return field<unknown>((value) => {
    const row = settingRows().find((candidate) => candidate.owner === owner);
    invariant(row !== undefined, `No setting is owned by ${owner}`);
    return value === null ? { value } : readValue(row, value);
  });
}

/**
 * A strict object whose fields may all be left out.
 *
 * @param owner - Where it is in a profile; the owners of settings are named by it.
 */
export function section<T>(owner: string, shape: SectionShape<T>): Section<T> {
  const members = Object.entries<Member<unknown>>(shape).map(([name, member]) => {
    return [name, member === setting ? settingField(`${owner}.${name}`) : member] as const;
  });
  const fields = new Map(members);
  return {
    names: Object.fromEntries(members.map(([name, { names }]) => [name, names])),
    read: (value, path) => {
      const reading = readFields(fields, value, path);
      return blindCast<SectionReading<T>, "the shape has one field per member of T, each optional">(reading);
    },
  };
}

function readFields(
  fields: ReadonlyMap<string, Section<unknown>>,
  value: unknown,
  path: string,
): SectionReading<Readonly<Record<string, unknown>>> {
  if (!isPlainObject(value)) return { issues: [{ ...expected("an object", value).refusal, path }] };
  const issues: ConfigIssue[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, one] of fields) {
    if (!Object.hasOwn(value, name)) continue;
    const reading = one.read(value[name], `${path}.${name}`);
    if ("issues" in reading) issues.push(...reading.issues);
    else values[name] = reading.value;
  }
  const strange = Object.keys(value).filter((name) => !fields.has(name));
  issues.push(...strange.map((name) => unknownField(`${path}.${name}`, [...fields.keys()])));
  return issues.length === 0 ? { value: values } : { issues };
}

/** A section that may also be given as a name, which stands for its field `base`. */
export function namedSection<T extends { readonly base?: string }>(owner: string, shape: SectionShape<T>): Section<T> {
  const own = section<T>(owner, shape);
  return {
    names: own.names,
    read: (value, path) => {
      if (typeof value !== "string") return own.read(value, path);
      const reading = own.read({ base: value }, path);
      return "value" in reading ? reading : { issues: reading.issues.map((issue) => ({ ...issue, path })) };
    },
  };
}

/** An issue about a field that does not exist. */
export function unknownField(path: string, names: readonly string[]): ConfigIssue {
  const suggestion = nearest(path.slice(path.lastIndexOf(".") + 1), names);
  const fields = suggestion === undefined ? `; the fields are ${names.join(", ")}` : "";
  const message = `There is no such field${fields}.`;
  return { code: "UNKNOWN_FIELD", path, message, ...(suggestion === undefined ? {} : { suggestion }) };
}
