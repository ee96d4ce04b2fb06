import type { JsonObject } from "@deltafuse/config/canonical-json";
import { blindCast } from "@deltafuse/config/casts";
import { tableOperation, traced } from "@deltafuse/hooks/operation";
import { assertWritable } from "@deltafuse/session-core/native-session";
import type { Session } from "@deltafuse/session-core/session";
import { type CommitRequest, commitRequest } from "./commit-options.ts";
import { pinOnMutation } from "./errors.ts";
import { committedEvent, conflictCode, failedEvent, type Mutation } from "./mutation-event.ts";
import type { MutationMetrics, MutationReport } from "./mutation-report.ts";
import { isOpenTable, type TableInput, targetOf } from "./table.ts";
import type { ResolvedTarget } from "./table-target.ts";

/** A change of a table before its target is known. */
export interface MutationStart<O extends CommitRequest> extends Pick<Mutation, "operation"> {
  /** Name of the function that was called. */
  readonly name: string;
  readonly input: TableInput;
  /** What the function was called with, as far as it is plain data. */
  readonly options: O;
  /** Reads options that interceptors have replaced. */
  readonly read: (options: unknown) => O;
  readonly mode: (options: O) => string | null;
  /** What interceptors are told beside the options. */
  readonly plan: JsonObject;
  readonly signal: AbortSignal | undefined;
}

/**
 * Asks the interceptors, runs a change of the newest version of a table and emits how it ended: `delta.committed` always, `delta.conflict` in
 * front of it when the change lost a race. An open table that was given is brought to its newest version.
 *
 * Rejects with `SESSION.READ_ONLY`, `DELTA.PIN_ON_MUTATION`, the `HOOKS.*` codes of interceptors, what finding the table rejects with, and what `perform`
 * rejects with.
 */
export async function runMutation<M extends MutationMetrics, O extends CommitRequest>(
  session: Session,
  start: MutationStart<O>,
  perform: (target: ResolvedTarget, options: O) => Promise<MutationReport<M>>,
): Promise<MutationReport<M>> {
  const { name, input, operation } = start;
  assertWritable(session, name);
  const target = targetOf(session, input);
  const { uri, version } = target;
  if (version !== undefined) throw pinOnMutation({ operation: name, uri, version });
  const about = { ...tableOperation(operation, target.dataset), kind: "delta", signal: start.signal } as const;
  return traced(session.hooks, about, async (told) => {
    const options = await admittedOptions(session, start, target);
    const mutation: Mutation = { operation, mode: start.mode(options), commit: commitRequest(options), target };
    const report = await observed(session, mutation, () => perform(target, options));
    told.setAttributes(reportAttributes(report));
    if (isOpenTable(input)) await input.refresh();
    return report;
  });
}

function reportAttributes({ version, status, metrics }: MutationReport) {
  return {
    "deltafuse.delta.version": version,
    "deltafuse.delta.attempts": 1,
    "deltafuse.write.rows": metrics.rowsWritten ?? undefined,
    "deltafuse.skipped": status !== "committed",
  };
}

/** Asks the interceptors of `beforeWrite`. The options that they leave are read like those of a caller. */
async function admittedOptions<O extends CommitRequest>(
  { hooks }: Session,
  { operation, options, read, mode, plan, signal }: MutationStart<O>,
  { uri, dataset }: ResolvedTarget,
): Promise<O> {
  if (!hooks.asks("beforeWrite")) return options;
  const { metadata = {}, ...rest } = options;
  const question = {
    operation,
    target: dataset ?? uri,
    uri,
    format: "delta",
    mode: mode(options),
    plan,
    commitMetadata: metadata,
    options: blindCast<JsonObject, "the options of a change are plain data">(rest),
  };
  const answer = await hooks.ask("beforeWrite", question, signal === undefined ? {} : { signal });
  return read({ ...answer.options, metadata: answer.commitMetadata ?? {} });
}

async function observed<M extends MutationMetrics>(
  { hooks }: Session,
  mutation: Mutation,
  perform: () => Promise<MutationReport<M>>,
): Promise<MutationReport<M>> {
  const began = performance.now();
  const durationUs = (): number => Math.round((performance.now() - began) * 1000);
  let report: MutationReport<M>;
  try {
    report = await perform();
  } catch (error) {
    const code = conflictCode(error);
    if (code !== undefined) {
      const { target, operation } = mutation;
      hooks.emit("delta.conflict", {
        tableUri: target.uri,
        operation,
        attempt: 1,
        code,
        delayMs: 0,
        retrying: false,
      });
    }
    await hooks.settle("delta.committed", failedEvent(mutation, error, durationUs()));
    throw error;
  }
  await hooks.settle("delta.committed", committedEvent(mutation, report, durationUs()));
  return report;
}
