import type { NestedField } from "./field-type.ts";
import { inferFields } from "./infer-fields.ts";
import { ipcPieces } from "./ipc-message.ts";
import type { NativeBinding, NativeBytes } from "./native-binding.ts";
import { rowBatches } from "./rows-input.ts";

/** Rows as batches of an Arrow IPC stream that were copied out of the memory that the garbage collector counts. */
export interface GatheredRows {
  readonly fields: readonly NestedField[];
  readonly bytes: NativeBytes;
}

/**
 * Encodes row objects, batch by batch, and copies them out. Throws `ROWS.TYPE_UNSUPPORTED` and `ROWS.VALUE_INVALID`.
 *
 * @param fields - Columns with their types. Default: inferred from all rows.
 */
export function gatheredRows(
  binding: Pick<NativeBinding, "gatherBytes">,
  rows: readonly object[],
  fields: readonly NestedField[] = inferFields(rows),
): GatheredRows {
  const bytes = binding.gatherBytes();
  try {
    for (const batch of rowBatches(rows, fields)) bytes.append(ipcPieces(batch));
    return { fields, bytes };
  } catch (error) {
    bytes.close();
    throw error;
  }
}
