import type { NestedField } from "./field-type.ts";
import { inferFields } from "./infer-fields.ts";
import { duplicateName, valueInvalid } from "./row-errors.ts";
import { ipcEnd, ipcWriter } from "./ipc-writer.ts";

/** Rows as the batches of an Arrow IPC stream that still lacks its schema message. */
export interface EncodedRows {
  readonly fields: readonly NestedField[];
  readonly batches: readonly Uint8Array[];
}

/** The writer's own schema message is not used here: it is asked for natively, later. */
const noSchema = new Uint8Array();

/**
 * Encodes row objects. Throws `ROWS.TYPE_UNSUPPORTED` and `ROWS.VALUE_INVALID`.
 *
 * @param fields - Columns with their types. Default: inferred from all rows.
 */
export function encodeRows(rows: readonly object[], fields: readonly NestedField[] = inferFields(rows)): EncodedRows {
  return { fields, batches: [...ipcWriter(fields, noSchema).rows(rows)] };
}

/** Encodes rows that are arrays of values. Throws as {@link encodeRows}, and `ROWS.DUPLICATE_NAME`. */
export function encodeValues(rows: readonly (readonly unknown[])[], names: readonly string[]): EncodedRows {
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) throw duplicateName(repeated, null);
  const long = rows.findIndex((row) => row.length > names.length);
  if (long >= 0) {
    throw valueInvalid(
      { path: "The data", row: long },
      { type: `${names.length} columns`, actual: `${rows[long]?.length} values`, reason: "every value needs a name" },
    );
  }
  const objects = rows.map((row) => Object.fromEntries(names.map((name, index) => [name, row[index] ?? null])));
  return encodeRows(objects, objects.length === 0 ? names.map(nullField) : undefined);
}

function nullField(name: string): NestedField {
  return { name, type: { type: "null" }, nullable: true };
}

/** The whole Arrow IPC stream, given its schema message. */
export function ipcStream(schema: Uint8Array, batches: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat([schema, ...batches, ipcEnd()]);
}
