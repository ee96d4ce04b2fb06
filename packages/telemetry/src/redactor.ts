import { type CanonicalValue, canonicalJson } from "@deltafuse/config/canonical-json";
import { blindCast } from "@deltafuse/config/casts";
import { redactedText } from "@deltafuse/config/secret";
import { redactText } from "@deltafuse/config/secret-text";
import type { Column, ColumnType } from "./column-notation.ts";
import type { RecordBody, RecordDefinition, RecordValue } from "./record.ts";
import { isSecretName, messageColumns, withoutLiterals } from "./secret-text.ts";
import { parseStoredJson } from "./stored-json.ts";

/** What is removed from records before they are hashed, kept or sent. */
export interface RedactionPolicy {
  /** Names of secrets besides the built-in ones (`secret`, `token`, `password`, …), compared exactly. */
  readonly keys?: readonly string[];
  /** Names that are not secrets although they look like one, compared exactly. */
  readonly allowKeys?: readonly string[];
  /** Query keys of URLs whose values stay. Default `versionId`. */
  readonly allowQueryKeys?: readonly string[];
  /** SQL text in records: with every literal as `?`, or none. Default `sanitized`. */
  readonly sql?: "none" | "sanitized";
  /** Texts of plans in records: none, or as they are, with the literals of the query. Default `none`. */
  readonly plans?: "none" | "raw";
}

/** Removes secrets. Everything it does is idempotent. */
export interface Redactor {
  /** Whether a name is the name of a secret. */
  isSecret(name: string): boolean;
  /** Free text: secrets by their form, URLs, length. */
  text(text: string): string;
  /** The message of an error: as free text, and without quoted literals. */
  message(text: string): string;
  /** Map entries: values of secret names, then free text; at most 500 entries. */
  entries(entries: Readonly<Record<string, string>>): Readonly<Record<string, string>>;
  /** Canonical JSON text: by names and free text at every depth. */
  json(text: string): string;
  /** The body of a valid record: complete (absent columns are null), redacted and deep-frozen. */
  body(definition: RecordDefinition, body: object): RecordBody;
}

/** The redaction that applies when no policy is given. */
export const defaultRedaction: Required<RedactionPolicy> = Object.freeze({
  keys: [],
  allowKeys: [],
  allowQueryKeys: ["versionId"],
  sql: "sanitized",
  plans: "none",
});

const maxTextLength = 8192;
const maxJsonLength = 65_536;
const maxListLength = 200;
const maxEntries = 500;
const maxDepth = 8;

/** A half of a pair, or a pair: cheaper to look for than a half alone. */
const surrogate = /[\uD800-\uDFFF]/;

function cut(text: string): string {
  if (text.length <= maxTextLength) return text;
  let kept = maxTextLength - `…[+${text.length}]`.length;
  if (/[\uD800-\uDBFF]/.test(text.charAt(kept - 1))) kept -= 1;
  return `${text.slice(0, kept)}…[+${text.length - kept}]`;
}

const maxPasses = 8;

function untilStable(text: string, pass: (text: string) => string): string {
  let clean = text;
  for (let passes = 0; passes < maxPasses; passes += 1) {
    const next = pass(clean);
    if (next === clean) return clean;
    clean = next;
  }
  return clean;
}

class PolicyRedactor implements Redactor {
  readonly #policy: Required<RedactionPolicy>;
  readonly #keys: ReadonlySet<string>;
  readonly #allowKeys: ReadonlySet<string>;
  readonly #cleanText: (text: string) => string;

  constructor(policy: RedactionPolicy) {
    this.#policy = { ...defaultRedaction, ...policy };
    this.#keys = new Set(this.#policy.keys);
    this.#allowKeys = new Set(this.#policy.allowKeys);
    const rules = { isSecret: (name: string) => this.isSecret(name), allowQueryKeys: this.#policy.allowQueryKeys };
    this.#cleanText = (text) => cut(redactText(text, rules));
  }

  isSecret(name: string): boolean {
    if (this.#allowKeys.has(name)) return false;
    return this.#keys.has(name) || isSecretName(name);
  }

  text(text: string): string {
    const wellFormed = surrogate.test(text) ? text.replaceAll(/\p{Surrogate}/gu, "\uFFFD") : text;
    // What is replaced may complete another pattern, and cutting may leave half of one.
    return untilStable(wellFormed, this.#cleanText);
  }

  message(text: string): string {
    return untilStable(text.slice(0, 2 * maxTextLength), (current) => this.text(withoutLiterals(current)));
  }

  entries(entries: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
    const kept = Object.entries(entries).slice(0, maxEntries);
    return Object.freeze(
      Object.fromEntries(
        kept.map(([name, value]) => [this.text(name), this.isSecret(name) ? redactedText : this.text(value)]),
      ),
    );
  }

  json(text: string): string {
    const clean = canonicalJson(this.#jsonValue(parseStoredJson(text), 0));
    return clean.length <= maxJsonLength ? clean : canonicalJson({ omittedCharacters: clean.length });
  }

  body(definition: RecordDefinition, body: object): RecordBody {
    const members = blindCast<RecordBody, "a valid body, read by the names of its columns">(body);
    return this.#struct(definition.fields, members, { ...definition.empty });
  }

  #jsonValue(value: CanonicalValue, depth: number): CanonicalValue {
    if (typeof value === "string") return this.text(value);
    if (typeof value !== "object" || value === null) return value;
    if (depth >= maxDepth) return "…";
    if (isList(value)) return value.slice(0, maxListLength).map((item) => this.#jsonValue(item, depth + 1));
    const members: [string, CanonicalValue][] = [];
    for (const [name, member] of Object.entries(value).slice(0, maxEntries)) {
      if (member === undefined) continue;
      const isHidden = member !== null && this.isSecret(name);
      members.push([this.text(name), isHidden ? redactedText : this.#jsonValue(member, depth + 1)]);
    }
    return Object.fromEntries(members);
  }

  #struct(columns: readonly Column[], members: RecordBody, clean: Record<string, RecordValue>): RecordBody {
    // A pair of a name and its value, as the entries of settings.
    const name = members["key"];
    const isHidden = typeof name === "string" && this.isSecret(name);
    for (const column of columns) {
      const value = members[column.member] ?? null;
      const isSecretText = typeof value === "string" && isHidden && /^(?:value|requested)$/.test(column.name);
      clean[column.member] = isSecretText ? redactedText : this.#column(column, value);
    }
    return Object.freeze(clean);
  }

  #column(column: Column, value: RecordValue): RecordValue {
    if (typeof value !== "string") return value === null ? null : this.#value(column.type, value);
    if (column.name === "sql_text" && this.#policy.sql === "none") return null;
    if (column.name === "plan_text" && this.#policy.plans === "none") return null;
    if (column.name.endsWith("_json")) return this.json(value);
    return messageColumns.has(column.name) ? this.message(value) : this.text(value);
  }

  #value(type: ColumnType, value: RecordValue): RecordValue {
    if (typeof value === "string") return this.text(value);
    if (typeof value !== "object" || value === null) return value;
    if (isList(value)) return this.#list(type, value);
    return type.type === "struct" ? this.#struct(type.columns, value, {}) : this.entries(strings(value));
  }

  #list(type: ColumnType, list: readonly RecordValue[]): RecordValue {
    if (type.type !== "list") return null;
    return Object.freeze(list.slice(0, maxListLength).map((item) => this.#value(type.item, item)));
  }
}

function isList<T>(value: T | readonly T[]): value is readonly T[] {
  return Array.isArray(value);
}

function strings(value: RecordBody): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, typeof member === "string" ? member : ""]),
  );
}

/**
 * Makes a redactor. Members that the policy leaves out are those of {@link defaultRedaction}.
 *
 * @example
 * createRedactor().text("s3://me:pw@bucket/t?sig=abc"); // "s3://bucket/t?sig=[redacted]"
 * createRedactor({ keys: ["region"] }).isSecret("region"); // true
 */
export function createRedactor(policy: RedactionPolicy = {}): Redactor {
  return new PolicyRedactor(policy);
}
