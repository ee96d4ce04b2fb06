import * as z from "@deltafuse/config/zod";
import type { NestedField } from "./field-type.ts";
import type { NativeHandle } from "./native-binding.ts";
import type { NativeSession } from "./native-session.ts";
import type { SourceIterator } from "./source-iterator.ts";

/** Data that goes into a sink. */
export interface Feed {
  readonly fields: readonly NestedField[];
  /** Their Arrow IPC schema message. */
  readonly schema: Uint8Array;
  /** What is stopped when the reader ends: then `pieces` end too. */
  readonly source: Pick<SourceIterator<unknown>, "stop">;
  /** Messages of an Arrow IPC stream, whole ones or parts of them. */
  readonly pieces: AsyncIterator<Uint8Array, void>;
}

/** Writes into a sink while a native call reads it. */
export interface SinkFeeder {
  /** Why the data could not be given; undefined while nothing is wrong. */
  readonly failure: { readonly error: unknown } | undefined;
  /** Writes until the data end, fail, or `stop` is called, and then stops the source. Never rejects. */
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
    await this.#feed.source.stop();
  }

  stop(): void {
    this.#stopped = true;
    this.#sink.close();
    void this.#feed.source.stop();
  }

  async #write(): Promise<void> {
    const { pieces } = this.#feed;
    for (let piece = await pieces.next(); piece.done !== true; piece = await pieces.next()) {
      if (this.#stopped) return;
      await this.#call("push", { buffers: [piece.value] });
    }
    if (!this.#stopped) await this.#call("finish", {});
  }

  /** The reader fails with the message; what happens to it here does not matter any more. */
  async #fail(error: unknown): Promise<void> {
    this.#failure = { error };
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

/** Prepares the writing of data into a sink. */
export function sinkFeeder(native: NativeSession, sink: NativeHandle, feed: Feed): SinkFeeder {
  return new Feeder(native, sink, feed);
}
