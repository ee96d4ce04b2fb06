import * as z from "./zod.ts";
import { blindCast } from "./casts.ts";
import { nearest } from "./nearest.ts";
import { field } from "./section.ts";
import { describeValue, type Reading, type Refusal, readValue, type ValueRule } from "./setting-value.ts";

function ruleField<T>(rule: ValueRule, nullable: boolean): z.ZodType<T> {
  return field((value) => {
    const reading = value === null && nullable ? { value } : readValue(rule, value);
    return blindCast<Reading<T>, "the rule has the type of the field">(reading);
  });
}

/** A field that is not a setting of the engine. */
export function plainField<T>(rule: ValueRule): z.ZodType<T> {
  return ruleField(rule, false);
}

/** A field that is not a setting of the engine and may be null. */
export function nullableField<T>(rule: ValueRule): z.ZodType<T | null> {
  return ruleField(rule, true);
}

/** A field with a closed set of names. */
export function nameField<T extends string>(what: string, names: readonly T[]): z.ZodType<T> {
  return field<T>((value) => {
    const name = names.find((candidate) => candidate === value);
    if (name !== undefined) return { value: name };
    if (typeof value !== "string") {
      const message = `Expected the name of a ${what}, got ${describeValue(value)}.`;
      return { refusal: { code: "INVALID_VALUE", message } };
    }
    const suggestion = nearest(value, names);
    const message = `There is no ${what} ${describeValue(value)}; the names are ${names.join(", ")}.`;
    const refusal = { code: "UNKNOWN_NAME", message } as const;
    return { refusal: suggestion === undefined ? refusal : { ...refusal, suggestion: JSON.stringify(suggestion) } };
  });
}

type ReadItem = (item: unknown) => Reading<string>;

const identifierPattern = /^[A-Za-z_][A-Za-z0-9_$]{0,127}$/;

/** Reads the name of a catalog or schema. */
export function readIdentifier(value: unknown): Reading<string> {
  if (typeof value === "string" && identifierPattern.test(value)) return { value };
  const shape = "1 to 128 letters, digits, _ or $, and no digit or $ first";
  return { refusal: { code: "INVALID_VALUE", message: `Expected a name of ${shape}, got ${describeValue(value)}.` } };
}

function listProblems(list: readonly unknown[], read: ReadItem): readonly (readonly [index: number, Refusal])[] {
  return list.flatMap((item, index) => {
    const reading = read(item);
    if ("refusal" in reading) return [[index, reading.refusal] as const];
    if (list.indexOf(item) === index) return [];
    return [[index, { code: "DUPLICATE", message: `${describeValue(item)} is listed twice.` }] as const];
  });
}

function readList(value: unknown, read: ReadItem, context: z.core.$RefinementCtx): readonly string[] {
  const refuse = (refusal: Refusal, path: number[]): void => {
    context.addIssue({ code: "custom", message: refusal.message, params: { refusal }, path });
  };
  if (!Array.isArray(value)) {
    refuse({ code: "INVALID_VALUE", message: `Expected an array of texts, got ${describeValue(value)}.` }, []);
    return [];
  }
  for (const [index, refusal] of listProblems(value, read)) refuse(refusal, [index]);
  return blindCast<readonly string[], "each item is a text, or there is an issue">(value);
}

/** A field with a list of texts that differ, each of which is read by `read`. Every wrong item is an issue. */
export function listField(read: ReadItem): z.ZodType<readonly string[]> {
  return z.unknown().transform((value, context) => readList(value, read, context));
}

/** A {@link listField} that may be null. */
export function nullableListField(read: ReadItem): z.ZodType<readonly string[] | null> {
  return z.unknown().transform((value, context) => (value === null ? null : readList(value, read, context)));
}

/** Reads a text that is not blank. */
export function readText(value: unknown): Reading<string> {
  if (typeof value === "string" && value.trim() !== "") return { value };
  const message = `Expected a text that is not blank, got ${describeValue(value)}.`;
  return { refusal: { code: "INVALID_VALUE", message } };
}
