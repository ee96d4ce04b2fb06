import { InternalError } from "@deltafuse/config/errors";
import type { Table } from "apache-arrow";
import type { ClaimResult, StatementClaim } from "./extension.ts";
import { frameNode } from "./frame-node.ts";
import { frameOf } from "./frame-tree.ts";
import type { PlannedClaim, PlannedSql } from "./frame-leaf.ts";
import type { QueryOptions } from "./query-open.ts";
import type { QueryRun } from "./query-run.ts";
import type { Session } from "./session.ts";
import type { SessionState } from "./session-state.ts";

/** A statement that its extension is to perform. */
export interface ClaimedStatement {
  readonly session: Session;
  readonly state: SessionState;
  readonly run: QueryRun;
  readonly planned: PlannedSql & { readonly claim: PlannedClaim };
}

/** What a claimed statement did. */
export interface PerformedClaim {
  readonly rowsAffected: number | null;
  readonly table: Table | null;
}

/**
 * Hands a claimed statement to the extension that brought its module, once, and ends the run of the statement. What the
 * extension emits carries the id and label of the statement.
 *
 * Rejects with what the extension rejects with; errors tell of the statement in their details.
 */
export async function performClaim(claimed: ClaimedStatement, options: QueryOptions): Promise<PerformedClaim> {
  const { state, run } = claimed;
  const { queryId, label, operation } = run;
  const { statement } = claimed.planned;
  operation.setStatement({ summary: statement.summary, tables: [], text: statement.sqlSanitized });
  const around = { queryId, label: label?.name, tags: label?.tags ?? {}, trace: operation.trace };
  try {
    const { rowsAffected, counts } = await operation.within(() =>
      state.hooks.telemetry.scope.with(around, () => perform(claimed, options)),
    );
    run.release();
    return { rowsAffected, table: counts === undefined ? null : await oneRow(counts) };
  } catch (error) {
    const { signal } = options;
    operation.fail(error, signal === undefined ? {} : { signal });
    if (signal?.aborted === true && error === signal.reason) throw error;
    throw run.inStatement(error, "execute");
  }
}

async function perform(
  { session, state, planned }: ClaimedStatement,
  { signal, onProgress }: QueryOptions,
): Promise<ClaimResult> {
  const { module, request, source } = planned.claim;
  const extension = state.extensionOf(module);
  if (extension?.run === undefined) throw new InternalError(`${module} claims statements and cannot run them`);
  const claim: StatementClaim = { statement: planned.info, module, request };
  const options = {
    ...(signal === undefined ? {} : { signal }),
    ...(onProgress === undefined ? {} : { onProgress }),
  };
  return extension.run(session, source ? { ...claim, source: sourceOf(state, planned) } : claim, options);
}

/** The rows of the statement as a frame. The statement closes their handle. */
function sourceOf(state: SessionState, { claim: _claim, ...planned }: ClaimedStatement["planned"]) {
  return frameOf(frameNode(state, { planned: () => Promise.resolve(planned) }));
}

async function oneRow(counts: Readonly<Record<string, number>>): Promise<Table> {
  const { tableFromArrays } = await import("apache-arrow");
  const columns = Object.entries(counts).map(([name, count]) => [name, BigInt64Array.of(BigInt(count))] as const);
  return tableFromArrays(Object.fromEntries(columns));
}
