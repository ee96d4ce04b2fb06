import { sessionError } from "./errors.ts";

/**
 * Parts of the name of a table or view: one to three, between dots. A part in double quotes may hold dots; a doubled
 * quote in it is a quote. Case is kept as it is.
 *
 * Throws `SQL.PARSE_ERROR` for a text that is no name.
 *
 * @example
 * objectName('views."a.b"'); // ["views", "a.b"]
 */
export function objectName(text: string): readonly string[] {
  const part = /"(?:[^"]|"")+"|[^".]+/gy;
  const parts: string[] = [];
  for (;;) {
    const match = part.exec(text);
    const end = part.lastIndex;
    if (match === null || parts.length === 3) throw notAName(text);
    parts.push(unquoted(match[0]));
    if (end === text.length) return parts;
    if (text[end] !== ".") throw notAName(text);
    part.lastIndex = end + 1;
  }
}

function unquoted(text: string): string {
  return text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text;
}

function notAName(text: string): Error {
  return sessionError(
    "SQL.PARSE_ERROR",
    `${JSON.stringify(text)} is not the name of a table: write table, schema.table or catalog.schema.table, and put a ` +
      "part that has a dot or a quote into double quotes.",
    { details: {} },
  );
}

/** The text of a name that {@link objectName} reads back into these parts. */
export function nameText(parts: readonly string[]): string {
  return parts.map((part) => (/^[^".]+$/.test(part) ? part : `"${part.replaceAll('"', '""')}"`)).join(".");
}
