import { InternalError } from "@deltafuse/config/errors";
import { blindCast } from "@deltafuse/config/casts";
import { z } from "zod";
import { admitExecution, noBounds, type ResultBounds } from "./before-execute.ts";
import { batchPull } from "./batch-pull.ts";
import type { FrameNode, PlannedFrame } from "./frame-node.ts";
import type { NativeAnswer } from "./native-call.ts";
import type { NativeStream } from "./native-binding.ts";
import { frameReplyMembers, handleOf } from "./native-session.ts";
import { capturePlan } from "./plan-capture.ts";
import { functionUseSchema, planFingerprint, plannedTables, tableUseSchema } from "./plan-use.ts";
import { type ProgressOptions, watchProgress } from "./progress-watch.ts";
import {
  cancelReason,
  type CompiledPlan,
  type FailedStage,
  frameStatement,
  type QueryRun,
  type RunOptions,
  startQueryRun,
} from "./query-run.ts";
import { type QueryStream, queryStream } from "./query-stream.ts";
import type { SessionState } from "./session-state.ts";

/** What every query of a frame is run with. */
export interface QueryDefaults extends ProgressOptions, RunOptions {}

/** What one query is run with. */
export type QueryOptions = QueryDefaults;

const streamReplySchema = z.compile(
  z.strictObject({
    ...frameReplyMembers,
    storageFields: frameReplyMembers.fields.nullish(),
    partitions: z.int(),
    digests: z.strictObject({ p0: z.string(), p1: z.string() }),
    tables: z.array(tableUseSchema),
    functions: z.array(functionUseSchema),
    estimates: z.strictObject({ rows: z.int().nullable(), bytes: z.int().nullable() }),
    timings: z.strictObject({ optimizeUs: z.int(), physicalUs: z.int() }),
  }),
);

type StreamReply = z.infer<typeof streamReplySchema>;

/** Runs the planning part of a query and emits its end when it fails or is aborted. */
export async function planning<T>(
  run: QueryRun,
  options: QueryOptions,
  plan: (at: (stage: FailedStage) => void) => Promise<T>,
): Promise<T> {
  let stage: FailedStage = "analyze";
  try {
    return await run.operation.within(() =>
      plan((next) => {
        stage = next;
      }),
    );
  } catch (error) {
    if (options.signal?.aborted === true && error === options.signal.reason) {
      run.cancel(cancelReason(options.signal), null);
      throw error;
    }
    throw run.failPlan(error, stage, frameStatement);
  }
}

/** As {@link planning}, for a query that is planned and not executed. */
export async function planningOnly<T>(run: QueryRun, options: QueryOptions, plan: () => Promise<T>): Promise<T> {
  const planned = await planning(run, options, plan);
  run.release();
  return planned;
}

/** Plans a frame and opens the stream of its result; the work begins at the first pull. */
export async function openQuery(
  node: FrameNode,
  options: QueryOptions,
  bounds: ResultBounds = noBounds,
): Promise<QueryStream> {
  const { state } = node;
  state.assertOpen();
  options.signal?.throwIfAborted();
  const run = startQueryRun(state, options);
  return planning(run, options, async (at) => {
    const planned = await node.planned(run, options);
    at("physical");
    return openPlanned(planned, { state, run, options, bounds });
  });
}

/** Where a planned frame is run. */
export interface QuerySite {
  readonly state: SessionState;
  readonly run: QueryRun;
  readonly options: QueryOptions;
  /** Bounds of what the program takes. */
  readonly bounds: ResultBounds;
}

/** Asks the interceptors and opens the stream of a planned frame. */
export async function openPlanned(planned: PlannedFrame, site: QuerySite): Promise<QueryStream> {
  const { state, run } = site;
  const { prefetchBatches, prefetchBytes } = state.resolved.limits;
  const reply = await state.call(
    {
      entrypoint: "frame.stream",
      on: planned.handle,
      request: { prefetchBatches, prefetchBytes },
      reply: streamReplySchema,
    },
    site.options,
  );
  const native = blindCast<NativeStream, "the entrypoint replies with a stream">(handleOf(reply));
  const plan = compiledPlan(planned, reply.body, state);
  run.compile(plan);
  const { bounds, options } = await closingUnless(native, async () => {
    const admitted = await admitExecution(run, plan, site);
    await capturePlan(site, planned, admitted.options);
    state.assertOpen();
    return admitted;
  });
  const cancel = state.port.binding.createCancel();
  const watch = watchProgress(cancel, options);
  const pull = batchPull({ state, run, native, cancel, watch, partitions: reply.body.partitions });
  return queryStream({
    run,
    pull,
    bounds,
    fields: reply.body.fields,
    storageFields: reply.body.storageFields ?? reply.body.fields,
    schemaMessage: schemaMessageOf(reply),
    programs: state.rowPrograms,
  });
}

function compiledPlan(planned: PlannedFrame, reply: StreamReply, state: SessionState): CompiledPlan {
  const { digests, tables, functions, partitions, estimates, timings } = reply;
  const { session: sessionHash } = state.identity;
  const identity = { p1: digests.p1, sessionHash, tables, functions, parameterTypes: planned.parameters };
  return {
    ...planned.statement,
    fingerprint: state.planFingerprints.getOr(JSON.stringify(identity), () => planFingerprint(identity)),
    digests: { ...digests, p2: null },
    tables: plannedTables(tables),
    functions,
    partitions,
    estimates,
    timings: { ...planned.timings, ...timings },
    warnings: [],
  };
}

/** Closes the stream when the query may not run. */
async function closingUnless<T>(native: NativeStream, admit: () => Promise<T>): Promise<T> {
  try {
    return await admit();
  } catch (error) {
    native.close();
    throw error;
  }
}

function schemaMessageOf(reply: NativeAnswer<StreamReply>): Uint8Array {
  const message = reply.buffers[reply.body.schema.$buffer];
  if (message === undefined) throw new InternalError("The native extension replied without the schema of a stream");
  return message;
}
