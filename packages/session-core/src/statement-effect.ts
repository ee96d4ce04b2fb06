import type { AbortableOptions } from "@deltafuse/config/abort";
import { admitChange, type CatalogChange, catalogChange } from "./before-register.ts";
import type { PlannedSql } from "./frame-leaf.ts";
import { objectName } from "./object-name.ts";
import { adoptStatement } from "./prepared.ts";
import type { QueryRun } from "./query-run.ts";
import {
  inspectCatalog,
  schemaContents,
  type SchemaObject,
  type TableState,
  tableState,
  tellRegistered,
} from "./session-catalog.ts";
import { sharedCacheMutation, sharedMutation } from "./session-errors.ts";
import { reportedSettings } from "./session-settings.ts";
import type { SessionState } from "./session-state.ts";
import type { StatementInfo } from "./sql-statement.ts";
import type { SqlText } from "./sql-text.ts";

const cacheLimits: ReadonlySet<string> = new Set([
  "datafusion.runtime.metadata_cache_limit",
  "datafusion.runtime.list_files_cache_limit",
  "datafusion.runtime.list_files_cache_ttl",
  "datafusion.runtime.file_statistics_cache_limit",
]);

/**
 * SET and RESET are for the one who has a session alone, and those of cache limits for the one who has the caches alone.
 * Throws `SESSION.SHARED_MUTATION`.
 */
export function refuseShared({ isShared, cacheScope }: SessionState, { verb, setting }: StatementInfo): void {
  if (isShared && (verb === "SET" || verb === "RESET")) throw sharedMutation(verb);
  if (cacheScope !== null && setting !== null && cacheLimits.has(setting.key)) throw sharedCacheMutation(verb);
}

/**
 * Asks about the objects that a statement makes or drops; of a schema also about what is in it, which CASCADE drops too. A
 * refusal is told as that of the text; the plan is closed then.
 */
export async function admitStatement(
  { state, run }: { readonly state: SessionState; readonly run: QueryRun },
  planned: PlannedSql,
  options: AbortableOptions,
): Promise<void> {
  const { info, statement } = planned;
  const change = catalogChange(info.verb);
  if (change === undefined || !run.hooks.asks("beforeRegister")) return;
  const overwrite = /^\s*create\s+or\s+replace\b/i.test(info.sanitized);
  try {
    for (const name of info.writes) {
      await admitChange(run.hooks, { ...change, name, overwrite }, options);
      const inside = change.object === "schema" ? await schemaContents(state, objectName(name), options) : null;
      for (const object of inside ?? []) {
        await admitChange(run.hooks, { action: "drop", object: object.kind, name: object.name, overwrite }, options);
      }
    }
  } catch (error) {
    planned.handle.close();
    throw run.refuse(error, { sql: statement.sql ?? "", source: "execute", parameterNames: [] });
  }
}

/** The catalog before a statement, as far as what it names is concerned. */
interface BeforeStatement extends TableState {
  readonly change: CatalogChange;
  /** What is in the schema. */
  readonly contents: readonly SchemaObject[];
}

/** What a statement will change of the catalog, read before it runs; null when it changes no table and drops no schema. */
export async function beforeStatement(state: SessionState, info: StatementInfo): Promise<BeforeStatement | null> {
  const [name] = info.writes;
  const change = catalogChange(info.verb);
  if (name === undefined || change === undefined) return null;
  const parts = objectName(name);
  if (change.object !== "schema") return { ...(await tableState(state, parts, {})), change, contents: [] };
  const contents = await schemaContents(state, parts, {});
  const { epoch } = await inspectCatalog(state, { parts: [] }, {});
  return { epoch, exists: contents !== null, fields: [], change, contents: contents ?? [] };
}

/** Takes over what a statement has changed: settings, with events of them and of tables. */
export async function afterStatement(
  state: SessionState,
  { info, text }: { readonly info: StatementInfo; readonly text: SqlText },
  before: BeforeStatement | null,
): Promise<void> {
  const { prepared } = info;
  if (info.verb === "PREPARE" && prepared !== null) await adoptStatement(state, prepared, text);
  if (info.verb === "DEALLOCATE" && prepared !== null) state.statements.drop(prepared);
  if (info.verb === "SET" || info.verb === "RESET") {
    const changes = state.changeSettings(await reportedSettings(state, {}));
    for (const change of changes) state.hooks.emit("setting.changed", change);
  }
  if (before === null) return;
  for (const name of info.writes) await tellChange(state, name, before);
}

/** With IF EXISTS and IF NOT EXISTS a statement may have done nothing; then the epoch stands. */
async function tellChange(state: SessionState, name: string, before: BeforeStatement): Promise<void> {
  const { action, object } = before.change;
  const { epoch } = await inspectCatalog(state, { parts: [] }, {});
  if (epoch === before.epoch) return;
  if (action === "drop") {
    for (const inside of before.contents) state.hooks.emit("table.dropped", { name: inside.name, object: inside.kind });
    if (object !== "schema" || before.exists) state.hooks.emit("table.dropped", { name, object });
    return;
  }
  const { fields } = await tableState(state, objectName(name), {});
  await tellRegistered(state, { name, object, fields, replaced: before.exists });
}
