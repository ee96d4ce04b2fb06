import { readFileSync } from "node:fs";

const textOf = (path: string): string => readFileSync(new URL(`../../queries/${path}`, import.meta.url), "utf8");

/** A query of a file of its own below `queries/`. */
export function queryText(path: string): string {
  return textOf(path).trim();
}

/** The queries of a file below `queries/`, by their names: each is a line `-- name`, the query, and a semicolon. */
export function namedQueries(path: string): readonly (readonly [name: string, sql: string])[] {
  return textOf(path)
    .split(/^-- /m)
    .flatMap((part) => {
      const end = part.indexOf("\n");
      const sql = part.slice(end + 1).trim();
      return sql === "" ? [] : [[part.slice(0, end).trim(), sql.replace(/;$/, "")] as const];
    });
}
