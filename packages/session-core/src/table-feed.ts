import type { AbortableOptions } from "@deltafuse/config/abort";
import { DeltaFuseError, isDeltaFuseError } from "@deltafuse/config/errors";
import type { RecordBatch } from "apache-arrow";
import * as z from "@deltafuse/config/zod";
import { batchFeed } from "./batch-feed.ts";
import type { NativeHandle } from "./native-binding.ts";
import { handleOf, type NativeSession } from "./native-session.ts";
import { typeUnsupported } from "./row-errors.ts";
import { type Feed as SinkFeed, type SinkFeeder, sinkFeeder } from "./sink-feeder.ts";

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

/** Opens a sink for data that arrive step by step. When that fails, the source is stopped. */
export async function openSinkFeed(
  native: NativeSession,
  feed: SinkFeed,
  options: AbortableOptions,
): Promise<TableFeed> {
  const call = { entrypoint: "openSink", request: { schema: { $buffer: 0 } }, buffers: [feed.schema] } as const;
  try {
    const handle = handleOf(await native.call({ ...call, reply: sinkReplySchema }, options));
    return new Feed(handle, sinkFeeder(native, handle, feed));
  } catch (error) {
    await feed.source.stop();
    throw error;
  }
}

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
  const advice = "Pass a Table, which has a schema.";
  const withoutBatch = (): unknown =>
    typeUnsupported(`The table parameter ${name}`, "an iterable without batches", advice);
  return openSinkFeed(native, await batchFeed(batches, withoutBatch, options), options);
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
