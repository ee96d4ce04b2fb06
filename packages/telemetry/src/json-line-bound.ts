import type { Column, ColumnType } from "./column-notation.ts";
import type { RecordBody, RecordDefinition, RecordFacts, RecordValue } from "./record.ts";
import { messageColumns } from "./secret-text.ts";
import { timestampLength } from "./timestamp-text.ts";

/** Names, ids, time and hash of an envelope, without its label. */
const envelopeLength = 700;
/** A time; integers are shorter. */
const scalarLength: number = timestampLength + 2;

/** Text that neither JSON nor the names and values of secrets make longer; the shortest bearer becomes twice as long. */
const plain = /^[\w .,*()+<>/-]*$/;
const plainGrowth = 2;
/** What one character may become: an escape of JSON, or part of a value in a URL that is replaced. */
const growth = 6;

/**
 * Length that the JSON line of a record does not exceed, found without redacting the record. Infinite for what is not to
 * be kept long as it was given: JSON, maps, messages, and every text but plain ones and SQL, whose literals are replaced.
 */
export function jsonLineBound({ fields }: RecordDefinition, { label, tags, body }: RecordFacts): number {
  if (tags !== null && Object.keys(tags).length > 0) return Infinity;
  return envelopeLength + (label === null ? 0 : plainBound(label)) + membersBound(fields, body);
}

function plainBound(text: string): number {
  return plain.test(text) ? text.length * plainGrowth + 2 : Infinity;
}

function columnBound({ name, type }: Column, value: RecordValue): number {
  if (typeof value !== "string") return valueBound(type, value);
  if (name === "sql_text") return value.length * growth + 2;
  // A key stands beside a value that may be secret because of it.
  return messageColumns.has(name) || name === "key" || name.endsWith("_json") ? Infinity : plainBound(value);
}

function membersBound(columns: readonly Column[], members: RecordBody): number {
  let bound = 2;
  for (const column of columns) {
    const value = members[column.member];
    if (value !== null && value !== undefined) bound += column.name.length + 4 + columnBound(column, value);
  }
  return bound;
}

function valueBound(type: ColumnType, value: RecordValue): number {
  if (typeof value === "string") return plainBound(value);
  if (typeof value !== "object" || value === null) return scalarLength;
  if (type.type === "struct" && !isList(value)) return membersBound(type.columns, value);
  if (type.type !== "list" || !isList(value)) return Infinity;
  let bound = 2;
  for (const item of value) bound += valueBound(type.item, item) + 1;
  return bound;
}

function isList(value: RecordValue): value is readonly RecordValue[] {
  return Array.isArray(value);
}
