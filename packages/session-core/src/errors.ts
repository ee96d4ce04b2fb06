import { DeltaFuseError } from "@deltafuse/config/errors";
import type { ErrorDetails } from "@deltafuse/config/errors";

/** Codes of the native extension: binding and panics, failures while a plan runs, object stores. */
export type NativeErrorCode =
  /**
   * The extension was sent a request it does not understand. Give the member at `details.path` a value that the API
   * allows; if it has one, report a bug.
   */
  | "NATIVE.BAD_REQUEST"
  /**
   * Native work was stopped on request. Nothing is to be done; calls with a signal reject with the signal's own reason.
   */
  | "NATIVE.CANCELLED"
  /** A native object was used after it was closed. Close it after its last use. */
  | "NATIVE.CLOSED"
  /** The extension was built without a feature that the call needs. Build it with the feature in `details.feature`. */
  | "NATIVE.FEATURE_UNAVAILABLE"
  /**
   * The native extension could not be loaded. Build it for this platform with `npm run build`; the cause says what
   * failed.
   */
  | "NATIVE.LOAD_FAILED"
  /** A bug in the extension stopped the call; the process and other sessions go on. Please report it with `details`. */
  | "NATIVE.PANIC"
  /** `configureRuntime` came too late, since the threads run already. Call it before the first session is opened. */
  | "NATIVE.RUNTIME_STARTED"
  /** The engine refused settings. Correct every one in `details.settings`. */
  | "NATIVE.SETTINGS_REJECTED"
  /**
   * The program's own data source failed, or can be read only once and was read already. See the cause, or give the
   * data again.
   */
  | "NATIVE.SOURCE_FAILED"
  /** Arrow data could not be computed or decoded. See the cause. */
  | "ENGINE.ARROW"
  /**
   * A value does not fit the type it is cast to. Correct it, cast to a wider type, or use `try_cast` for null instead.
   */
  | "ENGINE.CAST_FAILED"
  /**
   * A query failed while it ran, for example by a division by zero. Correct the query or the data as the message says.
   */
  | "ENGINE.EXECUTION"
  /** An assumption of the engine did not hold; this is a bug. Please report it with the query. */
  | "ENGINE.INTERNAL"
  /** The engine does not have what the query needs. Write it in another way. */
  | "ENGINE.NOT_IMPLEMENTED"
  /** A Parquet file could not be read or written. Replace the damaged file, or leave it out. */
  | "ENGINE.PARQUET"
  /**
   * A query needs more memory or spill space than the profile allows. Raise the limit, allow spilling, or select less.
   */
  | "ENGINE.RESOURCES_EXHAUSTED"
  /** Columns were found that differ from what was planned. Register the data again, or correct the file. */
  | "ENGINE.SCHEMA"
  /** A file or object is there already. Write elsewhere, or remove it. */
  | "STORE.ALREADY_EXISTS"
  /** A file or object is not there. Correct the location; if it was there at registration, register the data again. */
  | "STORE.NOT_FOUND"
  /** Storage failed in a way of its own. See the message and the cause. */
  | "STORE.OTHER"
  /** Storage does not permit the access. Give the process the right to read or write there. */
  | "STORE.PERMISSION_DENIED"
  /** A file or object changed in between. Run the operation again. */
  | "STORE.PRECONDITION"
  /** Storage did not answer in time. Run the operation again. */
  | "STORE.TIMEOUT"
  /** Storage does not accept the credentials. Correct them. */
  | "STORE.UNAUTHENTICATED";

/** Which rule of the SQL policy a statement broke. */
export type PolicyViolation =
  | "ddl"
  | "dml"
  | "copy"
  | "statement"
  | "explain_analyze"
  | "named_arguments"
  | "multi_statement"
  | "function"
  | "volatile_function"
  | "path"
  | "url_table"
  | "parameter_name"
  | "size"
  | "locked_setting";

/** Details of each code of this package. Members that the engine adds (`queryId`, `label`, `stage`) come besides. */
export interface SessionErrorDetails {
  /**
   * The native extension is another build than these packages need. Build it again with `npm run build`, or install
   * packages of one version.
   */
  readonly "SESSION.CONTRACT_MISMATCH": {
    readonly expected: number;
    readonly actual: number | null;
    readonly missing: readonly string[];
    readonly path: string | null;
  };
  /** An extension is listed twice. Pass each extension once. */
  readonly "SESSION.EXTENSION_DUPLICATE": { readonly extension: string };
  /** An extension requires another one that is missing or stands behind it. Put the required one in front. */
  readonly "SESSION.EXTENSION_ORDER": {
    readonly extension: string;
    readonly requires: string;
    readonly problem: "missing" | "later";
  };
  /** Two extensions contribute one thing differently. Remove one of them, or make them agree. */
  readonly "SESSION.EXTENSION_CONFLICT": {
    readonly kind: string;
    readonly name: string;
    readonly extensions: readonly string[];
  };
  /** There is no rule, or no native part that an extension names, of that name. Correct the name; `details.nearest` is the nearest. */
  readonly "SESSION.RULE_UNKNOWN": { readonly kind: string; readonly name: string; readonly nearest: string | null };
  /** An extension contributes something with a value that it cannot have. Correct the member at `details.path`. */
  readonly "SESSION.RULE_OPTIONS": { readonly extension: string; readonly path: string };
  /** Install steps wait for each other. Remove one `after` of them. */
  readonly "SESSION.STEP_CYCLE": { readonly steps: readonly string[] };
  /** A step of opening the session failed; nothing stays open. The cause says why. */
  readonly "SESSION.INSTALL_FAILED": { readonly phase: string; readonly step: string };
  /**
   * Disposers of extensions failed while a session was closed; everything else is closed. The cause is what the first of
   * them threw, `details.reasons` has the messages of all.
   */
  readonly "SESSION.DISPOSE_FAILED": { readonly extensions: readonly string[]; readonly reasons: readonly string[] };
  /** The engine uses another value than the profile asks for. Correct the value in the profile. */
  readonly "SESSION.SETTING_NOT_APPLIED": {
    readonly key: string;
    readonly requested: string | null;
    readonly effective: string | null;
  };
  /** The profile has access `read_only`, and the operation writes. Open the session with access `read_write`. */
  readonly "SESSION.READ_ONLY": { readonly operation: string };
  /** A table or view of that name exists. Choose another name, or replace it. */
  readonly "SESSION.OBJECT_EXISTS": { readonly kind: string; readonly name: string };
  /**
   * A schema has tables or views, or a catalog has schemas. Drop `details.contents` first; `DROP SCHEMA … CASCADE` drops a
   * schema with them.
   */
  readonly "SESSION.OBJECT_NOT_EMPTY": {
    readonly kind: string;
    readonly name: string;
    readonly contents: readonly string[];
  };
  /**
   * The default catalog, its default schema and its schema of views stay as long as the session, which makes tables and
   * views in them. Drop what is in them instead.
   */
  readonly "SESSION.OBJECT_REQUIRED": { readonly kind: string; readonly name: string };
  /** There is no table, view or other object of that name. Correct the name, or register it first. */
  readonly "SESSION.OBJECT_NOT_FOUND": { readonly kind: string; readonly name: string };
  /**
   * The profile asks for other cache limits than the cache scope has. Make the scope from a profile with the same limits,
   * or open the session without it.
   */
  readonly "SESSION.CACHE_CONFLICT": {
    readonly field: "cache.metadata" | "cache.listFiles" | "cache.listFilesTtl" | "cache.statistics";
    /** Bytes or milliseconds of the scope; null = entries do not expire. */
    readonly scope: number | null;
    /** Bytes or milliseconds that the profile asks for; null = entries do not expire. */
    readonly profile: number | null;
  };
  /**
   * SET or RESET in a session that others use too, or of a limit of caches that others use too. Open a session of your
   * own, or put the setting into the profile.
   */
  readonly "SESSION.SHARED_MUTATION": { readonly statement: string };
  /** A session, a cache of sessions or a cache scope was used after it was closed. Open another one. */
  readonly "SESSION.CLOSED": { readonly sessionId: string | null };
  /** The pool was closed. Open another one. */
  readonly "POOL.CLOSED": Readonly<Record<string, never>>;
  /** A pool has at least one session. Give a whole number from 1. */
  readonly "POOL.INVALID_SIZE": { readonly size: number };
  /** The session of a lease was used after the lease was given back. Acquire another one. */
  readonly "POOL.LEASE_CLOSED": { readonly lease: string };
  /**
   * A session of the pool could not be cleaned, and no other one could be opened in its place. The pool goes on without it
   * and tries again at the next `acquire`; the cause says what is wrong.
   */
  readonly "POOL.REBUILD_FAILED": { readonly slot: number; readonly reason: string };
  /** The text is not SQL. Correct it at `details.line` and `details.column`. */
  readonly "SQL.PARSE_ERROR": { readonly line?: number; readonly column?: number; readonly hint?: string };
  /**
   * A statement names what does not exist or has types that do not go together. Correct it; `details.candidates` are
   * near names.
   */
  readonly "SQL.PLAN_ERROR": { readonly candidates?: readonly string[] };
  /** A text is not the name of a type. Correct it; `details.nearest` is the nearest one. */
  readonly "SQL.TYPE_UNKNOWN": { readonly text: string; readonly nearest: string | null };
  /** The statement is performed by an extension that the session was opened without. Open it with `details.extension`. */
  readonly "SQL.EXTENSION_REQUIRED": { readonly statement: string; readonly extension: string };
  /** Nobody performs statements of this kind. Use what `details.use` names. */
  readonly "SQL.STATEMENT_UNSUPPORTED": { readonly statement: string; readonly use: string | null };
  /** `sql()` was given a statement that returns no rows. Use `execute()`. */
  readonly "SQL.NOT_A_QUERY": { readonly statement: string };
  /**
   * The SQL policy of the session forbids what the statement does. Leave it out, or open the session with a wider
   * policy.
   */
  readonly "SQL.POLICY_VIOLATION": {
    readonly violation: PolicyViolation;
    readonly statementKind: string;
    readonly policy: string;
    readonly object?: string;
  };
  /** A statement mixes positional parameters (`$1`) with named ones (`$name`). Use one form. */
  readonly "SQL.PARAMETER_MIXED": { readonly positional: readonly string[]; readonly named: readonly string[] };
  /** A statement has parameters without a value. Give a value for each of `details.names`. */
  readonly "SQL.PARAMETER_MISSING": { readonly names: readonly string[] };
  /** Values were given that the statement does not name. Leave out `details.names`. */
  readonly "SQL.PARAMETER_UNUSED": { readonly names: readonly string[] };
  /** A value cannot be passed as a parameter, or not as the type it is used as. Convert it, or state its type. */
  readonly "SQL.PARAMETER_TYPE": { readonly name: string; readonly expected?: string; readonly given: string };
  /** A prepared statement of that name exists. Choose another name, or DEALLOCATE it first. */
  readonly "SQL.PREPARED_EXISTS": { readonly name: string };
  /** There is no prepared statement of that name. PREPARE it, or declare it in the profile. */
  readonly "SQL.PREPARED_NOT_FOUND": { readonly name: string };
  /** A list of no values, which SQL cannot write. Use `sql.in()`, or leave the condition out. */
  readonly "SQL.EMPTY_LIST": Readonly<Record<string, never>>;
  /** A text cannot be the name of a parameter. Use letters, digits and `_`, not a digit in front. */
  readonly "SQL.PARAMETER_NAME": { readonly parameter: string };
  /** Rows of an iterable were to be read a second time. Give an array or a Table, or spool a frame of them. */
  readonly "SQL.TABLE_PARAMETER_CONSUMED": { readonly parameter: string };
  /**
   * A step of a frame names a column that its input does not have. Correct the name; `details.candidates` are near
   * ones.
   */
  readonly "FRAME.UNKNOWN_COLUMN": {
    readonly column: string;
    readonly step: number;
    readonly candidates: readonly string[];
  };
  /** A step of a frame would give two columns of one name. Name one of them with `alias`, or select one. */
  readonly "FRAME.DUPLICATE_COLUMN": { readonly column: string; readonly step?: number };
  /**
   * An expression has operands of types that do not go together, or was used as a JavaScript value. Cast one, and use
   * methods such as `gt` and `add`.
   */
  readonly "FRAME.TYPE_MISMATCH": { readonly step?: number };
  /** Frames of two sessions were mixed. Collect one of them and pass it with `fromArrow()`. */
  readonly "FRAME.FOREIGN_SESSION": { readonly sessionId: string; readonly otherSessionId: string };
  /** A plan is not the one that was kept as the baseline. Look at `details.diff`; keep the new plan if it is right. */
  readonly "PLAN.CHANGED": {
    readonly stages: readonly string[];
    readonly summary: string;
    /** Unified diff of the first of the stages. */
    readonly diff: string;
  };
  /** Bytes are no Substrait plan, or a damaged one. Write the plan again with its producer. */
  readonly "PLAN.SUBSTRAIT_INVALID": { readonly reason: string };
  /** A plan holds what Substrait, as the engine speaks it, cannot express. Write the query without it. */
  readonly "PLAN.SUBSTRAIT_UNSUPPORTED": { readonly reason: string };
  /** A plan reads one Delta table at two versions. Read both at one, or open each at the version you mean. */
  readonly "PLAN.VERSION_CONFLICT": { readonly table: string; readonly versions: readonly number[] };
  /** A kept plan is of a later version, or none. Read it with the version that wrote it, or keep it anew. */
  readonly "PLAN.UNKNOWN_ARTIFACT_VERSION": { readonly version: number | null; readonly newest: number };
  /** A result is larger than the limit for collecting it. Stream it, add a LIMIT, or raise the limit. */
  readonly "QUERY.RESULT_TOO_LARGE": {
    readonly limit: number;
    readonly seen: number;
    readonly unit: "rows" | "bytes";
  };
  /** A stream was read already. Run the frame again for another one. */
  readonly "QUERY.STREAM_CONSUMED": { readonly queryId: string };
  /** A result is not the one row, or the one value, that was asked for. Filter or aggregate, or take all rows. */
  readonly "QUERY.NOT_SINGLE_ROW": { readonly rows: number; readonly columns: number | null };
  /**
   * An integer beyond ±(2^53-1) is not exact as a number. Read with `values` `lossless` or `json`, or cast the column.
   */
  readonly "ROWS.UNSAFE_INTEGER": { readonly column: string; readonly row: number | null; readonly value: string };
  /**
   * Two columns have one name, which a row object cannot hold. Give one an alias, or read with `duplicateNames:
   * "suffix"`.
   */
  readonly "ROWS.DUPLICATE_NAME": { readonly name: string; readonly parent: string | null };
  /** A column has a type that this way of reading or writing does not have. Cast it, as the message advises. */
  readonly "ROWS.TYPE_UNSUPPORTED": { readonly path: string; readonly type: string };
  /** A value does not fit the type of its column. Correct the one at `details.path` and `details.row`. */
  readonly "ROWS.VALUE_INVALID": {
    readonly path: string;
    readonly row: number | null;
    readonly type: string;
    readonly actual: string;
    readonly reason: string;
  };
}

/** Codes of this package, and those of the native extension that pass through it. */
export type SessionErrorCode = keyof SessionErrorDetails | NativeErrorCode;

/** What an error with the given code tells. */
export type SessionDetails<Code extends SessionErrorCode> = Code extends keyof SessionErrorDetails
  ? SessionErrorDetails[Code]
  : ErrorDetails;

/** Error of this package or of the native extension. */
export class SessionError<Code extends SessionErrorCode = SessionErrorCode> extends DeltaFuseError<
  Code,
  SessionDetails<Code>
> {
  override readonly name = "SessionError";
}

/** The codes of {@link SessionErrorCode} as data, in alphabetical order. */
export const sessionErrorCodes: readonly SessionErrorCode[] = [
  "ENGINE.ARROW",
  "ENGINE.CAST_FAILED",
  "ENGINE.EXECUTION",
  "ENGINE.INTERNAL",
  "ENGINE.NOT_IMPLEMENTED",
  "ENGINE.PARQUET",
  "ENGINE.RESOURCES_EXHAUSTED",
  "ENGINE.SCHEMA",
  "FRAME.DUPLICATE_COLUMN",
  "FRAME.FOREIGN_SESSION",
  "FRAME.TYPE_MISMATCH",
  "FRAME.UNKNOWN_COLUMN",
  "NATIVE.BAD_REQUEST",
  "NATIVE.CANCELLED",
  "NATIVE.CLOSED",
  "NATIVE.FEATURE_UNAVAILABLE",
  "NATIVE.LOAD_FAILED",
  "NATIVE.PANIC",
  "NATIVE.RUNTIME_STARTED",
  "NATIVE.SETTINGS_REJECTED",
  "NATIVE.SOURCE_FAILED",
  "PLAN.CHANGED",
  "PLAN.SUBSTRAIT_INVALID",
  "PLAN.SUBSTRAIT_UNSUPPORTED",
  "PLAN.UNKNOWN_ARTIFACT_VERSION",
  "PLAN.VERSION_CONFLICT",
  "POOL.CLOSED",
  "POOL.INVALID_SIZE",
  "POOL.LEASE_CLOSED",
  "POOL.REBUILD_FAILED",
  "QUERY.NOT_SINGLE_ROW",
  "QUERY.RESULT_TOO_LARGE",
  "QUERY.STREAM_CONSUMED",
  "ROWS.DUPLICATE_NAME",
  "ROWS.TYPE_UNSUPPORTED",
  "ROWS.UNSAFE_INTEGER",
  "ROWS.VALUE_INVALID",
  "SESSION.CLOSED",
  "SESSION.CONTRACT_MISMATCH",
  "SESSION.DISPOSE_FAILED",
  "SESSION.EXTENSION_CONFLICT",
  "SESSION.EXTENSION_DUPLICATE",
  "SESSION.EXTENSION_ORDER",
  "SESSION.INSTALL_FAILED",
  "SESSION.OBJECT_EXISTS",
  "SESSION.OBJECT_NOT_EMPTY",
  "SESSION.OBJECT_NOT_FOUND",
  "SESSION.OBJECT_REQUIRED",
  "SESSION.READ_ONLY",
  "SESSION.RULE_OPTIONS",
  "SESSION.RULE_UNKNOWN",
  "SESSION.SETTING_NOT_APPLIED",
  "SESSION.CACHE_CONFLICT",
  "SESSION.SHARED_MUTATION",
  "SESSION.STEP_CYCLE",
  "SQL.EMPTY_LIST",
  "SQL.EXTENSION_REQUIRED",
  "SQL.NOT_A_QUERY",
  "SQL.PARAMETER_MISSING",
  "SQL.PARAMETER_MIXED",
  "SQL.PARAMETER_NAME",
  "SQL.PARAMETER_TYPE",
  "SQL.PARAMETER_UNUSED",
  "SQL.PARSE_ERROR",
  "SQL.PLAN_ERROR",
  "SQL.POLICY_VIOLATION",
  "SQL.PREPARED_EXISTS",
  "SQL.PREPARED_NOT_FOUND",
  "SQL.STATEMENT_UNSUPPORTED",
  "SQL.TABLE_PARAMETER_CONSUMED",
  "SQL.TYPE_UNKNOWN",
  "STORE.ALREADY_EXISTS",
  "STORE.NOT_FOUND",
  "STORE.OTHER",
  "STORE.PERMISSION_DENIED",
  "STORE.PRECONDITION",
  "STORE.TIMEOUT",
  "STORE.UNAUTHENTICATED",
];

/** Makes an error of this package. Modules prefer the factory of their code. */
export function sessionError<Code extends SessionErrorCode>(
  code: Code,
  message: string,
  more: { readonly details: SessionDetails<Code>; readonly cause?: unknown },
): SessionError<Code> {
  return new SessionError({ code, message, details: more.details, cause: more.cause });
}
