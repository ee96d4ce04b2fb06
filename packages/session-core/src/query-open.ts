import { type AdmittedExecution, admitExecution, type ResultBounds } from "./before-execute.ts";
import { batchPull } from "./batch-pull.ts";
import type { FrameNode, PlannedFrame } from "./frame-node.ts";
import type { ResultLimits } from "./frame.ts";
import { lateCancel } from "./late-cancel.ts";
import type { NativeStream } from "./native-binding.ts";
import { capturePlan, captures } from "./plan-capture.ts";
import { type PlanIdentity, planFingerprint, plannedFunctions, plannedTables } from "./plan-use.ts";
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
import {
  type OpenedStream,
  openedStream,
  type StreamOpening,
  type StreamReply,
  type StreamRequest,
  streamReplySchema,
  streamRequest,
} from "./stream-opening.ts";

/** What every query of a frame is run with. */
export interface QueryDefaults extends ProgressOptions, RunOptions {
  /** Bounds of those who gather its rows, below those they have. */
  readonly limits?: ResultLimits;
}

/** What one query is run with. */
export type QueryOptions = QueryDefaults;

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

/** How the rows of a query are taken. */
export interface Taking extends Pick<StreamOpening, "details" | "viewTypes"> {
  /** Bounds of what the program takes. */
  readonly bounds: ResultBounds;
  /** Whether the rows are taken at once, so that the query may begin while it is opened. */
  readonly atOnce: boolean;
}

/** Plans a frame and opens the stream of its result; the work begins at the first pull. */
export async function openQuery(
  node: FrameNode,
  options: QueryOptions,
  { bounds, atOnce, ...opening }: Taking,
): Promise<QueryStream> {
  const { state } = node;
  state.assertOpen();
  options.signal?.throwIfAborted();
  const run = startQueryRun(state, options);
  const open = streamRequest({ state, run }, { ...opening, begin: atOnce && mayBegin(run) });
  return planning(run, options, async (at) => {
    const planned = await node.planned(run, { ...options, open });
    at("physical");
    return openPlanned(planned, { state, run, options, bounds, open });
  });
}

/** Whether nobody is to be asked, or told, between the planning and the beginning of a query. */
function mayBegin(run: QueryRun): boolean {
  return !run.hooks.asks("beforeExecute") && !captures(run);
}

/** Where a planned frame is run. */
export interface QuerySite {
  readonly state: SessionState;
  readonly run: QueryRun;
  readonly options: QueryOptions;
  /** Bounds of what the program takes. */
  readonly bounds: ResultBounds;
  /** How the stream is opened, unless planning did. */
  readonly open: StreamRequest;
}

/** Asks the interceptors about the stream of a planned frame, which is opened unless it is. */
export async function openPlanned(planned: PlannedFrame, site: QuerySite): Promise<QueryStream> {
  const { state, run } = site;
  const { native, reply, schemaMessage, first } = planned.opened ?? (await openStream(planned, site));
  const { bounds, options } = await admitPlanned(planned, reply, { site, opened: [native] });
  const cancel = lateCancel(state.port.binding);
  const watch = watchProgress(cancel, options);
  const pull = batchPull({
    state,
    run,
    native,
    first,
    cancel,
    watch,
    partitions: reply.partitions,
    feeds: planned.feeds ?? [],
  });
  return queryStream({
    run,
    pull,
    bounds,
    fields: reply.fields,
    storageFields: reply.storageFields ?? reply.fields,
    schemaMessage,
    programs: state.rowPrograms,
  });
}

/** Tells of the plan and asks the interceptors about it; closes what was opened when the query may not run. */
export async function admitPlanned(
  planned: PlannedFrame,
  reply: StreamReply,
  { site, opened }: { readonly site: QuerySite; readonly opened: readonly NativeStream[] },
): Promise<AdmittedExecution<QueryOptions>> {
  const { state, run } = site;
  const plan = compiledPlan(planned, reply, state);
  run.compile(plan);
  return closingUnless(opened, async () => {
    const admitted = await admitExecution(run, plan, site);
    if (captures(run)) await capturePlan(site, { planned, fingerprint: plan.fingerprint }, admitted.options);
    state.assertOpen();
    return admitted;
  });
}

async function openStream(planned: PlannedFrame, { state, options, open }: QuerySite): Promise<OpenedStream> {
  const answer = await state.call(
    { entrypoint: "frame.stream", on: planned.handle, request: { ...open }, reply: streamReplySchema },
    options,
  );
  return openedStream(answer, answer.body);
}

function compiledPlan(planned: PlannedFrame, reply: StreamReply, state: SessionState): CompiledPlan {
  const { digests, texts = null, tables, functions, partitions, estimates, timings } = reply;
  const { session: sessionHash } = state.identity;
  const identity = { p1: digests.p1, sessionHash, tables, functions, parameterTypes: planned.parameters };
  const { statementKind, summary, sql, sqlSanitized } = planned.statement;
  const { parseUs, analyzeUs } = planned.timings;
  return {
    statementKind,
    summary,
    sql,
    sqlSanitized,
    fingerprint: state.planFingerprints.getOr(identityKey(identity), () => planFingerprint(identity)),
    digests: { p0: digests.p0, p1: digests.p1, p2: null },
    texts,
    tables: plannedTables(tables),
    functions: plannedFunctions(functions),
    partitions,
    estimates,
    timings: { parseUs, analyzeUs, optimizeUs: timings.optimizeUs, physicalUs: timings.physicalUs },
    cacheResult: planned.cacheResult,
    warnings: [],
  };
}

/** Text that tells plans apart; short for those that name nothing beside the digest. */
function identityKey(identity: PlanIdentity): string {
  const { p1, sessionHash, tables, functions, parameterTypes } = identity;
  const named = tables.length + functions.length + parameterTypes.length;
  return named === 0 ? `${p1} ${sessionHash}` : JSON.stringify(identity);
}

/** Closes the streams when the query may not run. */
async function closingUnless<T>(opened: readonly NativeStream[], admit: () => Promise<T>): Promise<T> {
  try {
    return await admit();
  } catch (error) {
    for (const native of opened) native.close();
    throw error;
  }
}
