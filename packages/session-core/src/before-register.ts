import type { AbortableOptions } from "@deltafuse/config/abort";
import type { HookEmitter } from "@deltafuse/hooks/emitter";
import type { RegisterQuestion } from "@deltafuse/hooks/interceptors";
import type { PlannedSql } from "./frame-leaf.ts";
import type { QueryRun } from "./query-run.ts";

/** What becomes of tables or views. */
interface CatalogChange {
  readonly action: RegisterQuestion["action"];
  readonly object: "table" | "view";
}

const changes: Readonly<Record<string, CatalogChange>> = {
  "CREATE VIEW": { action: "register", object: "view" },
  "CREATE TABLE AS": { action: "register", object: "table" },
  "CREATE TABLE": { action: "register", object: "table" },
  "SELECT INTO": { action: "register", object: "table" },
  "DROP VIEW": { action: "drop", object: "view" },
  "DROP TABLE": { action: "drop", object: "table" },
};

/** What statements with these leading words do to the tables and views they name, if anything. */
export function catalogChange(verb: string): CatalogChange | undefined {
  return changes[verb];
}

type ChangedObject = Pick<RegisterQuestion, "action" | "object" | "name" | "overwrite">;

/** Asks the interceptors of `beforeRegister` about an object of this package. Rejects with their `HOOKS.*` codes. */
export async function admitChange(
  hooks: HookEmitter,
  changed: ChangedObject,
  { signal }: AbortableOptions,
): Promise<void> {
  const made = changed.object === "view" ? "view" : "memory";
  const provider = changed.action === "drop" ? null : made;
  const question = { ...changed, provider, location: null, options: null };
  await hooks.ask("beforeRegister", question, signal === undefined ? {} : { signal });
}

/** Asks about the objects that a statement makes or drops. A refusal is told as that of the text; the plan is closed then. */
export async function admitStatement(planned: PlannedSql, run: QueryRun, options: AbortableOptions): Promise<void> {
  const { info, statement } = planned;
  const change = catalogChange(info.verb);
  if (change === undefined || !run.hooks.asks("beforeRegister")) return;
  const overwrite = /^\s*create\s+or\s+replace\b/i.test(info.sanitized);
  try {
    for (const name of info.writes) await admitChange(run.hooks, { ...change, name, overwrite }, options);
  } catch (error) {
    planned.handle.close();
    throw run.refuse(error, { sql: statement.sql ?? "", source: "execute", parameterNames: [] });
  }
}
