import type { AbortableOptions } from "@deltafuse/config/abort";
import type { HookEmitter } from "@deltafuse/hooks/emitter";
import type { PlannedSql } from "./frame-leaf.ts";
import type { QueryRun } from "./query-run.ts";

const created: Readonly<Record<string, "table" | "view">> = {
  "CREATE VIEW": "view",
  "CREATE TABLE AS": "table",
  "CREATE TABLE": "table",
  "SELECT INTO": "table",
};

/** What statements with these leading words make, if anything. */
export function createdObject(verb: string): "table" | "view" | undefined {
  return created[verb];
}

/** A table in memory or a view that is to be made. */
interface CreatedObject {
  readonly object: "table" | "view";
  readonly name: string;
  readonly overwrite: boolean;
}

/** Asks the interceptors of `beforeRegister` about an object of this package. Rejects with their `HOOKS.*` codes. */
export async function admitRegistration(
  hooks: HookEmitter,
  { object, name, overwrite }: CreatedObject,
  { signal }: AbortableOptions,
): Promise<void> {
  const provider = object === "view" ? "view" : "memory";
  const question = { object, name, provider, location: null, options: null, overwrite };
  await hooks.ask("beforeRegister", question, signal === undefined ? {} : { signal });
}

/** Asks about the objects that a statement makes. A refusal is told as that of the text; the plan is closed then. */
export async function admitCreation(planned: PlannedSql, run: QueryRun, options: AbortableOptions): Promise<void> {
  const { info, statement } = planned;
  const object = createdObject(info.verb);
  if (object === undefined || !run.hooks.asks("beforeRegister")) return;
  const overwrite = /^\s*create\s+or\s+replace\b/i.test(info.sanitized);
  try {
    for (const name of info.writes) await admitRegistration(run.hooks, { object, name, overwrite }, options);
  } catch (error) {
    planned.handle.close();
    throw run.refuse(error, { sql: statement.sql ?? "", source: "execute", parameterNames: [] });
  }
}
