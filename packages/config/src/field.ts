import { blindCast } from "./casts.ts";
import { nearest } from "./nearest.ts";
import { field, type Section, type SectionReading } from "./section.ts";
import { describeValue, expected, type Reading, type Refusal, readValue, type ValueRule } from "./setting-value.ts";

function ruleField<T>(rule: ValueRule, nullable: boolean): Section<T> {
  return field((value) => {
    const reading = value === null && nullable ? { value } : readValue(rule, value);
    return blindCast<Reading<T>, "the rule has the type of the field">(reading);
  });
}

/** A field that is not a setting of the engine. */
export function plainField<T>(rule: ValueRule): Section<T> {
  return ruleField(rule, false);
}

/** A field that is not a setting of the engine and may be null. */
export function nullableField<T>(rule: ValueRule): Section<T | null> {
  return ruleField(rule, true);
}

/** A field with a closed set of names. */
export function nameField<T extends string>(what: string, names: readonly T[]): Section<T> {
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

function readList(value: unknown, path: string, read: ReadItem): SectionReading<readonly string[]> {
  if (!Array.isArray(value)) return { issues: [{ ...expected("an array of texts", value).refusal, path }] };
  const problems = listProblems(value, read);
  if (problems.length === 0) return { value: blindCast<readonly string[], "each item is a text">(value) };
  return { issues: problems.map(([index, refusal]) => ({ ...refusal, path: `${path}.${index}` })) };
}

/** A field with a list of texts that differ, each of which is read by `read`. Every wrong item is an issue. */
export function listField(read: ReadItem): Section<readonly string[]> {
  return { names: {}, read: (value, path) => readList(value, path, read) };
}

/** A {@link listField} that may be null. */
export function nullableListField(read: ReadItem): Section<readonly string[] | null> {
  return { names: {}, read: (value, path) => (value === null ? { value } : readList(value, path, read)) };
}

/** Reads a text that is not blank. */
export function readText(value: unknown): Reading<string> {
  if (typeof value === "string" && value.trim() !== "") return { value };
  const message = `Expected a text that is not blank, got ${describeValue(value)}.`;
  return { refusal: { code: "INVALID_VALUE", message } };
}
