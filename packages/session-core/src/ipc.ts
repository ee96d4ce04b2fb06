import { Buffer } from "node:buffer";
import { RecordBatch, RecordBatchReader, RecordBatchStreamWriter, Table, tableFromIPC, tableToIPC } from "apache-arrow";
import type { Schema } from "apache-arrow";

/** Reads Arrow IPC bytes (stream or file) as an apache-arrow Table over the same memory. */
export function decodeIpc(bytes: Uint8Array): Table {
  return tableFromIPC(bytes);
}

/** Reads the schema that Arrow IPC bytes start with. */
export function decodeIpcSchema(bytes: Uint8Array): Schema {
  return RecordBatchReader.from(bytes).open().schema;
}

/** Writes an apache-arrow Table as one Arrow IPC stream. */
export function encodeIpc(table: Table): Uint8Array {
  const { schema } = table;
  if (table.batches.every((batch) => batch.schema === schema)) return tableToIPC(table, "stream");
  // At a batch whose schema has other classes than the table's, apache-arrow ends the stream without an error.
  const batches = table.batches.map(({ data }) => new RecordBatch(schema, data));
  return tableToIPC(new Table(schema, batches), "stream");
}

/** Writes RecordBatches as an Arrow IPC stream, piece by piece. */
export interface IpcEncoder {
  /** Bytes of one batch with the new dictionaries in front of it; the first piece starts with the schema. */
  write(batch: RecordBatch): Uint8Array;
  /** Bytes of the end of the stream. */
  finish(): Uint8Array;
}

class PieceWriter extends RecordBatchStreamWriter {
  #pieces: Uint8Array[] = [];

  protected override _write(piece: ArrayBufferView): this {
    this.#pieces.push(new Uint8Array(piece.buffer, piece.byteOffset, piece.byteLength));
    return this;
  }

  take(): Uint8Array {
    const bytes = Buffer.concat(this.#pieces);
    this.#pieces = [];
    return bytes;
  }
}

/** Starts an Arrow IPC stream of batches with this schema. */
export function ipcEncoder(schema: Schema): IpcEncoder {
  const writer = new PieceWriter({ autoDestroy: false });
  writer.reset(undefined, schema);
  return {
    write: (batch) => {
      writer.write(batch);
      return writer.take();
    },
    finish: () => {
      writer.finish();
      return writer.take();
    },
  };
}
