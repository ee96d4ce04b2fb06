import { isDeltaFuseError, type ConfigIssueCode } from "./errors.ts";
import { parseDuration } from "./duration.ts";
import { nearest } from "./nearest.ts";
import type { EngineSettingRow } from "./setting-row.ts";
import { redactUrl } from "./secret.ts";
import { parseSize } from "./size.ts";

/** Why a value was refused. */
export interface Refusal {
  readonly code: ConfigIssueCode;
  readonly message: string;
  readonly suggestion?: string;
}

/** A value that was read, or why it was refused. */
export type Reading<T> = { readonly value: T } | { readonly refusal: Refusal };

/** What a value has to satisfy. */
export type ValueRule = Pick<EngineSettingRow<string>, "type" | "values" | "min" | "max">;

function refuse(code: ConfigIssueCode, message: string): { readonly refusal: Refusal } {
  return { refusal: { code, message } };
}

/** A text for a message, unless it is long or may hold a secret. */
function describeText(text: string): string {
  if (text.length > 60) return "a long text";
  const shown = redactUrl(text);
  return shown === text && /[@=]/.test(text) ? "a text" : JSON.stringify(shown);
}

/** Names a value for a message, without showing long or structured ones. */
export function describeValue(value: unknown): string {
  if (typeof value === "string") return describeText(value);
  if (value === null || typeof value === "number" || typeof value === "boolean") return String(value);
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

/** The refusal of a value of another kind than the one that is named. */
export function expected(what: string, value: unknown): { readonly refusal: Refusal } {
  return refuse("INVALID_VALUE", `Expected ${what}, got ${describeValue(value)}.`);
}

function rangeText({ min, max }: ValueRule): string {
  if (min !== undefined && max !== undefined) return `from ${min} to ${max}`;
  return min === undefined ? `of at most ${max}` : `of at least ${min}`;
}

function inRange(rule: ValueRule, value: number): Reading<number> {
  const min = rule.min ?? (rule.type === "uint" ? 0 : undefined);
  if ((min === undefined || value >= min) && (rule.max === undefined || value <= rule.max)) return { value };
  const range = rangeText(min === undefined ? rule : { ...rule, min });
  return refuse("OUT_OF_RANGE", `Expected a value ${range}, got ${value}.`);
}

function readNumber(rule: ValueRule, value: unknown): Reading<number> {
  if (typeof value !== "number" || !Number.isFinite(value)) return expected("a number", value);
  if (rule.type !== "float" && !Number.isSafeInteger(value)) return expected("an integer", value);
  return inRange(rule, value);
}

/** The names, with levels such as `gzip(0)` and those that follow as one range. */
function nameList(values: readonly string[]): readonly string[] {
  const ranges = new Map<string, string[]>();
  for (const value of values) {
    const name = value.replace(/\(\d+\)$/, "(");
    ranges.set(name, [...(ranges.get(name) ?? []), value]);
  }
  return [...ranges.values()].map((range) => (range.length === 1 ? range : [range[0], range.at(-1)]).join(" to "));
}

function readEnum(rule: ValueRule, value: unknown): Reading<string> {
  const values = rule.values ?? [];
  if (typeof value === "string" && values.includes(value)) return { value };
  const { refusal } = expected(`one of ${nameList(values).join(", ")}`, value);
  const suggestion = typeof value === "string" ? nearest(value, values) : undefined;
  return { refusal: suggestion === undefined ? refusal : { ...refusal, suggestion: JSON.stringify(suggestion) } };
}

function readParsed(rule: ValueRule, what: string, parse: () => number): Reading<number> {
  try {
    return inRange(rule, parse());
  } catch (error) {
    if (!isDeltaFuseError(error, "CONFIG.")) throw error;
    return refuse("INVALID_VALUE", `Expected ${what}; ${String(error.details["reason"])}.`);
  }
}

/** Reads a size in bytes. */
export function readSize(rule: ValueRule, value: unknown): Reading<number> {
  const what = 'a size such as 67108864 or "64MiB"';
  if (typeof value !== "string" && typeof value !== "number" && typeof value !== "bigint") return expected(what, value);
  return readParsed(rule, what, () => parseSize(value));
}

/** Reads a duration in milliseconds. */
export function readDuration(rule: ValueRule, value: unknown): Reading<number> {
  const what = 'a duration such as 250 (milliseconds) or "30s"';
  if (typeof value !== "string" && typeof value !== "number") return expected(what, value);
  return readParsed(rule, what, () => parseDuration(value));
}

/** Reads a value that a user gave for a setting or for the profile field that owns it. Null is not accepted here. */
export function readValue(rule: ValueRule, value: unknown): Reading<boolean | number | string> {
  switch (rule.type) {
    case "bool":
      return typeof value === "boolean" ? { value } : expected("true or false", value);
    case "uint":
    case "int":
    case "float":
      return readNumber(rule, value);
    case "bytes":
      return readSize(rule, value);
    case "duration":
      return readDuration(rule, value);
    case "enum":
      return readEnum(rule, value);
    case "string":
      return typeof value === "string" ? { value } : expected("a text", value);
  }
}
