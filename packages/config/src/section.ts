import * as z from "./zod.ts";
import { blindCast } from "./casts.ts";
import { type ConfigIssue, invariant } from "./errors.ts";
import { nearest } from "./nearest.ts";
import { describeValue, type Reading, readValue, type Refusal } from "./setting-value.ts";
import { settingRows } from "./settings.ts";

/** Names of the fields of a section; the value holds the names of a section inside it. */
export interface FieldNames {
  readonly [field: string]: FieldNames;
}

/** A group of optional fields of the profile. */
export interface Section<T> {
  readonly schema: z.ZodType<T>;
  readonly names: FieldNames;
}

/** Stands for a field that owns a setting: it takes the values of the setting, and null for the engine's default. */
export const setting: unique symbol = Symbol("setting");

type Member<T> = z.ZodType<T> | Section<T> | typeof setting;

/** One field or section for each member of `T`. */
export type SectionShape<T> = { readonly [K in keyof T]-?: Member<Exclude<T[K], undefined>> };

function settingField(owner: string): z.ZodType {
  const row = settingRows().find((candidate) => candidate.owner === owner);
  invariant(row !== undefined, `No setting is owned by ${owner}`);
  return field<unknown>((value) => (value === null ? { value } : readValue(row, value)));
}

function isSection(member: Member<unknown>): member is Section<unknown> {
  return typeof member === "object" && !(member instanceof z.ZodType);
}

function schemaOf(member: Member<unknown>, path: string): z.ZodType {
  if (member === setting) return settingField(path);
  return isSection(member) ? member.schema : member;
}

/**
 * A strict object whose fields may all be left out.
 *
 * @param path - Where it is in a profile; the owners of settings are named by it.
 */
export function section<T>(path: string, shape: SectionShape<T>): Section<T> {
  const members = Object.entries<Member<unknown>>(shape);
  const fields = members.map(([name, member]) => {
    return [name, z.exactOptional(schemaOf(member, `${path}.${name}`))] as const;
  });
  const object: unknown = z.strictObject(Object.fromEntries(fields));
  return {
    schema: blindCast<z.ZodType<T>, "the shape has one field per member of T, each optional">(object),
    names: Object.fromEntries(members.map(([name, member]) => [name, isSection(member) ? member.names : {}])),
  };
}

/** A program reads few profiles: a checker generated for each section would cost more than it saves. */
const readOnce = { reportInput: true, jitless: true } as const;

/** A section that may also be given as a name, which stands for its field `base`. */
export function namedSection<T extends { readonly base?: string }>(path: string, shape: SectionShape<T>): Section<T> {
  const { schema, names } = section<T>(path, shape);
  const named = z.unknown().transform((value, context): T => {
    const isName = typeof value === "string";
    const result = schema.safeParse(isName ? { base: value } : value, readOnce);
    if (result.success) return result.data;
    const issues = result.error.issues.map((issue) => (isName ? { ...issue, path: [] } : issue));
    context.issues.push(...blindCast<readonly z.core.$ZodRawIssue[], "issues of this value">(issues));
    return z.NEVER;
  });
  return { schema: named, names };
}

/** A field that is read by a function. */
export function field<T>(read: (value: unknown) => Reading<T>): z.ZodType<T> {
  return z.unknown().transform((value, context): T => {
    const reading = read(value);
    if ("value" in reading) return reading.value;
    context.addIssue({ code: "custom", message: reading.refusal.message, params: { refusal: reading.refusal } });
    return z.NEVER;
  });
}

function namesAt(names: FieldNames, path: readonly PropertyKey[]): readonly string[] {
  let at: FieldNames | undefined = names;
  for (const key of path) at = at?.[String(key)];
  return Object.keys(at ?? {});
}

/** An issue about a field that does not exist. */
export function unknownField(path: string, names: readonly string[]): ConfigIssue {
  const suggestion = nearest(path.slice(path.lastIndexOf(".") + 1), names);
  const fields = suggestion === undefined ? `; the fields are ${names.join(", ")}` : "";
  const message = `There is no such field${fields}.`;
  return { code: "UNKNOWN_FIELD", path, message, ...(suggestion === undefined ? {} : { suggestion }) };
}

function toIssues(issue: z.core.$ZodIssue, names: FieldNames, path: string): readonly ConfigIssue[] {
  const at = [path, ...issue.path].filter((part) => part !== "").join(".");
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => unknownField(at === "" ? key : `${at}.${key}`, namesAt(names, issue.path)));
  }
  if (issue.code === "custom") {
    const refusal = blindCast<Refusal, "field() is the only source of custom issues">(issue.params?.["refusal"]);
    return [{ ...refusal, path: at }];
  }
  return [{ code: "INVALID_VALUE", path: at, message: `Expected an object, got ${describeValue(issue.input)}.` }];
}

/** A value that was read, or all issues of it. */
export type SectionReading<T> = { readonly value: T } | { readonly issues: readonly ConfigIssue[] };

/** Reads a section and collects every issue of it. Issues carry `path` in front. */
export function readSection<T>({ schema, names }: Section<T>, value: unknown, path: string): SectionReading<T> {
  const result = schema.safeParse(value, readOnce);
  if (result.success) return { value: result.data };
  return { issues: result.error.issues.flatMap((issue) => toIssues(issue, names, path)) };
}
