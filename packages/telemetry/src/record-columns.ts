import type { CanonicalValue } from "@deltafuse/config/canonical-json";
import type { Column, ColumnType } from "./column-notation.ts";
import { type RecordValue, envelopeColumns } from "./record.ts";
import { parseColumn } from "./column-notation.ts";

/** Storage form of members: snake_case names, nulls left out. */
export type StoredColumns = Readonly<Record<string, CanonicalValue>>;

/** The columns of the envelope, parsed. */
export const envelopeFields: readonly Column[] = envelopeColumns.map(parseColumn);

type Members = Readonly<Record<string, RecordValue | undefined>>;

function storedValue(type: ColumnType, value: RecordValue, time: (us: number) => CanonicalValue): CanonicalValue {
  if (type.type === "ts" && typeof value === "number") return time(value);
  if (typeof value !== "object" || value === null) return value;
  if (type.type === "list" && isList(value)) return value.map((item) => storedValue(type.item, item, time));
  if (type.type === "struct" && !isList(value)) return storedColumns(type.columns, value, time);
  return value;
}

function isList(value: RecordValue | undefined): value is readonly RecordValue[] {
  return Array.isArray(value);
}

/**
 * Turns members into storage form: names in snake_case, nulls and absent members left out at every depth.
 *
 * @param columns - The columns of the members.
 * @param members - The members under their camelCase names, valid for the columns.
 * @param time - Form of a timestamp, given in microseconds. Default: the number.
 */
export function storedColumns(
  columns: readonly Column[],
  members: Members,
  time: (us: number) => CanonicalValue = (us) => us,
): StoredColumns {
  const stored: Record<string, CanonicalValue> = {};
  for (const column of columns) {
    const value = members[column.member];
    if (value !== null && value !== undefined) stored[column.name] = storedValue(column.type, value, time);
  }
  return stored;
}
