import type { AbortableOptions } from "@deltafuse/config/abort";
import { DeltaFuseError, isDeltaFuseError } from "@deltafuse/config/errors";
import type { RecordBatch } from "apache-arrow";
import { z } from "zod";
import type { IpcEncoder } from "./ipc.ts";
import type { NativeHandle } from "./native-binding.ts";
import { handleOf, type NativeSession } from "./native-session.ts";
import { typeUnsupported } from "./row-errors.ts";
import { schemaFromIpc } from "./schema-codec.ts";
import { type SinkFeeder, sinkFeeder } from "./sink-feeder.ts";
import { firstOf, type SourceIterator, sourceIterator } from "./source-iterator.ts";

/** Rows that arrive step by step while a query reads them, once. */
export interface TableFeed {
  /** The sink that the query reads. */
  readonly handle: NativeHandle;
  /** Begins to give the rows. Idempotent. */
  start(): void;
  /** Ends the giving and waits for it. Idempotent. */
  stop(): Promise<void>;
  /** The error of a query that read them: with the failure of the rows as cause, if there was one. */
  blame(error: unknown): unknown;
}

class Feed implements TableFeed {
  readonly handle: NativeHandle;
  readonly #feeder: SinkFeeder;
  #running: Promise<void> | undefined;

  constructor(handle: NativeHandle, feeder: SinkFeeder) {
    this.handle = handle;
    this.#feeder = feeder;
  }

  start(): void {
    this.#running ??= this.#feeder.run();
  }

  async stop(): Promise<void> {
    this.#feeder.stop();
    await this.#running;
  }

  blame(error: unknown): unknown {
    const failure = this.#feeder.failure;
    if (failure === undefined || !isDeltaFuseError(error)) return error;
    const { code, message, details } = error;
    return new DeltaFuseError({ code, message, details, cause: failure.error });
  }
}

const sinkReplySchema = z.looseObject({});

/**
 * Takes the first of the batches, for their schema, and opens a sink for all of them.
 *
 * Rejects with `ROWS.TYPE_UNSUPPORTED` when there is no batch, with what the iterable throws at its first batch, and with
 * the signal's reason.
 */
export async function openTableFeed(
  native: NativeSession,
  { name, batches }: { readonly name: string; readonly batches: AsyncIterable<RecordBatch> },
  options: AbortableOptions,
): Promise<TableFeed> {
  const { ipcEncoder } = await import("./ipc.ts");
  const source = sourceIterator(batches, options);
  try {
    const first = await firstOf(source, options);
    if (first.done === true) {
      const advice = "Pass a Table, which has a schema.";
      throw typeUnsupported(`The table parameter ${name}`, "an iterable without batches", advice);
    }
    const encoder = ipcEncoder(first.value.schema);
    const head = encoder.write(first.value);
    const { fields, message } = await schemaFromIpc(head, options);
    const call = { entrypoint: "openSink", request: { schema: { $buffer: 0 } }, buffers: [message] } as const;
    const handle = handleOf(await native.call({ ...call, reply: sinkReplySchema }, options));
    const pieces = encoded(head, source, encoder);
    return new Feed(handle, sinkFeeder(native, handle, { fields, schema: message, source, pieces }));
  } catch (error) {
    await source.stop();
    throw error;
  }
}

async function* encoded(
  head: Uint8Array,
  rest: SourceIterator<RecordBatch>,
  encoder: IpcEncoder,
): AsyncGenerator<Uint8Array, void, undefined> {
  yield head;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield encoder.write(next.value);
  yield encoder.finish();
}

/** A feed of several streams: it ends when each of them has ended it. */
export function sharedFeed(feed: TableFeed, streams: number): TableFeed {
  let open = streams;
  return {
    handle: feed.handle,
    start: () => feed.start(),
    blame: (error) => feed.blame(error),
    stop: async () => {
      open -= 1;
      if (open === 0) await feed.stop();
    },
  };
}

/** Runs a call that reads the rows of feeds, and gives them meanwhile. */
export async function whileFeeding<T>(feeds: readonly TableFeed[], consume: () => Promise<T>): Promise<T> {
  for (const feed of feeds) feed.start();
  try {
    return await consume();
  } catch (error) {
    throw feeds.reduce((blamed, feed) => feed.blame(blamed), error);
  } finally {
    await Promise.all(feeds.map((feed) => feed.stop()));
  }
}
