import { blindCast } from "@deltafuse/config/casts";
import type { Column, ColumnType } from "./column-notation.ts";
import { envelopeFields } from "./record-columns.ts";
import type { RecordBody, RecordDefinition, RecordValue, TelemetryRecord } from "./record.ts";
import { timestampLength } from "./timestamp-text.ts";

/** A record without its hash. */
export type HashlessRecord = Omit<TelemetryRecord, "contentHash">;

const hashColumn = "content_hash";
const hashLength = 64;
const fieldsBesideHash = envelopeFields.filter(({ name }) => name !== hashColumn);

/**
 * Length of the line that `encodeJsonLine` makes of a record, counted without making the line and without the hash, whose
 * length is known.
 */
export function jsonLineLength(definition: RecordDefinition, record: HashlessRecord): number {
  const envelope = blindCast<RecordBody, "read by the names of its columns">(record);
  const members = membersLength(fieldsBesideHash, envelope) + membersLength(definition.fields, record.body);
  return members + memberLength(hashColumn, hashLength + 2) + 1;
}

/** The name in quotes, a colon, the value, and a comma or bracket. */
function memberLength(name: string, length: number): number {
  return name.length + length + 4;
}

function membersLength(columns: readonly Column[], members: RecordBody): number {
  let length = 0;
  for (const { member, name, type } of columns) {
    const value = members[member] ?? null;
    if (value !== null) length += memberLength(name, valueLength(type, value));
  }
  return length;
}

// oxlint-disable-next-line no-control-regex -- what JSON escapes.
const escaped = /["\\\u0000-\u001F\uD800-\uDFFF]/;

function stringLength(text: string): number {
  return escaped.test(text) ? JSON.stringify(text).length : text.length + 2;
}

function valueLength(type: ColumnType, value: RecordValue): number {
  if (type.type === "ts" && typeof value === "number") return timestampLength + 2;
  if (typeof value === "string") return stringLength(value);
  if (typeof value !== "object" || value === null) return String(value).length;
  if (type.type === "list" && isList(value)) {
    return value.reduce<number>(
      (length, item) => length + valueLength(type.item, item) + 1,
      value.length === 0 ? 2 : 1,
    );
  }
  if (type.type !== "struct" || isList(value)) return JSON.stringify(value).length;
  const length = membersLength(type.columns, value);
  return length === 0 ? 2 : length + 1;
}

function isList(value: RecordValue): value is readonly RecordValue[] {
  return Array.isArray(value);
}
