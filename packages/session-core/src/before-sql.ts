import type { AbortableOptions } from "@deltafuse/config/abort";
import { encodeParameters } from "./parameters.ts";
import type { QueryRun } from "./query-run.ts";
import type { SqlText } from "./sql-text.ts";

/**
 * Asks the interceptors of `beforeSql` about a text. What they replaced is checked as what a caller gives: parameters are
 * encoded again, and the text, its policy and its parameters are checked by whoever plans it.
 *
 * Rejects with the `HOOKS.*` codes of interceptors and as `encodeParameters` throws.
 */
export async function interceptedSql(text: SqlText, run: QueryRun, options: AbortableOptions): Promise<SqlText> {
  if (!run.hooks.asks("beforeSql")) return text;
  const { sql, source, policy, tables } = text;
  const label = run.label?.name ?? null;
  const tags = run.label?.tags ?? {};
  const question = { sql, source, parameters: text.given ?? null, policy, label, tags };
  const answer = await run.hooks.ask("beforeSql", question, options);
  if (answer === question) return text;
  if (answer.label !== label || answer.tags !== tags) {
    run.relabel(answer.label === null ? undefined : { name: answer.label, tags: answer.tags });
  }
  const given = answer.parameters ?? undefined;
  return { sql: answer.sql, source, given, parameters: encodeParameters(given), tables, policy: answer.policy };
}
