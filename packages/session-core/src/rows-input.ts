import type { NestedField } from "./field-type.ts";
import { inferFields } from "./infer-fields.ts";
import { type IpcBatch, ipcPieces } from "./ipc-message.ts";
import { duplicateName, valueInvalid } from "./row-errors.ts";
import { ipcEnd, ipcWriter } from "./ipc-writer.ts";

/** Rows as the batches of an Arrow IPC stream that still lacks its schema message. */
export interface EncodedRows {
  readonly fields: readonly NestedField[];
  readonly batches: readonly IpcBatch[];
}

/** The writer's own schema message is not used here: it is asked for natively, later. */
const noSchema = new Uint8Array();

/** The batches of row objects. Throws `ROWS.TYPE_UNSUPPORTED` and, while they are taken, `ROWS.VALUE_INVALID`. */
export function rowBatches(rows: readonly object[], fields: readonly NestedField[]): Generator<IpcBatch> {
  return ipcWriter(fields, noSchema).rows(rows);
}

/**
 * Encodes row objects. Throws `ROWS.TYPE_UNSUPPORTED` and `ROWS.VALUE_INVALID`.
 *
 * @param fields - Columns with their types. Default: inferred from all rows.
 */
export function encodeRows(rows: readonly object[], fields: readonly NestedField[] = inferFields(rows)): EncodedRows {
  return { fields, batches: [...rowBatches(rows, fields)] };
}

/** Rows as objects, and their columns where there are no rows to infer them from. */
export interface NamedRows {
  readonly rows: readonly object[];
  readonly schema?: readonly NestedField[];
}

/** Gives rows that are arrays of values the names of their columns. Throws `ROWS.DUPLICATE_NAME` and `ROWS.VALUE_INVALID`. */
export function namedRows(rows: readonly (readonly unknown[])[], names: readonly string[]): NamedRows {
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
  return objects.length === 0 ? { rows: objects, schema: names.map(nullField) } : { rows: objects };
}

function nullField(name: string): NestedField {
  return { name, type: { type: "null" }, nullable: true };
}

/** The whole Arrow IPC stream, given its schema message. */
export function ipcStream(schema: Uint8Array, batches: readonly IpcBatch[]): Uint8Array {
  return Buffer.concat([schema, ...batches.flatMap(ipcPieces), ipcEnd()]);
}
