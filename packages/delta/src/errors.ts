import { DeltaFuseError, type ErrorDetails, isDeltaFuseError } from "@deltafuse/config/errors";

/** A column of a source whose type is not that of the table. */
export interface TypeDifference {
  readonly column: string;
  readonly expected: string;
  readonly actual: string;
}

/** Details of each `DELTA.*` code; a member that the table's state does not tell may be absent. */
export interface DeltaErrorDetails {
  /** The table has `delta.appendOnly`, and the change would remove rows. Append only, or clear the property. */
  readonly "DELTA.APPEND_ONLY": ErrorDetails;
  /** A table was used after it was closed. Open it again. */
  readonly "DELTA.CLOSED": { readonly uri: string };
  /** Other writers committed first each time until no attempt was left. Run the operation again. */
  readonly "DELTA.COMMIT_ATTEMPTS_EXHAUSTED": { readonly version?: number };
  /** The commit was refused and is not in the table. See the cause; read the table again before another attempt. */
  readonly "DELTA.COMMIT_FAILED": ErrorDetails;
  /**
   * The commit was sent, and it cannot be found out whether it is in the table. Look at `history()` before running it
   * again.
   */
  readonly "DELTA.COMMIT_UNKNOWN": { readonly version: number };
  /** Another writer added rows that this operation would have had to read. Run it again, on the new version. */
  readonly "DELTA.CONCURRENT_APPEND": ErrorDetails;
  /** Another writer removed rows that this operation removes too. Run it again, on the new version. */
  readonly "DELTA.CONCURRENT_DELETE_DELETE": ErrorDetails;
  /** Another writer removed rows that this operation has read. Run it again, on the new version. */
  readonly "DELTA.CONCURRENT_DELETE_READ": ErrorDetails;
  /** Another writer committed the same application transaction. Check whether your work is done already. */
  readonly "DELTA.CONCURRENT_TRANSACTION": ErrorDetails;
  /**
   * Rows break a constraint of the table (a column that must not be null, or a CHECK); nothing was committed. Correct
   * the rows.
   */
  readonly "DELTA.CONSTRAINT_VIOLATION": ErrorDetails;
  /** The table uses something that this engine cannot read or write. Use a table without it. */
  readonly "DELTA.FEATURE_UNSUPPORTED": ErrorDetails;
  /** An option is unknown, has a wrong value, or does not go with another. Correct it as the message says. */
  readonly "DELTA.INVALID_SPEC": {
    readonly option?: string;
    readonly reason?: string;
    readonly column?: string;
    readonly property?: string;
  };
  /** The log of the table is damaged or has gaps. Restore the files of `_delta_log`, or read an older version. */
  readonly "DELTA.LOG_CORRUPT": { readonly uri?: string; readonly version?: number };
  /** Several rows of the source would change the same row of the table. Leave one row per key in the source. */
  readonly "DELTA.MERGE_AMBIGUOUS": {
    readonly keys?: readonly string[];
    /** One key that the source holds several times, as text. */
    readonly example?: Readonly<Record<string, string>>;
    readonly rows?: string;
  };
  /** A merge has no clause. Give `whenMatched`, `whenNotMatched` or `whenNotMatchedBySource`. */
  readonly "DELTA.MERGE_NO_ACTION": ErrorDetails;
  /**
   * Another writer changed schema or properties of the table meanwhile. Run the operation again, on the new version.
   */
  readonly "DELTA.METADATA_CHANGED": ErrorDetails;
  /** There is something at the location, but no Delta table. Correct the location, or create the table. */
  readonly "DELTA.NOT_A_TABLE": { readonly uri: string };
  /** `partitionBy` names other columns than the table has. Leave it out, or name the same columns. */
  readonly "DELTA.PARTITION_MISMATCH": { readonly expected: readonly string[]; readonly actual: readonly string[] };
  /** A change was asked of a fixed version. Leave the version out, or state it as `expectedVersion`. */
  readonly "DELTA.PIN_ON_MUTATION": { readonly operation: string; readonly uri: string; readonly version: number };
  /** A condition is missing or blank. Give the one that `details.member` names; to empty a table, overwrite it. */
  readonly "DELTA.PREDICATE_REQUIRED": { readonly member: string };
  /** Another writer changed the protocol of the table meanwhile. Run the operation again, on the new version. */
  readonly "DELTA.PROTOCOL_CHANGED": ErrorDetails;
  /** The table needs features that this engine does not have. Use a newer release, or a table without them. */
  readonly "DELTA.PROTOCOL_UNSUPPORTED": { readonly missing?: readonly string[] };
  /** A key of the commit's metadata is reserved. Choose another name. */
  readonly "DELTA.RESERVED_METADATA_KEY": { readonly key: string };
  /** The columns of the source are not those of the table. Add, leave out or cast what `details` lists. */
  readonly "DELTA.SCHEMA_MISMATCH": {
    readonly missing?: readonly string[];
    readonly extra?: readonly string[];
    readonly types?: readonly TypeDifference[];
  };
  /** There is a table at the location. Append to it, overwrite it, or choose another location. */
  readonly "DELTA.TABLE_EXISTS": { readonly uri: string; readonly concurrent?: boolean };
  /** There is nothing at the location. Correct it, or create the table. */
  readonly "DELTA.TABLE_NOT_FOUND": { readonly uri: string };
  /** A column has a type that Delta cannot store. Cast it, or leave it out. */
  readonly "DELTA.TYPE_UNSUPPORTED": { readonly column: string; readonly type: string };
  /** The table is not at `expectedVersion`. Read it again and decide anew. */
  readonly "DELTA.VERSION_MISMATCH": { readonly expected: number; readonly actual: number | null };
  /** The version is not in the log of the table. Choose one between `details.earliest` and `details.latest`. */
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
