import * as arrow from "apache-arrow";
import { toArrowField } from "../src/arrow-type.ts";
import { toColumnBatch } from "../src/arrow-batch.ts";
import type { ColumnBatch } from "../src/column-batch.ts";
import type { NestedField } from "../src/field-type.ts";
import { decodeIpc, ipcEncoder } from "../src/ipc.ts";
import type { IpcBatch } from "../src/ipc-message.ts";
import { ipcEnd, ipcWriter } from "../src/ipc-writer.ts";
import type { IpcWriter } from "../src/ipc-writer.ts";
import { ipcStream } from "../src/rows-input.ts";

/** The schema message of fields. */
function schemaMessage(fields: readonly NestedField[]): Uint8Array {
  const stream = ipcEncoder(new arrow.Schema(fields.map(toArrowField))).finish();
  return stream.subarray(0, stream.byteLength - ipcEnd().byteLength);
}

/** A writer of the fields. */
export function writerOf(fields: readonly NestedField[]): IpcWriter {
  return ipcWriter(fields, schemaMessage(fields));
}

/** What apache-arrow reads from a stream of these messages. */
export function readStream(writer: IpcWriter, messages: Iterable<IpcBatch>): readonly ColumnBatch[] {
  const table = decodeIpc(ipcStream(writer.schema, [...messages]));
  return table.batches.map(toColumnBatch);
}
