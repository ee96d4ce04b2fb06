import { DeltaFuseError, type ErrorDetails, isDeltaFuseError } from "@deltafuse/config/errors";

/** A column of a source whose type is not that of the table. */
export interface TypeDifference {
  readonly column: string;
  readonly expected: string;
  readonly actual: string;
}

/** Details of each `DELTA.*` code; a member that the table's state does not tell may be absent. */
export interface DeltaErrorDetails {
  readonly "DELTA.APPEND_ONLY": ErrorDetails;
  readonly "DELTA.CLOSED": { readonly uri: string };
  readonly "DELTA.COMMIT_ATTEMPTS_EXHAUSTED": { readonly version?: number };
  readonly "DELTA.COMMIT_FAILED": ErrorDetails;
  readonly "DELTA.COMMIT_UNKNOWN": { readonly version: number };
  readonly "DELTA.CONCURRENT_APPEND": ErrorDetails;
  readonly "DELTA.CONCURRENT_DELETE_DELETE": ErrorDetails;
  readonly "DELTA.CONCURRENT_DELETE_READ": ErrorDetails;
  readonly "DELTA.CONCURRENT_TRANSACTION": ErrorDetails;
  readonly "DELTA.CONSTRAINT_VIOLATION": ErrorDetails;
  readonly "DELTA.FEATURE_UNSUPPORTED": ErrorDetails;
  readonly "DELTA.INVALID_SPEC": {
    readonly option?: string;
    readonly reason?: string;
    readonly column?: string;
    readonly property?: string;
  };
  readonly "DELTA.LOG_CORRUPT": { readonly uri?: string; readonly version?: number };
  readonly "DELTA.MERGE_AMBIGUOUS": {
    readonly keys?: readonly string[];
    /** One key that the source holds several times, as text. */
    readonly example?: Readonly<Record<string, string>>;
    readonly rows?: string;
  };
  readonly "DELTA.MERGE_NO_ACTION": ErrorDetails;
  readonly "DELTA.METADATA_CHANGED": ErrorDetails;
  readonly "DELTA.NOT_A_TABLE": { readonly uri: string };
  readonly "DELTA.PARTITION_MISMATCH": { readonly expected: readonly string[]; readonly actual: readonly string[] };
  readonly "DELTA.PIN_ON_MUTATION": { readonly operation: string; readonly uri: string; readonly version: number };
  readonly "DELTA.PREDICATE_REQUIRED": { readonly member: string };
  readonly "DELTA.PROTOCOL_CHANGED": ErrorDetails;
  readonly "DELTA.PROTOCOL_UNSUPPORTED": { readonly missing?: readonly string[] };
  readonly "DELTA.RESERVED_METADATA_KEY": { readonly key: string };
  readonly "DELTA.SCHEMA_MISMATCH": {
    readonly missing?: readonly string[];
    readonly extra?: readonly string[];
    readonly types?: readonly TypeDifference[];
  };
  readonly "DELTA.TABLE_EXISTS": { readonly uri: string; readonly concurrent?: boolean };
  readonly "DELTA.TABLE_NOT_FOUND": { readonly uri: string };
  readonly "DELTA.TYPE_UNSUPPORTED": { readonly column: string; readonly type: string };
  readonly "DELTA.VERSION_MISMATCH": { readonly expected: number; readonly actual: number | null };
  readonly "DELTA.VERSION_NOT_FOUND": {
    readonly version: number;
    readonly earliest?: number;
    readonly latest?: number;
    readonly uri?: string;
  };
}

/** Codes of this package: raised here, or by the engine. */
export type DeltaErrorCode = keyof DeltaErrorDetails;

/** Error of this package. */
export class DeltaError<Code extends DeltaErrorCode = DeltaErrorCode> extends DeltaFuseError<
  Code,
  DeltaErrorDetails[Code]
> {
  override readonly name = "DeltaError";
}

/** The codes of {@link DeltaErrorCode} as data, in alphabetical order. */
export const deltaErrorCodes: readonly DeltaErrorCode[] = [
  "DELTA.APPEND_ONLY",
  "DELTA.CLOSED",
  "DELTA.COMMIT_ATTEMPTS_EXHAUSTED",
  "DELTA.COMMIT_FAILED",
  "DELTA.COMMIT_UNKNOWN",
  "DELTA.CONCURRENT_APPEND",
  "DELTA.CONCURRENT_DELETE_DELETE",
  "DELTA.CONCURRENT_DELETE_READ",
  "DELTA.CONCURRENT_TRANSACTION",
  "DELTA.CONSTRAINT_VIOLATION",
  "DELTA.FEATURE_UNSUPPORTED",
  "DELTA.INVALID_SPEC",
  "DELTA.LOG_CORRUPT",
  "DELTA.MERGE_AMBIGUOUS",
  "DELTA.MERGE_NO_ACTION",
  "DELTA.METADATA_CHANGED",
  "DELTA.NOT_A_TABLE",
  "DELTA.PARTITION_MISMATCH",
  "DELTA.PIN_ON_MUTATION",
  "DELTA.PREDICATE_REQUIRED",
  "DELTA.PROTOCOL_CHANGED",
  "DELTA.PROTOCOL_UNSUPPORTED",
  "DELTA.RESERVED_METADATA_KEY",
  "DELTA.SCHEMA_MISMATCH",
  "DELTA.TABLE_EXISTS",
  "DELTA.TABLE_NOT_FOUND",
  "DELTA.TYPE_UNSUPPORTED",
  "DELTA.VERSION_MISMATCH",
  "DELTA.VERSION_NOT_FOUND",
];

/** Whether a value is an error of this package, raised here or by the engine; judged by its shape. */
export function isDeltaError(value: unknown): value is DeltaError {
  return isDeltaFuseError(value, "DELTA.");
}

/** `DELTA.CLOSED`: a table was used after it was closed. */
export function tableClosed(uri: string): DeltaError<"DELTA.CLOSED"> {
  return new DeltaError({
    code: "DELTA.CLOSED",
    message: `The table at ${uri} is closed. Open it again.`,
    details: { uri },
  });
}

/** `DELTA.INVALID_SPEC`: an option that is unknown, has a wrong value, or does not go with another. */
export function invalidSpec(option: string, reason: string): DeltaError<"DELTA.INVALID_SPEC"> {
  return new DeltaError({
    code: "DELTA.INVALID_SPEC",
    message: `The option ${option} is not right: ${reason}.`,
    details: { option, reason },
  });
}

/** `DELTA.PIN_ON_MUTATION`: a change of a table at a fixed version. */
export function pinOnMutation(
  details: DeltaErrorDetails["DELTA.PIN_ON_MUTATION"],
): DeltaError<"DELTA.PIN_ON_MUTATION"> {
  const { operation, uri, version } = details;
  return new DeltaError({
    code: "DELTA.PIN_ON_MUTATION",
    message: `${operation} was given version ${version} of ${uri}. A change applies to the newest version: leave the version out, or state it as expectedVersion.`,
    details,
  });
}
