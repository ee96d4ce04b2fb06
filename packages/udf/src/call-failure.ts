import type { SessionError } from "@deltafuse/session-core/errors";
import { formatTypeText } from "@deltafuse/session-core/type-text";
import type { ScalarFunction } from "./scalar-function.ts";

/** Code of a failure inside a call. */
export type FailureCode = "UDF.CALLBACK_FAILED" | "UDF.RESULT_LENGTH" | "UDF.RESULT_TYPE" | "UDF.UNEXPECTED_PROMISE";

/** A call that gave no column. The engine adds the name of the function, the rows, the types and the call id. */
export interface CallFailure {
  readonly code: FailureCode;
  /** A clause that says what happened. */
  readonly what: string;
  readonly advice: string;
  readonly row?: number;
  readonly details?: Readonly<Record<string, unknown>>;
  /** What was thrown. */
  readonly thrown?: unknown;
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : `it threw ${String(thrown)}`;
}

/** The function threw. */
export function threw(thrown: unknown, row: number | undefined): CallFailure {
  const advice = "Correct the function, or keep such values from it. The cause is what it threw.";
  return {
    code: "UDF.CALLBACK_FAILED",
    what: messageOf(thrown),
    advice,
    thrown,
    ...(row === undefined ? {} : { row }),
  };
}

/** The function returned a promise. */
export function promised(row: number | undefined): CallFailure {
  const advice = "Make the function synchronous and prepare what it waits for before the query.";
  const what = "it returned a promise";
  return { code: "UDF.UNEXPECTED_PROMISE", what, advice, ...(row === undefined ? {} : { row }) };
}

/** The function returned too few or too many values. */
export function wrongLength(expected: number, given: number): CallFailure {
  const what = `it returned ${given} values where ${expected} are wanted`;
  const advice = "Return one value per row; a constant argument has one row for all.";
  return { code: "UDF.RESULT_LENGTH", what, advice, details: { expected, given } };
}

/** The function returned no column at all. */
export function noColumn(f: ScalarFunction, actual: string): CallFailure {
  const what = `it returned ${actual} instead of a column`;
  const advice = "Return an array of values, the typed array of the result type, or that with a validity bitmap.";
  return { code: "UDF.RESULT_TYPE", what, advice, details: { type: formatTypeText(f.returns.type), actual } };
}

/** The function returned a value that its result type cannot hold; `error` says which. */
export function wrongValue(error: SessionError<"ROWS.VALUE_INVALID">): CallFailure {
  const { row, type, actual, reason } = error.details;
  return {
    code: "UDF.RESULT_TYPE",
    what: `it returned ${actual}, which does not fit ${type}: ${reason}`,
    advice: "Return values of the declared type, or declare another one.",
    ...(row === null ? {} : { row }),
    details: { type, actual },
    thrown: error,
  };
}

/** The failure as a sentence. */
export function failureMessage(f: ScalarFunction, batch: number, { what, advice, row }: CallFailure): string {
  const place = row === undefined ? `batch ${batch}` : `batch ${batch}, row ${row}`;
  return `The function ${f.name} failed in ${place}: ${what}. ${advice}`;
}
