import type { Column, ColumnType } from "./column-notation.ts";
import type { RecordDefinition } from "./record.ts";

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function ownValue(type: ColumnType, value: unknown): unknown {
  if (type.type === "list")
    return Array.isArray(value) ? value.map((item: unknown) => ownValue(type.item, item)) : value;
  if (!isPlainObject(value)) return value;
  return type.type === "struct" ? ownMembers(type.columns, { ...value }) : { ...value };
}

function ownMembers(columns: readonly Column[], own: Record<string, unknown>): object {
  for (const { member, type } of columns) {
    const value = own[member];
    if (typeof value === "object" && value !== null) own[member] = ownValue(type, value);
  }
  return own;
}

/**
 * Copies a body as deep as its columns go, so that its owner may go on to change it. Each member is read once; what does
 * not fit its column is handed on as it is, for the validation to find.
 */
export function ownBody({ fields, empty }: RecordDefinition, body: object): object {
  return isPlainObject(body) ? ownMembers(fields, Object.assign({ ...empty }, body)) : body;
}
