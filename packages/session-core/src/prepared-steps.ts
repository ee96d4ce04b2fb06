import type { AbortableOptions } from "@deltafuse/config/abort";
import type { ResolvedProfile } from "@deltafuse/config/resolve";
import type { HostStep } from "./extension.ts";
import { nativeSession } from "./native-session.ts";
import { nameStatement } from "./prepared.ts";
import { stateOf } from "./session-state.ts";
import type { Session } from "./session.ts";

/** Who declares the steps of this package. */
export const ownSteps = "session";

type PreparedQueries = ResolvedProfile["prepared"];

/** The steps that prepare the queries of a profile. */
export function preparedSteps(prepared: PreparedQueries): readonly HostStep[] {
  return prepared.map(({ name, sql, types }) => ({
    id: `prepared.${name}`,
    phase: "prepared",
    spec: { name, sql, ...(types === undefined ? {} : { types: [...types] }) },
  }));
}

/** Prepares the query of one of those steps. */
export async function installPrepared(session: Session, step: string, options: AbortableOptions): Promise<void> {
  const state = stateOf(nativeSession(session));
  const query = state.resolved.prepared.find(({ name }) => `prepared.${name}` === step);
  if (query === undefined) return;
  const { name, sql, types } = query;
  const text = {
    sql,
    source: "prepare",
    given: undefined,
    parameters: undefined,
    tables: undefined,
    policy: state.sqlPolicy,
  } as const;
  await nameStatement(state, { text, name, ...(types === undefined ? {} : { types }) }, options);
}
