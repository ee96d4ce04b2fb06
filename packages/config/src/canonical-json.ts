import { blindCast } from "./casts.ts";
import { notCanonical } from "./config-errors.ts";

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
/** A half of a pair, or a pair: cheaper to look for than a half alone. */
const surrogate = /[\uD800-\uDFFF]/;
const loneSurrogate = /\p{Surrogate}/u;

/** Where a value stands: the member of an object or array. Paths are made of it for errors alone. */
interface Position {
  readonly parent: Compound;
  readonly key: string | number;
}

/** An object or array on the way to a value. */
interface Compound {
  readonly value: object;
  readonly at: Position | undefined;
  readonly depth: number;
}

function pathOf(at: Position | undefined): string {
  if (at === undefined) return "";
  const { parent, key } = at;
  const path = pathOf(parent.at);
  if (typeof key === "number") return `${path}[${key}]`;
  if (!/^[A-Za-z_$][A-Za-z0-9_$]*$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === "" ? key : `${path}.${key}`;
}

function stringText(text: string, at: Position | undefined): string {
  if (surrogate.test(text) && loneSurrogate.test(text)) throw notCanonical(pathOf(at), "the text has a lone surrogate");
  return JSON.stringify(text);
}

function numberText(value: number, at: Position | undefined): string {
  if (Number.isSafeInteger(value)) return value === 0 ? "0" : value.toString();
  if (!Number.isFinite(value)) throw notCanonical(pathOf(at), `${value} is not a number of JSON`);
  if (!Number.isInteger(value)) throw notCanonical(pathOf(at), "fractions are not allowed; write them as text");
  throw notCanonical(pathOf(at), "the integer is not safe; use a bigint");
}

function arrayText(value: readonly unknown[], parent: Compound): string {
  let text = "";
  for (let index = 0; index < value.length; index += 1) {
    const at = { parent, key: index };
    if (!(index in value)) throw notCanonical(pathOf(at), "the array has a hole");
    text += `${index === 0 ? "" : ","}${valueText(value[index], at)}`;
  }
  return `[${text}]`;
}

function objectText(value: object, parent: Compound): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw notCanonical(pathOf(parent.at), "it is neither a plain object nor an array");
  }
  if (Object.getOwnPropertySymbols(value).length > 0) {
    throw notCanonical(pathOf(parent.at), "the object has a symbol as key");
  }
  const members = blindCast<Readonly<Record<string, unknown>>, "read by its own keys">(value);
  let text = "";
  // The default order compares UTF-16 code units, which is the order of RFC 8785.
  for (const key of Object.keys(members).toSorted()) {
    const member = members[key];
    if (member === undefined) continue;
    const at = { parent, key };
    text += `${text === "" ? "" : ","}${stringText(key, at)}:${valueText(member, at)}`;
  }
  return `{${text}}`;
}

function contains(parent: Compound | undefined, value: object): boolean {
  for (let outer = parent; outer !== undefined; outer = outer.at?.parent) {
    if (outer.value === value) return true;
  }
  return false;
}

function compoundText(value: object, at: Position | undefined): string {
  if (contains(at?.parent, value)) throw notCanonical(pathOf(at), "the value contains itself");
  const depth = (at?.parent.depth ?? 0) + 1;
  if (depth > maxDepth) throw notCanonical(pathOf(at), `it is nested deeper than ${maxDepth} levels`);
  const compound = { value, at, depth };
  return Array.isArray(value) ? arrayText(value, compound) : objectText(value, compound);
}

function valueText(value: unknown, at: Position | undefined): string {
  if (value === null) return "null";
  switch (typeof value) {
    case "boolean":
      return value ? "true" : "false";
    case "string":
      return stringText(value, at);
    case "number":
      return numberText(value, at);
    case "bigint":
      return value.toString();
    case "object":
      return compoundText(value, at);
    case "undefined":
      throw notCanonical(pathOf(at), "undefined is only allowed as a member of an object");
    default:
      throw notCanonical(pathOf(at), `a ${typeof value} is not data`);
  }
}

/**
 * The one text of a value: RFC 8785 restricted to integers, plus bigint. No whitespace, keys sorted by UTF-16 code unit,
 * members that are `undefined` dropped, `-0` as `0`, no Unicode normalisation, `toJSON` never called.
 *
 * Throws `CONFIG.NOT_CANONICAL` for fractions, NaN, infinities, unsafe integers, lone surrogates, `undefined` outside of
 * an object, holes, symbols, functions, class instances (Map, Set, Date, typed arrays), cycles, and more than 64 levels.
 *
 * @example
 * canonicalJson({ b: [1n, null], a: "é", c: undefined }); // '{"a":"é","b":[1,null]}'
 * canonicalJson({ share: 0.5 }); // throws CONFIG.NOT_CANONICAL
 */
export function canonicalJson(value: CanonicalValue): string {
  return valueText(value, undefined);
}
