import type { ProgressOptions } from "@deltafuse/session-core/progress-watch";
import type { Session } from "@deltafuse/session-core/session";
import { type CommitOptions, commitRequest, readCommit } from "./commit-options.ts";
import { runMutation } from "./mutation.ts";
import { type DeleteMetrics, deleteReportSchema, type MutationReport } from "./mutation-report.ts";
import { type Predicate, predicateRequest } from "./predicate.ts";
import { openNativeTable, type TableInput } from "./table.ts";
import type { ResolvedTarget } from "./table-target.ts";

/** Rows that are to be removed. */
export interface DeleteSpec extends CommitOptions {
  /** Which rows: those for which it is true. `"true"` removes all. */
  readonly where: Predicate;
}

/**
 * Removes rows in one commit; when no row is meant there is no commit (status `unchanged`).
 *
 * Rejects with `DELTA.PREDICATE_REQUIRED` for a blank `where`, `FRAME.UNKNOWN_COLUMN`, `SQL.*` for a text that is no
 * condition, `DELTA.TABLE_NOT_FOUND`, `DELTA.NOT_A_TABLE`, `DELTA.APPEND_ONLY`, `DELTA.VERSION_MISMATCH`,
 * `DELTA.CONCURRENT_*` and `DELTA.COMMIT_ATTEMPTS_EXHAUSTED` when a race was lost, `DELTA.INVALID_SPEC`,
 * `DELTA.RESERVED_METADATA_KEY`, `DELTA.PIN_ON_MUTATION`, `SESSION.READ_ONLY`, `HOOKS.*` of interceptors. Then the table is as it was.
 *
 * @example
 * await deleteRows(session, { location: "data/flights" }, { where: "distance = 0" });
 */
export async function deleteRows(
  session: Session,
  target: TableInput,
  spec: DeleteSpec,
): Promise<MutationReport<DeleteMetrics>> {
  const { where, signal, onProgress, ...rest } = spec;
  const run = { ...(signal === undefined ? {} : { signal }), ...(onProgress === undefined ? {} : { onProgress }) };
  const predicate = predicateRequest(where, "where");
  const start = {
    name: "deleteRows",
    operation: "DELETE",
    input: target,
    options: readCommit(rest),
    read: readCommit,
    mode: () => null,
    plan: { where: typeof where === "string" ? where : null },
    signal,
  };
  return runMutation(session, start, (found, options) =>
    deleteFrom(session, { target: found, request: { where: predicate, commit: commitRequest(options) } }, run),
  );
}

async function deleteFrom(
  session: Session,
  { target, request }: { readonly target: ResolvedTarget; readonly request: Readonly<Record<string, unknown>> },
  options: ProgressOptions,
): Promise<MutationReport<DeleteMetrics>> {
  const table = await openNativeTable(session, target, options);
  try {
    const call = { entrypoint: "table.delete", request, reply: deleteReportSchema, durable: true } as const;
    return (await table.call(call, options)).body;
  } finally {
    table.handle.close();
  }
}
