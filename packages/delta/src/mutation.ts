import { assertWritable } from "@deltafuse/session-core/native-session";
import type { Session } from "@deltafuse/session-core/session";
import { pinOnMutation } from "./errors.ts";
import { committedEvent, conflictCode, failedEvent, type Mutation } from "./mutation-event.ts";
import type { MutationMetrics, MutationReport } from "./mutation-report.ts";
import { isOpenTable, type TableInput, targetOf } from "./table.ts";
import type { ResolvedTarget } from "./table-target.ts";

/** A change of a table before its target is known. */
export interface MutationStart extends Omit<Mutation, "target"> {
  /** Name of the function that was called. */
  readonly name: string;
  readonly input: TableInput;
}

/**
 * Runs a change of the newest version of a table and emits how it ended: `delta.committed` always, `delta.conflict` in
 * front of it when the change lost a race. An open table that was given is brought to its newest version.
 *
 * Rejects with `SESSION.READ_ONLY`, `DELTA.PIN_ON_MUTATION`, what finding the table rejects with, and what `perform`
 * rejects with.
 */
export async function runMutation<M extends MutationMetrics>(
  session: Session,
  { name, input, ...change }: MutationStart,
  perform: (target: ResolvedTarget) => Promise<MutationReport<M>>,
): Promise<MutationReport<M>> {
  assertWritable(session, name);
  const target = targetOf(session, input);
  const { uri, version } = target;
  if (version !== undefined) throw pinOnMutation({ operation: name, uri, version });
  const mutation: Mutation = { ...change, target };
  const report = await observed(session, mutation, () => perform(target));
  if (isOpenTable(input)) await input.refresh();
  return report;
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
