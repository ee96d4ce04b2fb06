import type { AbortableOptions } from "@deltafuse/config/abort";
import type { ExecutionLimits, ExecutionQuestion } from "@deltafuse/hooks/interceptors";
import type { PlannedFrame } from "./frame-node.ts";
import { planFingerprint, plannedFunctions, plannedTables } from "./plan-use.ts";
import type { CompiledPlan, QueryRun } from "./query-run.ts";
import type { SessionState } from "./session-state.ts";

/** Bounds of what a program takes out of a query; null = none. */
export type ResultBounds = Pick<ExecutionLimits, "maxRows" | "maxBytes">;

/** No bounds. */
export const noBounds: ResultBounds = { maxRows: null, maxBytes: null };

/** How a query may run after the interceptors have been asked. */
export interface AdmittedExecution<O extends AbortableOptions> {
  readonly bounds: ResultBounds;
  /** The options, with a signal that aborts at the deadline. */
  readonly options: O;
}

/**
 * Asks the interceptors of `beforeExecute` about a compiled plan. A refusal ends the run as failed.
 *
 * @param bounds - Bounds that hold already; interceptors can only lower them.
 */
export async function admitExecution<O extends AbortableOptions>(
  run: QueryRun,
  plan: CompiledPlan,
  { bounds, options }: AdmittedExecution<O>,
): Promise<AdmittedExecution<O>> {
  if (!run.hooks.asks("beforeExecute")) return { bounds, options };
  const { statementKind, summary, fingerprint, tables, functions, partitions, estimates } = plan;
  const limits: ExecutionLimits = { ...bounds, deadlineMs: null };
  const question = { statementKind, summary, fingerprint, tables, functions, partitions, estimates, limits };
  const answer = await ask(run, question, options);
  const { maxRows, maxBytes, deadlineMs } = answer.limits ?? limits;
  return { bounds: { maxRows, maxBytes }, options: deadlineMs === null ? options : withDeadline(options, deadlineMs) };
}

/** Asks the interceptors of `beforeExecute` about a frame whose rows stay in the engine. A refusal ends the run as failed. */
export async function admitInside(
  { state, run }: { readonly state: SessionState; readonly run: QueryRun },
  planned: PlannedFrame,
  options: AbortableOptions,
): Promise<void> {
  if (!run.hooks.asks("beforeExecute")) return;
  const { readPlan } = await import("./plan-artifact.ts");
  const { p1, tables, functions } = await readPlan(state, planned, options);
  const identity = { p1: p1.digest, sessionHash: state.identity.session, tables, functions };
  const { statementKind, summary } = planned.statement;
  await ask(
    run,
    {
      statementKind,
      summary,
      fingerprint: planFingerprint({ ...identity, parameterTypes: planned.parameters }),
      tables: plannedTables(tables),
      functions: plannedFunctions(functions),
      partitions: null,
      estimates: { rows: null, bytes: null },
      limits: null,
    },
    options,
  );
}

async function ask(run: QueryRun, question: ExecutionQuestion, options: AbortableOptions): Promise<ExecutionQuestion> {
  const { signal } = options;
  try {
    return await run.hooks.ask("beforeExecute", question, signal === undefined ? {} : { signal });
  } catch (error) {
    if (signal?.aborted === true && error === signal.reason) throw error;
    throw run.fail(error, null);
  }
}

function withDeadline<O extends AbortableOptions>(options: O, deadlineMs: number): O {
  const deadline = AbortSignal.timeout(deadlineMs);
  const { signal } = options;
  return { ...options, signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]) };
}
