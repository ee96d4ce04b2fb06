import { DeltaFuseError } from "@deltafuse/config/errors";
import type { ErrorDetails } from "@deltafuse/config/errors";

/** Codes of the native extension: binding and panics, failures while a plan runs, object stores. */
export type NativeErrorCode =
  | "NATIVE.BAD_REQUEST"
  | "NATIVE.CANCELLED"
  | "NATIVE.CLOSED"
  | "NATIVE.FEATURE_UNAVAILABLE"
  | "NATIVE.LOAD_FAILED"
  | "NATIVE.PANIC"
  | "NATIVE.RUNTIME_STARTED"
  | "NATIVE.SETTINGS_REJECTED"
  | "NATIVE.SOURCE_FAILED"
  | "ENGINE.ARROW"
  | "ENGINE.CAST_FAILED"
  | "ENGINE.EXECUTION"
  | "ENGINE.INTERNAL"
  | "ENGINE.NOT_IMPLEMENTED"
  | "ENGINE.PARQUET"
  | "ENGINE.RESOURCES_EXHAUSTED"
  | "ENGINE.SCHEMA"
  | "STORE.ALREADY_EXISTS"
  | "STORE.NOT_FOUND"
  | "STORE.OTHER"
  | "STORE.PERMISSION_DENIED"
  | "STORE.PRECONDITION"
  | "STORE.TIMEOUT"
  | "STORE.UNAUTHENTICATED"
  | "STORE.UNAVAILABLE";

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
  | "path"
  | "url_table"
  | "parameter_name"
  | "size"
  | "locked_setting";

/** Details of each code of this package. Members that the engine adds (`queryId`, `label`, `stage`) come besides. */
export interface SessionErrorDetails {
  readonly "SESSION.CONTRACT_MISMATCH": {
    readonly expected: number;
    readonly actual: number | null;
    readonly missing: readonly string[];
    readonly path: string | null;
  };
  readonly "SESSION.EXTENSION_DUPLICATE": { readonly extension: string };
  readonly "SESSION.EXTENSION_ORDER": {
    readonly extension: string;
    readonly requires: string;
    readonly problem: "missing" | "later";
  };
  readonly "SESSION.EXTENSION_CONFLICT": {
    readonly kind: string;
    readonly name: string;
    readonly extensions: readonly string[];
  };
  readonly "SESSION.STEP_CYCLE": { readonly steps: readonly string[] };
  readonly "SESSION.INSTALL_FAILED": { readonly phase: string; readonly step: string };
  readonly "SESSION.SETTING_NOT_APPLIED": {
    readonly key: string;
    readonly requested: string | null;
    readonly effective: string | null;
  };
  readonly "SESSION.READ_ONLY": { readonly operation: string };
  readonly "SESSION.OBJECT_EXISTS": { readonly kind: string; readonly name: string };
  readonly "SESSION.OBJECT_NOT_FOUND": { readonly kind: string; readonly name: string };
  readonly "SESSION.CLOSED": { readonly sessionId: string };
  readonly "SQL.PARSE_ERROR": { readonly line?: number; readonly column?: number; readonly hint?: string };
  readonly "SQL.PLAN_ERROR": { readonly candidates?: readonly string[] };
  readonly "SQL.TYPE_UNKNOWN": { readonly text: string; readonly nearest: string | null };
  readonly "SQL.STATEMENT_UNSUPPORTED": { readonly statement: string; readonly use: string | null };
  readonly "SQL.NOT_A_QUERY": { readonly statement: string };
  readonly "SQL.POLICY_VIOLATION": {
    readonly violation: PolicyViolation;
    readonly statementKind: string;
    readonly policy: string;
    readonly object?: string;
  };
  readonly "SQL.PARAMETER_MIXED": { readonly positional: readonly string[]; readonly named: readonly string[] };
  readonly "SQL.PARAMETER_MISSING": { readonly names: readonly string[] };
  readonly "SQL.PARAMETER_UNUSED": { readonly names: readonly string[] };
  readonly "SQL.PARAMETER_TYPE": { readonly name: string; readonly expected?: string; readonly given: string };
  readonly "SQL.PARAMETER_NAME": { readonly parameter: string };
  readonly "FRAME.UNKNOWN_COLUMN": {
    readonly column: string;
    readonly step: number;
    readonly candidates: readonly string[];
  };
  readonly "FRAME.DUPLICATE_COLUMN": { readonly column: string; readonly step?: number };
  readonly "FRAME.TYPE_MISMATCH": { readonly step?: number };
  readonly "FRAME.FOREIGN_SESSION": { readonly sessionId: string; readonly otherSessionId: string };
  readonly "QUERY.RESULT_TOO_LARGE": {
    readonly limit: number;
    readonly seen: number;
    readonly unit: "rows" | "bytes";
  };
  readonly "QUERY.STREAM_CONSUMED": { readonly queryId: string };
  readonly "ROWS.UNSAFE_INTEGER": { readonly column: string; readonly row: number | null; readonly value: string };
  readonly "ROWS.DUPLICATE_NAME": { readonly name: string; readonly parent: string | null };
  readonly "ROWS.TYPE_UNSUPPORTED": { readonly path: string; readonly type: string };
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
  "QUERY.RESULT_TOO_LARGE",
  "QUERY.STREAM_CONSUMED",
  "ROWS.DUPLICATE_NAME",
  "ROWS.TYPE_UNSUPPORTED",
  "ROWS.UNSAFE_INTEGER",
  "ROWS.VALUE_INVALID",
  "SESSION.CLOSED",
  "SESSION.CONTRACT_MISMATCH",
  "SESSION.EXTENSION_CONFLICT",
  "SESSION.EXTENSION_DUPLICATE",
  "SESSION.EXTENSION_ORDER",
  "SESSION.INSTALL_FAILED",
  "SESSION.OBJECT_EXISTS",
  "SESSION.OBJECT_NOT_FOUND",
  "SESSION.READ_ONLY",
  "SESSION.SETTING_NOT_APPLIED",
  "SESSION.STEP_CYCLE",
  "SQL.NOT_A_QUERY",
  "SQL.PARAMETER_MISSING",
  "SQL.PARAMETER_MIXED",
  "SQL.PARAMETER_NAME",
  "SQL.PARAMETER_TYPE",
  "SQL.PARAMETER_UNUSED",
  "SQL.PARSE_ERROR",
  "SQL.PLAN_ERROR",
  "SQL.POLICY_VIOLATION",
  "SQL.STATEMENT_UNSUPPORTED",
  "SQL.TYPE_UNKNOWN",
  "STORE.ALREADY_EXISTS",
  "STORE.NOT_FOUND",
  "STORE.OTHER",
  "STORE.PERMISSION_DENIED",
  "STORE.PRECONDITION",
  "STORE.TIMEOUT",
  "STORE.UNAUTHENTICATED",
  "STORE.UNAVAILABLE",
];

/** Makes an error of this package. Modules prefer the factory of their code. */
export function sessionError<Code extends SessionErrorCode>(
  code: Code,
  message: string,
  more: { readonly details: SessionDetails<Code>; readonly cause?: unknown },
): SessionError<Code> {
  return new SessionError({ code, message, details: more.details, cause: more.cause });
}
