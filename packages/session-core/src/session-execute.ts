import { InternalError } from "@deltafuse/config/errors";
import type { Table } from "apache-arrow";
import { affectedRows } from "./affected-rows.ts";
import { collectBounds } from "./collect-limit.ts";
import { type PlannedSql, planSql } from "./frame-leaf.ts";
import type { SqlText } from "./sql-text.ts";
import { streamTable } from "./frame-terminal.ts";
import { openPlanned, planning, type QueryOptions } from "./query-open.ts";
import { startQueryRun } from "./query-run.ts";
import type { QueryStream } from "./query-stream.ts";
import type { SessionState } from "./session-state.ts";
import type { ExecuteResult, Session } from "./session.ts";
import type { StatementInfo } from "./sql-statement.ts";
import { type ClaimedStatement, performClaim, type PerformedClaim } from "./statement-claim.ts";
import { streamRequest } from "./stream-opening.ts";
import { admitStatement, afterStatement, beforeStatement, refuseShared } from "./statement-effect.ts";

/** A statement and the session it was given to. */
export interface GivenStatement {
  readonly session: Session;
  readonly state: SessionState;
  readonly text: SqlText;
}

/** Plans and runs one statement; one that a native module claims is run by the extension that brought the module. */
export async function executeStatement(
  { session, state, text }: GivenStatement,
  options: QueryOptions,
): Promise<ExecuteResult> {
  state.assertOpen();
  options.signal?.throwIfAborted();
  const began = performance.now();
  const run = startQueryRun(state, options);
  const { planned, stream } = await planning(run, options, async (at) => {
    const statement = await planSql(state, text, { run, ...options });
    if (statement.claim !== undefined) return { planned: statement, stream: undefined };
    refuseShared(state, statement.info);
    await admitStatement({ state, run }, statement, options);
    at("physical");
    const bounds = collectBounds(state.resolved.limits, {}, options.limits);
    const open = streamRequest({ state, run });
    return { planned: statement, stream: await openPlanned(statement, { state, run, options, bounds, open }) };
  });
  const told = (done: PerformedClaim): ExecuteResult => {
    const { kind, verb } = planned.info;
    return { kind, verb, ...done, queryId: run.queryId, durationMs: performance.now() - began };
  };
  if (stream === undefined) return told(await performed({ session, state, run, planned }, options));
  try {
    const before = await beforeStatement(state, planned.info);
    const table = await resultOf(stream, planned.info);
    const { queryId, label, operation } = run;
    const around = { queryId, label: label?.name, tags: label?.tags ?? {}, trace: operation.trace };
    await state.hooks.telemetry.scope.with(around, () => afterStatement(state, { info: planned.info, text }, before));
    return told({ rowsAffected: affectedRows(planned.info.kind, table), table });
  } finally {
    run.release();
    planned.handle.close();
  }
}

/** What the extension did; the plan is closed then. */
async function performed(
  { planned, ...site }: Omit<ClaimedStatement, "planned"> & { readonly planned: PlannedSql },
  options: QueryOptions,
): Promise<PerformedClaim> {
  const { claim } = planned;
  try {
    if (claim === undefined) throw new InternalError("A statement that nobody claims was handed over");
    return await performClaim({ ...site, planned: { ...planned, claim } }, options);
  } finally {
    planned.handle.close();
  }
}

/** The rows of a query, which may have no columns; a command is run to its end. */
async function resultOf(stream: QueryStream, { kind }: StatementInfo): Promise<Table | null> {
  if (stream.fields.length > 0 || kind === "query") return streamTable(stream);
  for await (const _batch of stream.columns({ lent: true }));
  return null;
}
