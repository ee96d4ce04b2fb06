/** One token of a type text. */
export interface TypeToken {
  readonly kind: "word" | "number" | "text" | "mark" | "end";
  /** The word, the digits, the unquoted text or the mark; empty at the end. */
  readonly text: string;
  /** Position of its first character. */
  readonly start: number;
}

const pattern =
  /\s*(?:(non-null\b|[\p{L}_][\p{L}\p{N}_]*)|(-?\d+)|"((?:[^"\\]|""|\\.)*)"|'((?:[^'\\]|''|\\.)*)'|([<>()[\]{},:!=/+.-]))/guy;

function unquoted(body: string, quote: string): string {
  return body.replaceAll(quote + quote, quote).replaceAll(/\\(.)/gu, "$1");
}

function tokenOf(match: RegExpMatchArray): Omit<TypeToken, "start"> {
  const [, word, digits, double, single, mark] = match;
  if (word !== undefined) return { kind: "word", text: word };
  if (digits !== undefined) return { kind: "number", text: digits };
  if (double !== undefined) return { kind: "text", text: unquoted(double, '"') };
  if (single !== undefined) return { kind: "text", text: unquoted(single, "'") };
  return { kind: "mark", text: mark ?? "" };
}

/** Splits a type text into tokens, the last one of kind `end`. Null when a character fits no token. */
export function lexTypeText(text: string): readonly TypeToken[] | null {
  const source = text.trimEnd();
  const tokens: TypeToken[] = [];
  let position = 0;
  for (const match of source.matchAll(pattern)) {
    const start = match.index + (match[0].length - match[0].trimStart().length);
    tokens.push({ ...tokenOf(match), start });
    position = match.index + match[0].length;
  }
  return position === source.length ? [...tokens, { kind: "end", text: "", start: position }] : null;
}
