import type { AbortableOptions } from "@deltafuse/config/abort";
import type { HookEmitter } from "@deltafuse/hooks/emitter";
import type { RegisterQuestion } from "@deltafuse/hooks/interceptors";

/** What becomes of tables and views, or of a schema. */
export type CatalogChange =
  | { readonly action: RegisterQuestion["action"]; readonly object: "table" | "view" }
  | { readonly action: "drop"; readonly object: "schema" };

const changes: Readonly<Record<string, CatalogChange>> = {
  "CREATE VIEW": { action: "register", object: "view" },
  "CREATE TABLE AS": { action: "register", object: "table" },
  "CREATE TABLE": { action: "register", object: "table" },
  "SELECT INTO": { action: "register", object: "table" },
  "DROP VIEW": { action: "drop", object: "view" },
  "DROP TABLE": { action: "drop", object: "table" },
  "DROP SCHEMA": { action: "drop", object: "schema" },
};

/** What statements with these leading words do to the tables, views and schemas they name, if anything. */
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
