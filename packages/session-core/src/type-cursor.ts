import { typeUnknown } from "./statement-errors.ts";
import { lexTypeText } from "./type-lexer.ts";
import type { TypeToken } from "./type-lexer.ts";
import { normalName } from "./type-names.ts";

const closing: Readonly<Record<string, string>> = { "<": ">", "(": ")" };

/** Walks the tokens of one type text. A method that answers a boolean takes the token when it answers true. */
export interface TypeCursor {
  readonly text: string;
  readonly next: TypeToken;
  take(): TypeToken;
  mark(mark: string): boolean;
  /** A word in normal form (without case and underscores). */
  word(word: string): boolean;
  /** All of these marks and words in a row. */
  run(texts: readonly string[]): boolean;
  name(): string;
  integer(): number;
  expect(mark: string): void;
  /** Reads what stands between `<` and `>` or `(` and `)`. */
  inside<T>(read: () => T): T;
  readonly opens: boolean;
  readonly closes: boolean;
  /** Looks the next word or number up. */
  choice<T>(table: Readonly<Record<string, T>>, what: string): T;
  /** Throws `SQL.TYPE_UNKNOWN` with this reason. */
  fail(reason: string): never;
}

class Cursor implements TypeCursor {
  readonly text: string;
  readonly #tokens: readonly TypeToken[];
  #position = 0;

  constructor(text: string, tokens: readonly TypeToken[]) {
    this.text = text;
    this.#tokens = tokens;
  }

  get next(): TypeToken {
    return this.#at(0);
  }

  #at(distance: number): TypeToken {
    return this.#tokens[this.#position + distance] ?? { kind: "end", text: "", start: this.text.length };
  }

  take(): TypeToken {
    const token = this.next;
    this.#position += 1;
    return token;
  }

  mark(mark: string): boolean {
    if (this.next.kind !== "mark" || this.next.text !== mark) return false;
    this.#position += 1;
    return true;
  }

  word(word: string): boolean {
    if (this.next.kind !== "word" || normalName(this.next.text) !== word) return false;
    this.#position += 1;
    return true;
  }

  run(texts: readonly string[]): boolean {
    const matches = texts.every((text, index) => {
      const token = this.#at(index);
      return token.text === text && (token.kind === "mark" || token.kind === "word");
    });
    if (matches) this.#position += texts.length;
    return matches;
  }

  name(): string {
    const token = this.take();
    if (token.kind !== "word" && token.kind !== "text") this.fail("a name is missing");
    return token.text;
  }

  integer(): number {
    const token = this.take();
    if (token.kind !== "number") this.fail("a number is missing");
    return Number(token.text);
  }

  expect(mark: string): void {
    if (!this.mark(mark)) this.fail(`${mark} is missing`);
  }

  inside<T>(read: () => T): T {
    const open = this.take();
    const close = open.kind === "mark" ? closing[open.text] : undefined;
    if (close === undefined) this.fail("the part in brackets is missing");
    const value = read();
    this.expect(close);
    return value;
  }

  get opens(): boolean {
    return this.next.kind === "mark" && this.next.text in closing;
  }

  get closes(): boolean {
    return (
      this.next.kind === "end" || (this.next.kind === "mark" && (this.next.text === ")" || this.next.text === ">"))
    );
  }

  choice<T>(table: Readonly<Record<string, T>>, what: string): T {
    const { text } = this.take();
    const name = normalName(text);
    const value = Object.hasOwn(table, name) ? table[name] : undefined;
    if (value === undefined) this.fail(`${text === "" ? "the end" : text} is not ${what}`);
    return value;
  }

  fail(reason: string): never {
    throw typeUnknown(this.text, reason, null);
  }
}

/** Starts at the first token. Throws `SQL.TYPE_UNKNOWN` when a character belongs to no token. */
export function typeCursor(text: string): TypeCursor {
  const tokens = lexTypeText(text);
  if (tokens === null) throw typeUnknown(text, "it has a character that no type has", null);
  return new Cursor(text, tokens);
}
