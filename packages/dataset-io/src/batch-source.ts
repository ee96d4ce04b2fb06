import type { AbortableOptions } from "@deltafuse/config/abort";
import type { IpcEncoder } from "@deltafuse/session-core/ipc";
import { openFeed, type OpenedSource } from "@deltafuse/session-core/native-source";
import { schemaFromIpc } from "@deltafuse/session-core/schema-codec";
import type { Session } from "@deltafuse/session-core/session";
import { firstOf, type SourceIterator, sourceIterator } from "@deltafuse/session-core/source-iterator";
import type { RecordBatch } from "apache-arrow";
import { writeOption } from "./errors.ts";

/**
 * Makes RecordBatches readable for a native call, one after the other. All have the schema of the first.
 *
 * Rejects with `IO.WRITE_OPTION` when there is no batch, which would have no schema, with what the iterable throws at its
 * first batch, and with the signal's reason, also while the iterable gives nothing.
 */
export async function openBatchSource(
  session: Session,
  batches: AsyncIterable<RecordBatch>,
  options: AbortableOptions,
): Promise<OpenedSource> {
  options.signal?.throwIfAborted();
  const source = sourceIterator(batches, options);
  try {
    const first = await firstOf(source, options);
    if (first.done === true) throw writeOption("source", "the iterable has no batch, and so no schema; give a Table");
    const { ipcEncoder } = await import("@deltafuse/session-core/ipc");
    const encoder = ipcEncoder(first.value.schema);
    const head = encoder.write(first.value);
    const { fields, message } = await schemaFromIpc(head, options);
    const feed = { fields, schema: message, source, pieces: encoded(head, source, encoder) };
    return await openFeed(session, feed, options);
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
