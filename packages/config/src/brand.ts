import { blindCast } from "./casts.ts";
import { invalidIdentifier } from "./config-errors.ts";

declare const brand: unique symbol;

/** A `T` that went through the parser of `Name`; plain values of `T` are not assignable to it. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** Id of a session. */
export type SessionId = Brand<string, "SessionId">;

/** Id of one statement or query. */
export type QueryId = Brand<string, "QueryId">;

/** Id of a run: work of a program that belongs together. */
export type RunId = Brand<string, "RunId">;

const idPattern = /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}$/;

function checkedId(kind: string, text: string): string {
  if (idPattern.test(text)) return text;
  throw invalidIdentifier(kind, text, "use 1 to 128 letters, digits or _ . : - and start with a letter or a digit");
}

/**
 * Takes a text as a session id. Throws `CONFIG.INVALID_IDENTIFIER`.
 *
 * @example
 * toSessionId("s-1"); // "s-1"
 * toSessionId(""); // throws CONFIG.INVALID_IDENTIFIER
 */
export function toSessionId(text: string): SessionId {
  return blindCast<SessionId, "the id pattern was checked">(checkedId("session id", text));
}

/**
 * Takes a text as a query id. Throws `CONFIG.INVALID_IDENTIFIER`.
 *
 * @example
 * toQueryId("q-1"); // "q-1"
 * toQueryId("q 1"); // throws CONFIG.INVALID_IDENTIFIER
 */
export function toQueryId(text: string): QueryId {
  return blindCast<QueryId, "the id pattern was checked">(checkedId("query id", text));
}

/**
 * Takes a text as a run id. Throws `CONFIG.INVALID_IDENTIFIER`.
 *
 * @example
 * toRunId("r-1"); // "r-1"
 * toRunId("r 1"); // throws CONFIG.INVALID_IDENTIFIER
 */
export function toRunId(text: string): RunId {
  return blindCast<RunId, "the id pattern was checked">(checkedId("run id", text));
}
