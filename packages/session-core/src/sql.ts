import { blindCast } from "@deltafuse/config/casts";
import { isFrame } from "./frame-tree.ts";
import type { TableParameter, TableParameters } from "./parameters.ts";
import { isArrowTable } from "./query-tables.ts";
import { emptyList, noIdentifier } from "./statement-errors.ts";

const pieces: unique symbol = Symbol("deltafuse.sql");

/**
 * A statement or a part of one, with its values. Only {@link sql} makes it: an object of that shape from elsewhere is data
 * like any other, never text.
 */
export interface SqlQuery {
  /** The text, with `$1`, `$2`, … where the values go. */
  readonly text: string;
  /** The values, in the order of their numbers. */
  readonly parameters: readonly unknown[];
  /** The tables, by the names they have in the text: `$1`, `$2`, … in quotes. */
  readonly tables: TableParameters;
  readonly [pieces]: Pieces;
}

/** Texts around values: one more text than values. */
interface Pieces {
  readonly texts: readonly string[];
  readonly values: readonly unknown[];
}

/** The tag {@link sql} and what goes with it. */
export interface SqlTag {
  /**
   * Values become parameters, never text; a frame or an apache-arrow Table becomes a table that only this statement sees; a
   * nested query becomes part of the text and its values are numbered anew. Do not write `$1` yourself.
   */
  (texts: TemplateStringsArray, ...values: readonly unknown[]): SqlQuery;
  /**
   * The name of a column, or of a table by its parts, in quotes: taken as it is, case included. Throws `SQL.PARSE_ERROR`
   * for an empty part.
   */
  ident(...parts: readonly string[]): SqlQuery;
  /** Values with commas between them, for `IN (…)` and VALUES. Throws `SQL.EMPTY_LIST`. */
  list(values: readonly unknown[]): SqlQuery;
  /** Whether a column, or what a query computes, is one of the values; `FALSE` without values. */
  in(name: string | SqlQuery, values: readonly unknown[]): SqlQuery;
  /** Text as it is. Never pass what comes from outside. */
  raw(text: string): SqlQuery;
}

/**
 * Writes SQL with values in it, for `session.sql` and `session.execute`.
 *
 * @example
 * const ids = [1, 2, 3];
 * const recent = sql`day >= ${new Date("2026-01-01")}`;
 * session.sql(sql`SELECT * FROM ${sql.ident("sales", "orders")} WHERE ${sql.in("id", ids)} AND ${recent}`);
 */
export const sql: SqlTag = Object.freeze(
  Object.assign((texts: TemplateStringsArray, ...values: readonly unknown[]): SqlQuery => flat({ texts, values }), {
    ident: (...parts: readonly string[]): SqlQuery => raw(identifier(parts)),
    list: (values: readonly unknown[]): SqlQuery => {
      if (values.length === 0) throw emptyList();
      return flat({ texts: ["", ...values.slice(1).map(() => ", "), ""], values });
    },
    in: (name: string | SqlQuery, values: readonly unknown[]): SqlQuery => {
      if (values.length === 0) return raw("FALSE");
      const tested = typeof name === "string" ? sql.ident(name) : name;
      return flat({ texts: ["", " IN (", ")"], values: [tested, sql.list(values)] });
    },
    raw,
  }),
);

/** Whether a value was made by {@link sql}. */
export function isSqlQuery(value: unknown): value is SqlQuery {
  return typeof value === "object" && value !== null && pieces in value;
}

function raw(text: string): SqlQuery {
  return query({ texts: [text], values: [] });
}

function identifier(parts: readonly string[]): string {
  if (parts.length === 0 || parts.some((part) => part === "" || part.includes("\0"))) throw noIdentifier(parts);
  return parts.map((part) => `"${part.replaceAll('"', '""')}"`).join(".");
}

/** Puts the pieces of nested queries in the place of their values. */
function flat({ texts, values }: Pieces): SqlQuery {
  const allTexts = [texts[0] ?? ""];
  const allValues: unknown[] = [];
  for (const [index, value] of values.entries()) {
    const next = texts[index + 1] ?? "";
    const inner = isSqlQuery(value) ? value[pieces] : { texts: ["", ""], values: [value] };
    const [first = "", ...rest] = inner.texts;
    allTexts.push(`${allTexts.pop() ?? ""}${first}`, ...rest);
    allTexts.push(`${allTexts.pop() ?? ""}${next}`);
    allValues.push(...inner.values);
  }
  return query({ texts: allTexts, values: allValues });
}

function query({ texts, values }: Pieces): SqlQuery {
  const parameters: unknown[] = [];
  const tables = new Map<TableParameter, string>();
  const [first = "", ...rest] = texts;
  let text = first;
  for (const [index, right] of rest.entries()) {
    const value = values[index];
    const place = isTable(value) ? `"${tableName(tables, value)}"` : `$${parameters.push(value)}`;
    text = `${text}${apart(text, "$")}${place}${apart("$", right)}${right}`;
  }
  const named = Object.fromEntries([...tables].map(([table, name]) => [name, table]));
  return blindCast<SqlQuery, "the key of the symbol is declared">(
    Object.freeze({
      text,
      parameters: Object.freeze(parameters),
      tables: Object.freeze(named),
      [pieces]: { texts, values },
    }),
  );
}

function isTable(value: unknown): value is TableParameter {
  return isFrame(value) || isArrowTable(value);
}

/** A table has one name, however often it is used. */
function tableName(tables: Map<TableParameter, string>, table: TableParameter): string {
  const name = tables.get(table) ?? `$${tables.size + 1}`;
  tables.set(table, name);
  return name;
}

/** A number next to a letter, a digit or another `$` would be read as one word with it. */
function apart(left: string, right: string): string {
  const one = left === "$" ? right.slice(0, 1) : left.slice(-1);
  return /[\p{L}\p{N}_$]/u.test(one) ? " " : "";
}
