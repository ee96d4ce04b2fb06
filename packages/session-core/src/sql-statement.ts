import type { AbortableOptions } from "@deltafuse/config/abort";
import * as z from "@deltafuse/config/zod";
import { callNative } from "./native-call.ts";
import { loadNativeLibrary } from "./native-library.ts";

/** What a statement is, which decides the permission it needs. A query with an INSERT inside is `dml`. */
export type StatementKind = "query" | "dml" | "copy" | "ddl" | "statement" | "explain" | "command";

/** One statement of a text, read from the engine's own syntax tree. */
export interface StatementInfo {
  /** Position among the statements of the text, from 0. */
  readonly ordinal: number;
  /** Where it stands: `text.slice(start, end)`. A statement inside another one has the place of that one. */
  readonly start: number;
  readonly end: number;
  readonly kind: StatementKind;
  /** Leading words, for example `CREATE VIEW`. */
  readonly verb: string;
  /** The statement inside EXPLAIN or PREPARE, and the one that EXECUTE names. */
  readonly inner: StatementInfo | null;
  /** For EXPLAIN: `analyze` executes. */
  readonly explain: "plan" | "analyze" | null;
  /** Tables it reads, CTEs left out. */
  readonly reads: readonly string[];
  /** Tables it creates, changes or drops. */
  readonly writes: readonly string[];
  /**
   * Paths and URLs in it, each in the one form that policies compare (`normalisePath`, so without wildcards); one
   * that could mean two things as it is written.
   */
  readonly locations: readonly string[];
  /** Functions it calls, in lower case unless quoted. */
  readonly functions: readonly string[];
  /** Parameters without `$`. */
  readonly placeholders: readonly string[];
  /** Whether a call names its arguments: `f(a => 1)`. */
  readonly namedArguments: boolean;
  /** The setting of SET (a value) and RESET (null). */
  readonly setting: { readonly key: string; readonly value: string | null } | null;
  /** The name in PREPARE, EXECUTE and DEALLOCATE. */
  readonly prepared: string | null;
  /**
   * The native module whose extension performs it, such as `datasets` for COPY; null where the engine does. For INSERT,
   * UPDATE, DELETE, TRUNCATE and MERGE the table decides: null until the statement is planned.
   */
  readonly module: string | null;
  /** The text with literals replaced by `?` and without comments. */
  readonly sanitized: string;
  /** Verb and tables. */
  readonly summary: string;
}

const text = z.string();
const texts = z.array(text);
const place = z.int();

/** Shape of a statement in replies of the native extension. */
export const statementSchema: z.ZodMiniType<StatementInfo> = z.strictObject({
  ordinal: place,
  start: place,
  end: place,
  kind: z.enum(["query", "dml", "copy", "ddl", "statement", "explain", "command"]),
  verb: text,
  // Not lazy, see `fieldTypeSchema`.
  inner: z.custom<StatementInfo | null>((value) => value === null || statementSchema.safeParse(value).success),
  explain: z.nullable(z.enum(["plan", "analyze"])),
  reads: texts,
  writes: texts,
  locations: texts,
  functions: texts,
  placeholders: texts,
  namedArguments: z.boolean(),
  setting: z.nullable(z.strictObject({ key: text, value: z.nullable(text) })),
  prepared: z.nullable(text),
  module: z.nullable(text),
  sanitized: text,
  summary: text,
});

const replySchema = z.strictObject({ statements: z.array(statementSchema) });

/** Options of {@link classifySql}. */
export interface ClassifySqlOptions extends AbortableOptions {
  /** SQL dialect, as the profile's `sql.dialect`. Default: `generic`. */
  readonly dialect?: string;
}

/**
 * Parses a text with the engine's parser and says of each statement what it is and what it names. It needs no session
 * and plans nothing.
 *
 * Rejects with `SQL.PARSE_ERROR {line, column}`.
 */
export async function classifySql(sql: string, options: ClassifySqlOptions = {}): Promise<readonly StatementInfo[]> {
  const { binding } = await loadNativeLibrary();
  const { dialect } = options;
  const request = dialect === undefined ? { sql } : { sql, dialect };
  const reply = await callNative({ binding }, { entrypoint: "classifySql", request, reply: replySchema }, options);
  return reply.body.statements;
}
