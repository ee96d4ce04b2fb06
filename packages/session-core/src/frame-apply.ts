import * as z from "@deltafuse/config/zod";
import type { FrameLeaf, PlannedFrame, PlanningOptions } from "./frame-node.ts";
import type { FrameOperation } from "./frame-plan.ts";
import type { NativeHandle } from "./native-binding.ts";
import type { NativeAnswer } from "./native-call.ts";
import { type FrameReply, frameReplyMembers, handleOf, type NativeFrame } from "./native-session.ts";
import { type EncodedParameters, parametersIpc } from "./parameters.ts";
import { type PlanCacheUse, planCacheUseSchema, tellPlanCache } from "./plan-cache-use.ts";
import { frameStatement, type QueryRun } from "./query-run.ts";
import type { SessionState } from "./session-state.ts";
import { openedStream, type StreamReply, streamReplySchema } from "./stream-opening.ts";

/** What is told of a frame that was planned. */
interface ApplyReply extends FrameReply {
  readonly planCache?: PlanCacheUse | undefined;
  readonly opened?: StreamReply | undefined;
}

/** Shape of what is told of a frame that was planned. */
const applyReplySchema: z.ZodMiniType<ApplyReply> = z.strictObject({
  ...frameReplyMembers,
  planCache: z.optional(planCacheUseSchema),
  opened: z.optional(streamReplySchema),
});

/** Operations over what they begin with, the first of the leaves, and over their operands, the others. */
export interface Application {
  readonly leaves: readonly FrameLeaf[];
  readonly ops: readonly FrameOperation[];
  readonly parameters?: EncodedParameters | undefined;
}

/** A leaf in a request. */
interface Source {
  readonly leaf: FrameLeaf;
  /** None for a table that the call looks up by its name. */
  readonly handle: NativeHandle | undefined;
  /** What it was planned as. */
  readonly planned: PlannedFrame | undefined;
}

/** Plans a frame in one call. Tables that no call has looked up yet are named in it. */
export async function applyOperations(
  state: SessionState,
  { leaves, ops, parameters: bound }: Application,
  { run, ...planning }: PlanningOptions & { readonly run: QueryRun },
): Promise<PlannedFrame> {
  const { open, ...options } = planning;
  const sources: Source[] = [];
  for (const leaf of leaves) sources.push(await openedSource(leaf, run, options));
  const { references, handles } = attached(sources);
  const [source, ...operands] = references;
  const request = {
    source,
    ops,
    operands,
    ...(bound === undefined ? {} : { parameters: { named: { $buffer: 0 } } }),
    ...(open === undefined ? {} : { open }),
  };
  const buffers = bound === undefined ? [] : [await parametersIpc(state, bound)];
  const call = { entrypoint: "session.applyOps", request, handles, buffers, reply: applyReplySchema };
  const reply = await state.call(call, options);
  keepTables(sources, reply);
  const { planCache } = reply.body;
  if (planCache !== undefined) tellPlanCache(run, planCache);
  return appliedFrame(sources, reply);
}

async function openedSource(leaf: FrameLeaf, run: QueryRun, options: PlanningOptions): Promise<Source> {
  if (leaf.table !== undefined) return { leaf, handle: leaf.table.handle, planned: undefined };
  const planned = await leaf.planned(run, options);
  return { leaf, handle: planned.handle, planned };
}

/** How a request names its sources, and the handles that come with it. */
function attached(sources: readonly Source[]): {
  readonly references: readonly object[];
  readonly handles: readonly NativeHandle[];
} {
  const handles: NativeHandle[] = [];
  const references = sources.map(({ leaf, handle }) =>
    handle === undefined ? { table: leaf.table?.name } : { $handle: handles.push(handle) - 1 },
  );
  return { references, handles };
}

/** Every later frame over a table reads what the first one has found. */
function keepTables(sources: readonly Source[], { tables }: NativeAnswer<unknown>): void {
  const named = sources.filter(({ handle }) => handle === undefined);
  for (const [index, handle] of tables.entries()) {
    if (named[index]?.leaf.table?.keep(handle) !== true) handle.close();
  }
}

function appliedFrame(sources: readonly Source[], reply: NativeAnswer<ApplyReply>): PlannedFrame {
  const { fields, planCache, opened } = reply.body;
  const planned = sources.flatMap((source) => source.planned ?? []);
  const own = { handle: handleOf(reply), fields, feeds: planned.flatMap(({ feeds = [] }) => feeds) };
  const root = sources[0]?.planned ?? withoutSql(own);
  const parameters = planned.flatMap((frame) => frame.parameters);
  const frame = { ...root, ...own, parameters, cacheResult: planCache?.result ?? root.cacheResult };
  return opened === undefined ? frame : { ...frame, opened: openedStream(reply, opened) };
}

/** A frame that begins with no statement. */
export function withoutSql(frame: NativeFrame): PlannedFrame {
  return {
    ...frame,
    statement: frameStatement,
    parameters: [],
    timings: { parseUs: null, analyzeUs: null },
    cacheResult: null,
  };
}
