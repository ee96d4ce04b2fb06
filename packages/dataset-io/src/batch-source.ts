import type { AbortableOptions } from "@deltafuse/config/abort";
import { DeltaFuseError, isDeltaFuseError } from "@deltafuse/config/errors";
import type { NativeHandle } from "@deltafuse/session-core/native-binding";
import { handleOf, type NativeSession, nativeSession } from "@deltafuse/session-core/native-session";
import type { OpenedSource } from "@deltafuse/session-core/native-source";
import { schemaFromIpc } from "@deltafuse/session-core/schema-codec";
import type { Session } from "@deltafuse/session-core/session";
import type { RecordBatch } from "apache-arrow";
import { z } from "zod";
import { writeOption } from "./errors.ts";

const emptyReply = z.strictObject({});
const sinkReply = z.looseObject({});

/** Encoded pieces of an Arrow IPC stream; the first begins with the schema. */
async function* encoded(
  first: RecordBatch,
  rest: AsyncIterator<RecordBatch>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { ipcEncoder } = await import("@deltafuse/session-core/ipc");
  const encoder = ipcEncoder(first.schema);
  try {
    yield encoder.write(first);
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield encoder.write(next.value);
    yield encoder.finish();
  } finally {
    await rest.return?.();
  }
}

/** Pushes pieces into a sink while a native call reads it. */
class Feeder {
  readonly #native: NativeSession;
  readonly #sink: NativeHandle;
  #stopped = false;
  failure: { readonly error: unknown } | undefined;

  constructor(native: NativeSession, sink: NativeHandle) {
    this.#native = native;
    this.#sink = sink;
  }

  /** Never rejects. */
  async run(pieces: AsyncIterator<Uint8Array>): Promise<void> {
    try {
      for (let piece = await pieces.next(); piece.done !== true && !this.#stopped; piece = await pieces.next()) {
        await this.#call("push", { buffers: [piece.value] });
      }
      if (!this.#stopped) await this.#call("finish", {});
    } catch (error) {
      if (!this.#stopped) await this.#fail(error);
    }
  }

  stop(): void {
    this.#stopped = true;
    this.#sink.close();
  }

  async #fail(error: unknown): Promise<void> {
    this.failure = { error };
    const message = error instanceof Error ? error.message : String(error);
    await this.#call("fail", { request: { message } }).catch(() => undefined);
  }

  async #call(
    method: "push" | "finish" | "fail",
    more: { readonly buffers?: readonly Uint8Array[]; readonly request?: { readonly message: string } },
  ): Promise<void> {
    await this.#native.call({ entrypoint: `sink.${method}`, on: this.#sink, reply: emptyReply, ...more });
  }
}

/**
 * Makes RecordBatches readable for a native call, one after the other. All have the schema of the first.
 *
 * Rejects with `IO.WRITE_OPTION` when there is no batch, which would have no schema.
 */
export async function openBatchSource(
  session: Session,
  source: AsyncIterable<RecordBatch>,
  options: AbortableOptions,
): Promise<OpenedSource> {
  const native = nativeSession(session);
  const batches = source[Symbol.asyncIterator]();
  const first = await firstBatch(batches, options);
  if (first.done === true) throw writeOption("source", "the iterable has no batch, and so no schema; give a Table");
  const pieces = encoded(first.value, batches);
  const head = await pieces.next();
  if (head.done === true) throw writeOption("source", "the iterable has no batch");
  const { fields, message } = await schemaFromIpc(head.value, options);
  const opened = await native.call(
    { entrypoint: "openSink", request: { schema: { $buffer: 0 } }, buffers: [message], reply: sinkReply },
    options,
  );
  const handle = handleOf(opened);
  const feeder = new Feeder(native, handle);
  return {
    handle,
    fields,
    rereadable: false,
    read: (consume) => feedWhile(feeder, prepended(head.value, pieces), consume),
  };
}

/** The first batch, unless the signal comes before it. */
async function firstBatch(
  batches: AsyncIterator<RecordBatch>,
  { signal }: AbortableOptions,
): Promise<IteratorResult<RecordBatch>> {
  if (signal === undefined) return batches.next();
  signal.throwIfAborted();
  let onAbort = (): void => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(signal.reason);
  });
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([batches.next(), aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** The batches may come from something that never answers again, so a reader that has ended is not kept waiting. */
async function feedWhile<T>(feeder: Feeder, pieces: AsyncGenerator<Uint8Array>, consume: () => Promise<T>): Promise<T> {
  const feeding = feeder.run(pieces);
  try {
    return await consume();
  } catch (error) {
    throw feeder.failure === undefined ? error : withCause(error, feeder.failure.error);
  } finally {
    feeder.stop();
    void feeding.then(() => pieces.return(undefined)).catch(() => undefined);
  }
}

async function* prepended(
  head: Uint8Array,
  pieces: AsyncGenerator<Uint8Array, void, undefined>,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield head;
    yield* pieces;
  } finally {
    await pieces.return(undefined);
  }
}

function withCause(error: unknown, cause: unknown): unknown {
  if (!isDeltaFuseError(error)) return error;
  const { code, message, details } = error;
  return new DeltaFuseError({ code, message, details, cause });
}
