import { catalogChange } from "./before-register.ts";
import { frameReplySchema } from "./native-session.ts";
import { objectName } from "./object-name.ts";
import { adoptStatement } from "./prepared.ts";
import { type TableState, tableState, tellRegistered } from "./session-catalog.ts";
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

/** What a statement will change of the catalog, read before it runs; null when it changes no table. */
export async function beforeStatement(state: SessionState, info: StatementInfo): Promise<TableState | null> {
  const [name] = info.writes;
  if (name === undefined || catalogChange(info.verb) === undefined) return null;
  return tableState(state, objectName(name), {});
}

/** Takes over what a statement has changed: settings, with events of them and of tables. */
export async function afterStatement(
  state: SessionState,
  { info, text }: { readonly info: StatementInfo; readonly text: SqlText },
  before: TableState | null,
): Promise<void> {
  const { prepared } = info;
  if (info.verb === "PREPARE" && prepared !== null) await adoptStatement(state, prepared, text);
  if (info.verb === "DEALLOCATE" && prepared !== null) state.statements.drop(prepared);
  if (info.verb === "SET" || info.verb === "RESET") {
    const changes = state.changeSettings(await reportedSettings(state, {}));
    for (const change of changes) state.hooks.emit("setting.changed", change);
  }
  if (before === null) return;
  for (const name of info.writes) await tellTable(state, { name, verb: info.verb, before });
}

interface Change {
  readonly name: string;
  readonly verb: string;
  readonly before: TableState;
}

/** With IF EXISTS and IF NOT EXISTS a statement may have done nothing; then the epoch stands. */
async function tellTable(state: SessionState, { name, verb, before }: Change): Promise<void> {
  const parts = objectName(name);
  const after = await tableState(state, parts, {});
  if (after.epoch === before.epoch) return;
  const change = catalogChange(verb);
  if (change === undefined) return;
  const { action, object } = change;
  if (action === "drop") {
    state.hooks.emit("table.dropped", { name, object });
    return;
  }
  const table = await state.call({ entrypoint: "session.table", request: { name: parts }, reply: frameReplySchema });
  table.handle?.close();
  await tellRegistered(state, { name, object, fields: table.body.fields, replaced: before.exists });
}
