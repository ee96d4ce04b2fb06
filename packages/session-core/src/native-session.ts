import type { SessionId } from "@deltafuse/config/brand";
import { blindCast } from "@deltafuse/config/casts";
import { InternalError } from "@deltafuse/config/errors";
import type { HookEmitter } from "@deltafuse/hooks/emitter";
import type { EventMap } from "@deltafuse/hooks/events";
import * as z from "@deltafuse/config/zod";
import type { CallbackErrors } from "./callback-errors.ts";
import { nestedFieldSchema } from "./field-schema.ts";
import type { NestedField } from "./field-type.ts";
import type { NativeHandle } from "./native-binding.ts";
import type { NativeAnswer, NativeCall } from "./native-call.ts";
import type { ProgressOptions } from "./progress-watch.ts";
import type { Session } from "./session.ts";
import { readOnly } from "./session-errors.ts";
import type { TableFeed } from "./table-feed.ts";

/** Where a session keeps its native side. Packages of the engine read it with {@link nativeSession}. */
export const nativeSide: unique symbol = Symbol("deltafuse.native");

/** A table or view that was registered or dropped. */
export type TableChange = Pick<EventMap["table.registered"] | EventMap["table.dropped"], "name" | "object">;

/** The native side of a session, for the packages above this one. */
export interface NativeSession {
  readonly sessionId: SessionId;
  /** Handle of the native session, for requests that refer to it. */
  readonly handle: NativeHandle;
  readonly hooks: HookEmitter;
  /** Where functions that the engine calls back leave what they throw. */
  readonly callbackErrors: CallbackErrors;
  /**
   * Calls an entrypoint; a name that starts with `session.` is a method of the session's handle. Facts in the reply are
   * emitted through the session's hooks. Rejects with `SESSION.CLOSED` after close.
   */
  call<T>(call: NativeCall<T>, options?: ProgressOptions): Promise<NativeAnswer<T>>;
  /** Takes note of a function that was added, or that took the place of another added one. */
  addFunction(name: string, signatureHash: string): void;
  /** Hears of tables and views that this handle, or another one of the same session, registers or drops. */
  followTables(listener: (change: TableChange) => void): void;
  /** Throws `SESSION.CLOSED` after close. */
  assertOpen(): void;
}

/** Members of every reply that carries a frame. */
export interface FrameReply {
  /** Columns of the frame. */
  readonly fields: readonly NestedField[];
  /** Where the IPC schema message is among the buffers. */
  readonly schema: { readonly $buffer: number };
}

/** A planned, unexecuted query on the native side. */
export interface NativeFrame {
  readonly handle: NativeHandle;
  readonly fields: readonly NestedField[];
  /** Rows that are given while it runs. */
  readonly feeds?: readonly TableFeed[];
}

/** Members of {@link FrameReply}, for strict schemas of longer replies. */
export const frameReplyMembers: {
  readonly fields: z.ZodMiniType<readonly NestedField[]>;
  readonly schema: z.ZodMiniType<{ readonly $buffer: number }>;
} = {
  fields: z.array(nestedFieldSchema),
  schema: z.strictObject({ $buffer: z.int() }),
};

/** Shape of a reply that carries a frame and nothing else. */
export const frameReplySchema: z.ZodMiniType<FrameReply> = z.strictObject(frameReplyMembers);

/** The native side of a session. */
export function nativeSession(session: Session): NativeSession {
  const side: unknown = Reflect.get(session, nativeSide);
  if (side === undefined) throw new InternalError("The object is not a session of this package");
  return blindCast<NativeSession, "only openSession sets this member">(side);
}

/** The handle of a reply; its absence is a bug of the extension. */
export function handleOf(answer: NativeAnswer<unknown>): NativeHandle {
  if (answer.handle === undefined) throw new InternalError("The native extension replied without a handle");
  return answer.handle;
}

/**
 * Refuses to go on when the profile of the session has access `read_only`. Every function that writes calls it first.
 *
 * @param operation - Name of the function, for the error.
 *
 * Throws `SESSION.READ_ONLY`.
 */
export function assertWritable(session: Session, operation: string): void {
  if (session.resolved.access === "read_only") throw readOnly(operation);
}
