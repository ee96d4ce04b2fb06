import { blindCast } from "@deltafuse/config/casts";
import { InternalError } from "@deltafuse/config/errors";

/** Cancels the native calls it is given to, and reads how far they are. */
export interface NativeCancel {
  /** Asks the calls to stop; they settle soon after. */
  cancel(): void;
  readonly cancelled: boolean;
  /** JSON of the counters, null before there are any. */
  progress(): string | null;
}

/** An object that owns native memory. `close` is synchronous and idempotent. */
export interface NativeHandle {
  /** Lets go of what the object owns. */
  close(): void;
}

/** What a request refers to by `{"$buffer": n}` and `{"$handle": n}`, and a function the engine calls back. */
export interface NativeAttached {
  readonly buffers?: readonly Uint8Array[];
  readonly handles?: readonly NativeHandle[];
  /** The function the engine calls back. */
  readonly callback?: (...args: never[]) => unknown;
  /** W3C trace context of the operation around the call. When it says sampled, the reply has spans. */
  readonly traceparent?: string;
}

/** What every asynchronous entrypoint resolves to. */
export interface NativeReply {
  readonly json: string;
  readonly buffers: readonly Uint8Array[];
  readonly handle?: NativeHandle | null;
  /** The stream that was opened. */
  readonly stream?: NativeStream | null;
  /** The first batch of that stream, where it was asked for; null for a result without rows. */
  readonly first?: NativeBatch | null;
  /** The streams that were opened, one per partition. */
  readonly streams?: readonly NativeStream[] | null;
  /** Frames of the tables that the request names, in its order. */
  readonly tables?: readonly NativeHandle[] | null;
  /** JSON of the spans of the call, under a sampled trace. */
  readonly spans?: string | null;
}

/** One batch in the batch layout: all Arrow buffers in one allocation, described by a header of exact numbers. */
export interface NativeBatch {
  readonly header: Float64Array;
  readonly data: ArrayBuffer;
  readonly dictionaries: readonly { readonly id: number; readonly header: Float64Array; readonly data: ArrayBuffer }[];
  /** True when the query is known to have ended with this batch; false promises nothing. */
  readonly last: boolean;
}

/**
 * What the batches of a stream are for: `columns` of about 32 768 rows or 1 MiB; `rows`, the same with about 8192, since all
 * of them are made within one turn of the event loop; `ipc`, Arrow IPC messages, whose header is the rows alone.
 */
export type BatchLayout = "columns" | "rows" | "ipc";

/** A running query. `next` alone has no JSON: it is called once per batch. */
export interface NativeStream extends NativeHandle {
  /**
   * The next batch; null after the last. `returned` is memory of the batch before: freed now, unusable afterwards. The first
   * call decides the layout; default `columns`.
   */
  next(cancel?: NativeCancel, returned?: ArrayBuffer, layout?: BatchLayout): Promise<NativeBatch | null>;
  /** Counters as a JSON document. */
  metrics(): string;
  /** What the operators have measured, as a JSON document; also after `close`. */
  profile(): string;
  /** Ends it; the outcome is how the query ended for its caller. */
  close(outcome?: QueryOutcome): void;
}

/** How a query ended: `finished` also when its rows were not all taken. */
export type QueryOutcome = "finished" | "failed" | "cancelled";

/** Caches that sessions share. */
export interface NativeCacheScope extends NativeHandle {
  /** What each cache holds and has done, as a JSON document. */
  stats(): string;
}

/** An asynchronous entrypoint. */
export type NativeEntrypoint = (
  request: string,
  attached: NativeAttached,
  cancel?: NativeCancel,
) => Promise<NativeReply>;

/** Bytes for a request, outside of JavaScript's memory. */
export interface NativeBytes extends NativeHandle {
  /** Adds a copy of the pieces. */
  append(pieces: readonly Uint8Array[]): void;
}

/** The part of the extension that this package names; what else it has is checked by its contract. */
export interface NativeBinding {
  /** JSON of the contract. */
  contract(): string;
  /** JSON of the counters of the runtimes. */
  runtimeStats(): string;
  /** Sizes the runtimes by a JSON request, before anything runs on them. */
  configureRuntime(request: string): void;
  /** A handle that cancels the calls it is given to. */
  createCancel(): NativeCancel;
  /** Caches with the limits of a JSON request. */
  createCacheScope(request: string): NativeCacheScope;
  /** Gathers bytes for a request. */
  gatherBytes(): NativeBytes;
}

/** The function of an object with that name. Its presence is what the contract check has established. */
export function nativeFunction(target: object, name: string): NativeEntrypoint {
  const found: unknown = Reflect.get(target, name);
  if (typeof found !== "function") throw new InternalError(`The native extension has no function ${name}`);
  return blindCast<NativeEntrypoint, "the contract lists it as an asynchronous entrypoint">(found.bind(target));
}
