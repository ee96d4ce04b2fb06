import { notCanonical } from "./errors.ts";

/** A value of plain JSON. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;

/** An object of plain JSON. */
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/** A value that canonical JSON can express: JSON without fractions, plus bigint. Undefined members are dropped. */
export type CanonicalValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly CanonicalValue[]
  | { readonly [key: string]: CanonicalValue | undefined };

const maxDepth = 64;
const loneSurrogate = /\p{Surrogate}/u;

interface Position {
  readonly path: string;
  readonly parents: readonly object[];
}

function memberPath(path: string, key: string): string {
  if (!/^[A-Za-z_$][A-Za-z0-9_$]*$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === "" ? key : `${path}.${key}`;
}

function stringText(text: string, path: string): string {
  if (loneSurrogate.test(text)) throw notCanonical(path, "the text has a lone surrogate");
  return JSON.stringify(text);
}

function numberText(value: number, path: string): string {
  if (!Number.isFinite(value)) throw notCanonical(path, `${value} is not a number of JSON`);
  if (!Number.isInteger(value)) throw notCanonical(path, "fractions are not allowed; write them as text");
  if (!Number.isSafeInteger(value)) throw notCanonical(path, "the integer is not safe; use a bigint");
  return value === 0 ? "0" : value.toString();
}

function arrayText(value: readonly unknown[], at: Position): string {
  const items: string[] = [];
  for (let index = 0; index < value.length; index += 1) {
    const path = `${at.path}[${index}]`;
    if (!(index in value)) throw notCanonical(path, "the array has a hole");
    items.push(valueText(value[index], { path, parents: at.parents }));
  }
  return `[${items.join(",")}]`;
}

function objectText(value: object, at: Position): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw notCanonical(at.path, "it is neither a plain object nor an array");
  }
  if (Object.getOwnPropertySymbols(value).length > 0) throw notCanonical(at.path, "the object has a symbol as key");
  const members: string[] = [];
  // The operator compares UTF-16 code units, which is the order of RFC 8785.
  for (const [key, member] of Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    if (member === undefined) continue;
    const path = memberPath(at.path, key);
    members.push(`${stringText(key, path)}:${valueText(member, { path, parents: at.parents })}`);
  }
  return `{${members.join(",")}}`;
}

function compoundText(value: object, at: Position): string {
  if (at.parents.includes(value)) throw notCanonical(at.path, "the value contains itself");
  if (at.parents.length >= maxDepth) throw notCanonical(at.path, `it is nested deeper than ${maxDepth} levels`);
  const inside = { path: at.path, parents: [...at.parents, value] };
  return Array.isArray(value) ? arrayText(value, inside) : objectText(value, inside);
}

function valueText(value: unknown, at: Position): string {
  if (value === null) return "null";
  switch (typeof value) {
    case "boolean":
      return value ? "true" : "false";
    case "string":
      return stringText(value, at.path);
    case "number":
      return numberText(value, at.path);
    case "bigint":
      return value.toString();
    case "object":
      return compoundText(value, at);
    case "undefined":
      throw notCanonical(at.path, "undefined is only allowed as a member of an object");
    default:
      throw notCanonical(at.path, `a ${typeof value} is not data`);
  }
}

/**
 * The one text of a value: RFC 8785 restricted to integers, plus bigint. No whitespace, keys sorted by UTF-16 code unit,
 * members that are `undefined` dropped, `-0` as `0`, no Unicode normalisation, `toJSON` never called.
 *
 * Throws `CONFIG.NOT_CANONICAL` for fractions, NaN, infinities, unsafe integers, lone surrogates, `undefined` outside of
 * an object, holes, symbols, functions, class instances (Map, Set, Date, typed arrays), cycles, and more than 64 levels.
 */
export function canonicalJson(value: CanonicalValue): string {
  return valueText(value, { path: "", parents: [] });
}
