import type { RecordBatch, Table } from "apache-arrow";
import { typeUnsupported } from "./row-errors.ts";

/** Arrow data of a program: an apache-arrow Table, RecordBatches of one schema, or the bytes of an Arrow IPC stream. */
export type ArrowInput = Table | readonly RecordBatch[] | Uint8Array;

/**
 * The data as an Arrow IPC stream; loads apache-arrow unless it is one already.
 *
 * Rejects with `ROWS.TYPE_UNSUPPORTED` for an empty list, which has no schema.
 */
export async function arrowIpc(data: ArrowInput): Promise<Uint8Array> {
  if (data instanceof Uint8Array) return data;
  const { encodeIpc } = await import("./ipc.ts");
  if (!isList(data)) return encodeIpc(data);
  if (data.length === 0) throw typeUnsupported("The data", "an empty list", "Pass a Table, which has a schema.");
  const { Table: ArrowTable } = await import("apache-arrow");
  return encodeIpc(new ArrowTable([...data]));
}

function isList(data: Table | readonly RecordBatch[]): data is readonly RecordBatch[] {
  return Array.isArray(data);
}
