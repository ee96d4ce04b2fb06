import { isSecretKey } from "@deltafuse/config/secret";

const parsedText = /\b(for type \w+: |the text )"(?:[^"\\]|\\.)*"/g;
const typeToken = /\b(Error unknown token: )\S+/g;
const sqlLiteral = /(?<![\p{L}\p{N}_])'(?:[^']|'')*'(?![\p{L}\p{N}_])/gu;
const engineLiteral = /\b((?:Large)?(?:Utf8|Binary)(?:View)?)\("(?:[^"\\]|\\.)*"\)/g;

/** Columns of text that quotes what failed. */
export const messageColumns: ReadonlySet<string> = new Set(["error_message", "message"]);

/** Names that were looked at: those of settings come with every session. */
const judged = new Map<string, boolean>();
const mostJudged = 1024;
const longestJudged = 128;

/** Whether a name is the name of a secret in records: config's list, connection strings, and `sas` and `bearer`. */
export function isSecretName(name: string): boolean {
  const known = judged.get(name);
  if (known !== undefined) return known;
  const isSecret = looksSecret(name);
  if (judged.size < mostJudged && name.length <= longestJudged) judged.set(name, isSecret);
  return isSecret;
}

function looksSecret(name: string): boolean {
  if (isSecretKey(name)) return true;
  const snake = name.replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2").replaceAll(/[^A-Za-z0-9]+/g, "_");
  return /connection_string|(?:^|_)(?:sas|bearer)(?:_|$)/i.test(snake);
}

/**
 * Replaces what an error message quotes from SQL text or from data: `'…'` becomes `'?'`, `Utf8("…")` becomes `Utf8(?)`,
 * `the text "…"` becomes `the text "?"`. Other text in double quotes and backticks, where names stand, is kept.
 */
export function withoutLiterals(text: string): string {
  return text
    .replaceAll(engineLiteral, "$1(?)")
    .replaceAll(parsedText, '$1"?"')
    .replaceAll(typeToken, "$1?")
    .replaceAll(sqlLiteral, "'?'");
}
