import type { Column, ColumnType } from "./column-notation.ts";
import type { RecordDefinition, RecordFacts, RecordValue } from "./record.ts";
import { messageColumns } from "./redactor.ts";
import { timestampLength } from "./timestamp-text.ts";

/** Names, ids, time and hash of an envelope, without its label. */
const envelopeLength = 700;
/** A time. */
const longestScalar: number = timestampLength + 2;

/** Text that JSON does not escape; of its secrets the shortest, a bearer, becomes twice as long. */
const plain = /^[\w .,*()+<>/-]*$/;
const plainGrowth = 2;
/** What one character may become: an escape of JSON, or part of a value in a URL that is replaced. */
const growth = 6;

/**
 * Length that the JSON line of a record does not exceed, found without cleaning the record. Infinite where nothing but
 * cleaning tells: for JSON, maps and messages of errors, which may hold what must not be kept as it is.
 */
export function jsonLineBound({ fields }: RecordDefinition, { label, tags, body }: RecordFacts): number {
  if (tags !== null) return Infinity;
  return envelopeLength + (label === null ? 0 : textBound(label)) + membersBound(fields, body);
}

function textBound(text: string): number {
  return text.length * (plain.test(text) ? plainGrowth : growth) + 2;
}

function membersBound(columns: readonly Column[], members: RecordFacts["body"]): number {
  let bound = 2;
  for (const { name, member, type } of columns) {
    const value = members[member];
    if (value === null || value === undefined) continue;
    const isOpaque = typeof value === "string" && (messageColumns.has(name) || name.endsWith("_json"));
    bound += name.length + 4 + (isOpaque ? Infinity : valueBound(type, value));
  }
  return bound;
}

function valueBound(type: ColumnType, value: RecordValue): number {
  if (typeof value === "string") return textBound(value);
  if (typeof value !== "object" || value === null) return longestScalar;
  if (type.type === "list" && isList(value)) {
    let bound = 2;
    for (const item of value) bound += valueBound(type.item, item) + 1;
    return bound;
  }
  return type.type === "struct" && !isList(value) ? membersBound(type.columns, value) : Infinity;
}

function isList(value: RecordValue): value is readonly RecordValue[] {
  return Array.isArray(value);
}
