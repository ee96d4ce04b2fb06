import { DeltaFuseError, isDeltaFuseError } from "@deltafuse/config/errors";

/** What is known of every failure inside a call. The engine adds `callId`, and `queryId`, `label` and `stage`. */
export interface CallDetails {
  readonly function: string;
  readonly kind: "scalar";
  /** Calls of the function before this one, since it was registered. */
  readonly batch: number;
  /** Rows of the batch. */
  readonly rows: number;
  /** Row of the batch, from zero, where it is known. Rows that null arguments keep from the function do not count. */
  readonly row?: number;
  /** Declared types of the arguments. */
  readonly argumentTypes: readonly string[];
}

/** Details of each code of this package. */
export interface UdfErrorDetails {
  /**
   * A function cannot have that name. Use lower case letters, digits and `_`, not a digit in front, at most 63
   * characters.
   */
  readonly "UDF.INVALID_NAME": { readonly function: string };
  /** A member of a function's definition is wrong. Correct the one at `details.path`. */
  readonly "UDF.INVALID_DEFINITION": { readonly function: string; readonly path: string };
  /** The engine has a function of that name, which cannot be replaced. Choose another name. */
  readonly "UDF.NAME_CONFLICT": { readonly function: string };
  /** A function of that name is registered in the session. Choose another name, or register it with `replace`. */
  readonly "UDF.ALREADY_EXISTS": { readonly function: string };
  /**
   * A function threw; the query failed. Correct the function; `cause` is what it threw, and `details.row` the row where
   * it is known.
   */
  readonly "UDF.CALLBACK_FAILED": CallDetails;
  /** A function answered with a promise. Make it synchronous. */
  readonly "UDF.UNEXPECTED_PROMISE": CallDetails;
  /** A function of columns gave another number of values than the batch has rows. Give `rows` values. */
  readonly "UDF.RESULT_LENGTH": CallDetails & { readonly expected: number; readonly given: number };
  /** A function gave a value that its declared type cannot hold. Correct the value or `returns`. */
  readonly "UDF.RESULT_TYPE": CallDetails & { readonly type: string; readonly actual: string };
  /** A function did not answer in time, because its thread was busy or blocked. Make it faster or raise `timeoutMs`. */
  readonly "UDF.TIMEOUT": { readonly function: string };
  /**
   * A query called a function whose session was closed or whose thread has ended. Close the session after its queries.
   */
  readonly "UDF.CLOSED": { readonly function: string };
}

/** Codes of this package; those of calls and of registration are raised by the native extension. */
export type UdfErrorCode = keyof UdfErrorDetails;

/** Error of this package. */
export class UdfError<Code extends UdfErrorCode = UdfErrorCode> extends DeltaFuseError<Code, UdfErrorDetails[Code]> {
  override readonly name = "UdfError";
}

/** The codes of {@link UdfErrorCode} as data, in alphabetical order. */
export const udfErrorCodes: readonly UdfErrorCode[] = [
  "UDF.ALREADY_EXISTS",
  "UDF.CALLBACK_FAILED",
  "UDF.CLOSED",
  "UDF.INVALID_DEFINITION",
  "UDF.INVALID_NAME",
  "UDF.NAME_CONFLICT",
  "UDF.RESULT_LENGTH",
  "UDF.RESULT_TYPE",
  "UDF.TIMEOUT",
  "UDF.UNEXPECTED_PROMISE",
];

/** `UDF.INVALID_NAME`: a function cannot have that name. */
export function invalidName(name: string): UdfError<"UDF.INVALID_NAME"> {
  return new UdfError({
    code: "UDF.INVALID_NAME",
    message:
      `${JSON.stringify(name)} cannot be the name of a function. ` +
      "Use lower case letters, digits and _, not a digit in front, at most 63 characters.",
    details: { function: name },
  });
}

/** `UDF.INVALID_DEFINITION`: a member of a definition is wrong. `reason` is a sentence. */
export function invalidDefinition(
  place: { readonly function: string; readonly path: string },
  reason: string,
  cause?: unknown,
): UdfError<"UDF.INVALID_DEFINITION"> {
  return new UdfError({
    code: "UDF.INVALID_DEFINITION",
    message: `The function ${place.function} cannot be defined: ${place.path}. ${reason}`,
    details: place,
    cause,
  });
}

/** Whether a value is an error of this package, or of a function that was called, judged by its shape. */
export function isUdfError(value: unknown): value is UdfError {
  return isDeltaFuseError(value, "UDF.");
}
