import type { AbortableOptions } from "@deltafuse/config/abort";
import type { RecordBatch } from "apache-arrow";
import type { IpcEncoder } from "./ipc.ts";
import { schemaFromIpc } from "./schema-codec.ts";
import type { Feed } from "./sink-feeder.ts";
import { firstOf, type SourceIterator, sourceIterator } from "./source-iterator.ts";

/**
 * Takes the first of the batches, for their schema; the others follow as they are read. Rejects with what `withoutBatch`
 * makes when there is none, with what the iterable throws at its first batch, and with the signal's reason.
 */
export async function batchFeed(
  batches: AsyncIterable<RecordBatch>,
  withoutBatch: () => unknown,
  options: AbortableOptions,
): Promise<Feed> {
  const { ipcEncoder } = await import("./ipc.ts");
  const source = sourceIterator(batches, options);
  try {
    const first = await firstOf(source, options);
    if (first.done === true) throw withoutBatch();
    const encoder = ipcEncoder(first.value.schema);
    const head = encoder.write(first.value);
    const { fields, message } = await schemaFromIpc(head, options);
    return { fields, schema: message, source, pieces: encoded(head, source, encoder) };
  } catch (error) {
    await source.stop();
    throw error;
  }
}

/** Pieces of an Arrow IPC stream; the first begins with the schema. */
async function* encoded(
  head: Uint8Array,
  rest: SourceIterator<RecordBatch>,
  encoder: IpcEncoder,
): AsyncGenerator<Uint8Array, void, undefined> {
  yield head;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield encoder.write(next.value);
  yield encoder.finish();
}
