import type { Table } from "apache-arrow";
import { affectedRows } from "./affected-rows.ts";
import { admitCreation } from "./before-register.ts";
import { collectBounds } from "./collect-limit.ts";
import { planSql } from "./frame-leaf.ts";
import type { SqlText } from "./sql-text.ts";
import { streamTable } from "./frame-terminal.ts";
import { openPlanned, planning, type QueryOptions } from "./query-open.ts";
import { startQueryRun } from "./query-run.ts";
import type { QueryStream } from "./query-stream.ts";
import type { SessionState } from "./session-state.ts";
import type { ExecuteResult } from "./session.ts";
import { streamRequest } from "./stream-opening.ts";
import { afterStatement, beforeStatement, refuseShared } from "./statement-effect.ts";

/** Plans and runs one statement. */
export async function executeStatement(
  state: SessionState,
  text: SqlText,
  options: QueryOptions,
): Promise<ExecuteResult> {
  state.assertOpen();
  options.signal?.throwIfAborted();
  const began = performance.now();
  const run = startQueryRun(state, options);
  const { planned, stream } = await planning(run, options, async (at) => {
    const statement = await planSql(state, text, { run, ...options });
    refuseShared(state, statement.info);
    await admitCreation(statement, run, options);
    at("physical");
    const bounds = collectBounds(state.resolved.limits, {});
    const open = streamRequest(state, false);
    return { planned: statement, stream: await openPlanned(statement, { state, run, options, bounds, open }) };
  });
  try {
    const before = await beforeStatement(state, planned.info);
    const table = await resultOf(stream);
    const { queryId, label, operation } = run;
    const around = { queryId, label: label?.name, tags: label?.tags ?? {}, trace: operation.trace };
    await state.hooks.telemetry.scope.with(around, () => afterStatement(state, { info: planned.info, text }, before));
    const { kind, verb } = planned.info;
    return {
      kind,
      verb,
      rowsAffected: affectedRows(kind, table),
      table,
      queryId: run.queryId,
      durationMs: performance.now() - began,
    };
  } finally {
    run.release();
    planned.handle.close();
  }
}

/** The rows of a query; a command is run to its end. */
async function resultOf(stream: QueryStream): Promise<Table | null> {
  if (stream.fields.length > 0) return streamTable(stream);
  for await (const _batch of stream.columns({ lent: true }));
  return null;
}
