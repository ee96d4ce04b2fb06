import { type Closeable, closeable } from "@deltafuse/config/disposal";
import * as z from "@deltafuse/config/zod";
import { admitInside } from "./before-execute.ts";
import { nativeLeaf } from "./frame-leaf.ts";
import { frameNode, type FrameNode } from "./frame-node.ts";
import { handleOf, frameReplyMembers, type NativeFrame } from "./native-session.ts";
import { planningOnly, type QueryOptions } from "./query-open.ts";
import { startQueryRun } from "./query-run.ts";
import type { SpoolOptions } from "./frame.ts";
import { whileFeeding } from "./table-feed.ts";

/** Rows that were computed once. */
export interface Spooled {
  readonly node: FrameNode;
  readonly closing: Closeable;
}

const spoolReplySchema = z.strictObject({ ...frameReplyMembers, rows: z.int(), bytes: z.int() });

/** 64 MiB. */
const memoryBytesDefault = 64 * 1024 * 1024;

/** `spool`: runs the query, and keeps its rows in the engine until they are let go. */
export async function spoolFrame(node: FrameNode, how: SpoolOptions, options: QueryOptions): Promise<Spooled> {
  const { state } = node;
  const { memoryBytes = memoryBytesDefault, maxBytes = null } = how;
  state.assertOpen();
  options.signal?.throwIfAborted();
  const run = startQueryRun(state, options);
  const { handle, fields } = await planningOnly(run, options, async (): Promise<NativeFrame> => {
    const planned = await node.planned(run, options);
    await admitInside({ state, run }, planned, options);
    const request = { memoryBytes, maxBytes };
    const call = { entrypoint: "frame.spool", on: planned.handle, request, reply: spoolReplySchema };
    const reply = await whileFeeding(planned.feeds ?? [], () => state.call(call, options));
    return { handle: handleOf(reply), fields: reply.body.fields };
  });
  const closing = closeable(() => {
    handle.close();
    return Promise.resolve();
  });
  return { node: frameNode(state, nativeLeaf({ handle, fields })), closing };
}
