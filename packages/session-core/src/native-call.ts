import { unlessAborted } from "@deltafuse/config/abort";
import { DeltaFuseError, InternalError } from "@deltafuse/config/errors";
import { lazyConstant } from "@deltafuse/config/lazy-constant";
import type { TracedOperation } from "@deltafuse/hooks/operation";
import * as z from "@deltafuse/config/zod";
import type { CallbackErrors } from "./callback-errors.ts";
import { checkDocument } from "./document-check.ts";
import {
  type NativeAttached,
  type NativeBatch,
  type NativeBinding,
  type NativeCancel,
  type NativeHandle,
  type NativeReply,
  type NativeStream,
  nativeFunction,
} from "./native-binding.ts";
import { type NativeSpans, nativeSpansSchema } from "./native-spans.ts";
import { type ProgressOptions, type ProgressWatch, watchProgress } from "./progress-watch.ts";

/** What only native code saw; it comes back with a reply and is emitted on the JavaScript side. */
export interface NativeFact {
  readonly event: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** What native calls need beside their request. */
export interface NativePort {
  readonly binding: NativeBinding;
  /** Takes the facts of every reply. Without it they are dropped. */
  readonly onFacts?: (facts: readonly NativeFact[]) => void;
  /** What functions of the program threw: it becomes the cause of the errors that name their call. */
  readonly callbackErrors?: CallbackErrors;
}

/** One native call. */
export interface NativeCall<T> {
  /** Name in the contract, for example `session.planSql`; the part after the last dot is the function. */
  readonly entrypoint: string;
  /** The object whose method it is. Default: the extension itself. */
  readonly on?: NativeHandle;
  /** Members of the request; `{$buffer: n}` and `{$handle: n}` point into the lists below. */
  readonly request?: Readonly<Record<string, unknown>>;
  readonly buffers?: readonly Uint8Array[];
  readonly handles?: readonly NativeHandle[];
  /** A function of the program that the engine calls. */
  readonly callback?: NativeAttached["callback"];
  /** Shape of the reply document, strict. */
  readonly reply: z.ZodMiniType<T>;
  /**
   * Whether what the call did lasts (a commit): then a result that arrives in spite of an abort is returned. Default: the
   * abort wins, and a handle in the reply is closed.
   */
  readonly durable?: boolean;
  /** The operation that the call is part of: it is told of the work inside. */
  readonly operation?: TracedOperation;
}

/** A decoded reply. */
export interface NativeAnswer<T> {
  readonly body: T;
  readonly buffers: readonly Uint8Array[];
  readonly handle: NativeHandle | undefined;
  /** The stream that was opened. */
  readonly stream: NativeStream | undefined;
  /** The first batch of that stream, where it was asked for; null for a result without rows. */
  readonly first: NativeBatch | null | undefined;
  /** The streams that were opened, one per partition; none where the call opens one of all rows. */
  readonly streams: readonly NativeStream[];
  /** Frames of the tables that the request names, in its order. */
  readonly tables: readonly NativeHandle[];
}

/** One link below an error of the engine. */
class NativeCause extends Error {
  override readonly name = "NativeCause";
  /** Its code, where it had one. */
  readonly code: string | undefined;

  constructor(link: { readonly message: string; readonly code?: string | undefined }, cause: unknown) {
    super(link.message, cause === undefined ? undefined : { cause });
    this.code = link.code;
  }
}

const envelopeSchema = lazyConstant(() =>
  z.strictObject({
    deltafuse: z.literal(1),
    code: z.string(),
    message: z.string(),
    details: z.record(z.string(), z.unknown()),
    causes: z.array(z.strictObject({ message: z.string(), code: z.nullish(z.string()) })),
    location: z.nullish(z.string()),
    spans: z.exactOptional(nativeSpansSchema),
  }),
);

const factsSchema: z.ZodMiniType<readonly NativeFact[]> = z.array(
  z.strictObject({ event: z.string(), payload: z.record(z.string(), z.unknown()) }),
);

const longestMessage = 1000;
const keptEnd = 300;

/** Libraries of the engine put whole documents into their messages: what is too long loses its middle. */
function shortened(message: string): string {
  if (message.length <= longestMessage) return message;
  return `${message.slice(0, longestMessage - keptEnd)} … ${message.slice(-keptEnd)}`;
}

/** A failure of the native extension. */
interface NativeFailure {
  readonly error: DeltaFuseError | InternalError;
  /** What was measured of the work that failed. */
  readonly spans?: NativeSpans | undefined;
}

function decodeFailure(error: unknown, thrown?: CallbackErrors): NativeFailure {
  const text = error instanceof Error ? error.message : String(error);
  const envelope = checkDocument(envelopeSchema(), parsedJson(text));
  if (!envelope.success)
    return { error: new InternalError(`The native extension failed without an envelope: ${text}`, { cause: error }) };
  const { code, message, details, causes, spans } = envelope.data;
  const cause = causes.reduceRight<NativeCause | undefined>(
    (below, link) => new NativeCause({ message: shortened(link.message), code: link.code ?? undefined }, below),
    undefined,
  );
  const original = "callId" in details ? thrown?.take(details["callId"]) : undefined;
  return { error: new DeltaFuseError({ code, message: shortened(message), details, cause: original ?? cause }), spans };
}

/**
 * The error behind a rejection or throw of the native extension: its code, message, details and causes. What is no
 * envelope of the extension becomes an `InternalError`. `thrown` has what functions of the program threw.
 */
export function decodeNativeError(error: unknown, thrown?: CallbackErrors): DeltaFuseError | InternalError {
  return decodeFailure(error, thrown).error;
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Calls an asynchronous entrypoint. On abort the call is cancelled natively, awaited until it has settled, and the
 * promise rejects with `signal.reason`. Rejects with the decoded error of the extension.
 *
 * @param port - The extension and the taker of facts.
 * @param call - What to call, with what, and the shape of the reply.
 * @param options - Signal and progress.
 */
export async function callNative<T>(
  port: NativePort,
  call: NativeCall<T>,
  options: ProgressOptions = {},
): Promise<NativeAnswer<T>> {
  const guard = guardOf(port, options);
  const run = nativeFunction(call.on ?? port.binding, call.entrypoint.slice(call.entrypoint.lastIndexOf(".") + 1));
  let reply: NativeReply | undefined;
  const start = async (): Promise<void> => {
    try {
      reply = await run(JSON.stringify({ v: 1, ...call.request }), attachedOf(call), guard.cancel);
    } catch (error) {
      const failure = decodeFailure(error, port.callbackErrors);
      if (failure.spans !== undefined) call.operation?.addNativeSpans(failure.spans.spans, failure.spans.dropped);
      throw failure.error;
    }
  };
  try {
    await unlessAborted(guard.signal, start, () => guard.cancel?.cancel());
  } catch (error) {
    if (reply === undefined || call.durable !== true) {
      if (reply !== undefined) closeReply(reply);
      throw error;
    }
  } finally {
    guard.stop();
  }
  if (reply === undefined) throw new InternalError(`${call.entrypoint} settled without a reply`);
  return decodeReply(port, call, reply);
}

interface CallGuard extends ProgressWatch {
  /** Absent when nobody can cancel the call or asks how far it is. */
  readonly cancel?: NativeCancel;
}

function guardOf(port: NativePort, options: ProgressOptions): CallGuard {
  if (options.signal === undefined && options.onProgress === undefined)
    return { signal: undefined, stop: () => undefined };
  const cancel = port.binding.createCancel();
  return { cancel, ...watchProgress(cancel, options) };
}

function attachedOf(call: NativeCall<unknown>): NativeAttached {
  const { buffers, handles, callback, operation } = call;
  const traceparent = operation?.traceparent;
  return {
    ...(buffers === undefined || buffers.length === 0 ? {} : { buffers }),
    ...(handles === undefined ? {} : { handles }),
    ...(callback === undefined ? {} : { callback }),
    ...(traceparent === undefined ? {} : { traceparent }),
  };
}

function decodeReply<T>(port: NativePort, call: NativeCall<T>, reply: NativeReply): NativeAnswer<T> {
  const { facts, members } = splitFacts(parsedJson(reply.json));
  let body: T;
  try {
    body = shaped(call.entrypoint, members, call.reply);
  } catch (error) {
    closeReply(reply);
    throw error;
  }
  if (facts !== undefined) port.onFacts?.(factsSchema.parse(facts));
  if (typeof reply.spans === "string" && call.operation !== undefined) {
    const { spans, dropped } = decodeDocument(call.entrypoint, reply.spans, nativeSpansSchema);
    call.operation.addNativeSpans(spans, dropped);
  }
  const { buffers, handle, stream, streams, tables, first } = reply;
  const opened = { stream: stream ?? undefined, streams: streams ?? [], first };
  return { body, buffers, handle: handle ?? undefined, ...opened, tables: tables ?? [] };
}

/** Lets go of what a reply made. */
export function closeReply({
  handle,
  stream,
  streams,
  tables,
}: Pick<NativeReply | NativeAnswer<unknown>, "handle" | "stream" | "streams" | "tables">): void {
  stream?.close();
  for (const opened of [...(streams ?? []), ...(tables ?? [])]) opened.close();
  handle?.close();
}

/** Decodes the document of an entrypoint that answers at once. Another shape is an `InternalError`. */
export function decodeDocument<T>(entrypoint: string, text: string, reply: z.ZodMiniType<T>): T {
  return shaped(entrypoint, parsedJson(text), reply);
}

function shaped<T>(entrypoint: string, document: unknown, reply: z.ZodMiniType<T>): T {
  const body = checkDocument(reply, document);
  if (body.success) return body.data;
  throw new InternalError(`The reply of ${entrypoint} has another shape: ${z.prettifyError(body.error)}`);
}

/** Any reply may carry facts beside the members of its own. */
function splitFacts(document: unknown): { readonly facts?: unknown; readonly members: unknown } {
  if (typeof document !== "object" || document === null || !("facts" in document)) return { members: document };
  const { facts, ...members } = document;
  return { facts, members };
}
