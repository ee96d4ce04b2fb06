import { z } from "zod";
import type { NestedField } from "./field-type.ts";
import type { NativeHandle } from "./native-binding.ts";
import type { NativeSession } from "./native-session.ts";
import { encodeRows } from "./rows-input.ts";

/** Rows that go into a sink. */
export interface Feed {
  readonly chunks: AsyncIterator<readonly object[]>;
  /** What was taken before, for the inference of the columns. */
  readonly first: IteratorResult<readonly object[]> | undefined;
  readonly fields: readonly NestedField[];
}

/** Writes rows into a sink while a native call reads it. */
export interface SinkFeeder {
  /** Why the rows could not be given; undefined while nothing is wrong. */
  readonly failure: { readonly error: unknown } | undefined;
  /** Writes until the rows end, fail, or `stop` is called. Never rejects. */
  run(): Promise<void>;
  /** Ends the writing: the reader is done or has failed. */
  stop(): void;
}

const emptyReply = z.strictObject({});

class Feeder implements SinkFeeder {
  readonly #native: NativeSession;
  readonly #sink: NativeHandle;
  readonly #feed: Feed;
  #failure: { readonly error: unknown } | undefined;
  #stopped = false;

  constructor(native: NativeSession, sink: NativeHandle, feed: Feed) {
    this.#native = native;
    this.#sink = sink;
    this.#feed = feed;
  }

  get failure(): { readonly error: unknown } | undefined {
    return this.#failure;
  }

  async run(): Promise<void> {
    try {
      await this.#write();
    } catch (error) {
      if (!this.#stopped) await this.#fail(error);
    }
    if (this.#stopped) await this.#feed.chunks.return?.().catch(() => undefined);
  }

  stop(): void {
    this.#stopped = true;
    this.#sink.close();
  }

  async #write(): Promise<void> {
    const { chunks, first, fields } = this.#feed;
    for (let chunk = first ?? (await chunks.next()); chunk.done !== true; chunk = await chunks.next()) {
      for (const bytes of encodeRows(chunk.value, fields).batches) {
        if (this.#stopped) return;
        await this.#call("push", { buffers: [bytes] });
      }
    }
    if (!this.#stopped) await this.#call("finish", {});
  }

  /** The reader fails with the message; what happens to it here does not matter any more. */
  async #fail(error: unknown): Promise<void> {
    this.#failure = { error };
    const message = error instanceof Error ? error.message : String(error);
    await this.#call("fail", { request: { message } }).catch(() => undefined);
    await this.#feed.chunks.return?.().catch(() => undefined);
  }

  async #call(
    method: "push" | "finish" | "fail",
    more: { readonly buffers?: readonly Uint8Array[]; readonly request?: { readonly message: string } },
  ): Promise<void> {
    await this.#native.call({ entrypoint: `sink.${method}`, on: this.#sink, reply: emptyReply, ...more });
  }
}

/** Prepares the writing of rows into a sink. */
export function sinkFeeder(native: NativeSession, sink: NativeHandle, feed: Feed): SinkFeeder {
  return new Feeder(native, sink, feed);
}
