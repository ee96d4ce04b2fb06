import { InternalError } from "@deltafuse/config/errors";
import * as z from "@deltafuse/config/zod";
import type { NativeBatch, NativeStream } from "./native-binding.ts";
import type { NativeAnswer } from "./native-call.ts";
import type { NestedField } from "./field-type.ts";
import type { StreamOptions } from "./frame.ts";
import { type FrameReply, frameReplyMembers } from "./native-session.ts";
import { type FunctionUse, functionUseSchema, type TableUse, tableUseSchema } from "./plan-use.ts";
import type { QueryRun } from "./query-run.ts";
import type { SessionState } from "./session-state.ts";

/** What is told of an opened stream. */
export interface StreamReply extends FrameReply {
  /** Columns as they cross, where a cast applies. */
  readonly storageFields?: readonly NestedField[] | null | undefined;
  /** Output partitions. */
  readonly partitions: number;
  readonly digests: { readonly p0: string; readonly p1: string };
  /** When asked for. */
  readonly texts?: { readonly p0: string; readonly p1: string } | undefined;
  readonly tables: readonly TableUse[];
  readonly functions: readonly FunctionUse[];
  /** What the planner expects; null = unknown. */
  readonly estimates: { readonly rows: number | null; readonly bytes: number | null };
  readonly timings: { readonly optimizeUs: number; readonly physicalUs: number };
}

const stages = z.strictObject({ p0: z.string(), p1: z.string() });

/** Shape of what every call that opens a stream tells of it. */
export const streamReplySchema: z.ZodMiniType<StreamReply> = z.strictObject({
  ...frameReplyMembers,
  storageFields: z.nullish(frameReplyMembers.fields),
  partitions: z.int(),
  digests: stages,
  texts: z.optional(stages),
  tables: z.array(tableUseSchema),
  functions: z.array(functionUseSchema),
  estimates: z.strictObject({ rows: z.nullable(z.int()), bytes: z.nullable(z.int()) }),
  timings: z.strictObject({ optimizeUs: z.int(), physicalUs: z.int() }),
});

/** How the streams of a query are opened. */
export interface StreamOpening {
  /** Whether the query begins; a first batch that is soon there comes with the reply. Default: false. */
  readonly begin?: boolean;
  /** Whether its profile tells what each operator does. Default: false. */
  readonly details?: boolean;
  /** What becomes of view types. Default: plain. */
  readonly viewTypes?: StreamOptions["viewTypes"];
  /** Whether a stream is opened per output partition. Default: one of all rows. */
  readonly partitioned?: true;
}

/** What a request says of it. */
export interface StreamRequest extends StreamOpening {
  readonly prefetchBatches: number;
  readonly prefetchBytes: number;
  /** Whether the texts of the logical plan are told. */
  readonly texts: boolean;
}

/** A stream that was opened. */
export interface OpenedStream {
  readonly native: NativeStream;
  readonly reply: StreamReply;
  /** IPC schema message of what crosses. */
  readonly schemaMessage: Uint8Array;
  /** The first batch, where it was soon there; null for a result without rows. */
  readonly first: NativeBatch | null | undefined;
}

/** A request under the limits of a session and the policy of a run. */
export function streamRequest(
  { state, run }: { readonly state: SessionState; readonly run: QueryRun },
  opening: StreamOpening = {},
): StreamRequest {
  const { prefetchBatches, prefetchBytes } = state.resolved.limits;
  return { prefetchBatches, prefetchBytes, texts: run.policy.plans, ...opening };
}

/** The stream that came with an answer. */
export function openedStream(answer: NativeAnswer<unknown>, reply: StreamReply): OpenedStream {
  const { stream: native, first, buffers } = answer;
  const schemaMessage = buffers[reply.schema.$buffer];
  if (native === undefined || schemaMessage === undefined)
    throw new InternalError("The native extension replied without the stream it opened, or without its schema");
  return { native, reply, schemaMessage, first };
}
