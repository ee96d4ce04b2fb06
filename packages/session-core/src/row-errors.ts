import { blindCast } from "@deltafuse/config/casts";
import { isDeltaFuseError } from "@deltafuse/config/errors";
import { sessionError } from "./errors.ts";
import type { SessionDetails, SessionError } from "./errors.ts";

/** Where a value stands in a result: the path of its column and the row, when it is known. */
export interface ValuePlace {
  /** Column name, with `.child`, `[]` for list items, `{}` for map values. */
  readonly path: string;
  /** Zero-based row of the result; null while it is not known. */
  readonly row: number | null;
}

function rowText(row: number | null): string {
  return row === null ? "" : ` in row ${row}`;
}

/** `ROWS.UNSAFE_INTEGER`: a 64-bit integer that a JavaScript number cannot hold exactly. */
export function unsafeInteger(place: ValuePlace, value: string): SessionError<"ROWS.UNSAFE_INTEGER"> {
  return sessionError(
    "ROWS.UNSAFE_INTEGER",
    `Column ${place.path} holds ${value}${rowText(place.row)}, which is outside ±(2^53-1) and not exact as a number. ` +
      'Read the rows with values "lossless" or "json", or cast the column.',
    { details: { column: place.path, row: place.row, value } },
  );
}

/** `ROWS.DUPLICATE_NAME`: two columns, or two fields of a struct, have one name. */
export function duplicateName(name: string, parent: string | null): SessionError<"ROWS.DUPLICATE_NAME"> {
  const where = parent === null ? "The result has two columns" : `The struct ${parent} has two fields`;
  return sessionError(
    "ROWS.DUPLICATE_NAME",
    `${where} called ${JSON.stringify(name)}, which a row object cannot hold. ` +
      'Give one an alias in the query, or read with duplicateNames "suffix".',
    { details: { name, parent } },
  );
}

/** `ROWS.TYPE_UNSUPPORTED`: a value or a type that rows cannot be made of, or cannot be made from. */
export function typeUnsupported(path: string, type: string, advice: string): SessionError<"ROWS.TYPE_UNSUPPORTED"> {
  return sessionError("ROWS.TYPE_UNSUPPORTED", `${path} has the type ${type}, which is not supported here. ${advice}`, {
    details: { path, type },
  });
}

/** What a value should have been, and what it was. */
export interface ValueMismatch {
  /** Type text of the target. */
  readonly type: string;
  /** Short description of the value. */
  readonly actual: string;
  /** Why it does not fit. */
  readonly reason: string;
}

/** `ROWS.VALUE_INVALID`: a value that its type cannot hold. */
export function valueInvalid(place: ValuePlace, mismatch: ValueMismatch): SessionError<"ROWS.VALUE_INVALID"> {
  const { type, actual, reason } = mismatch;
  return sessionError(
    "ROWS.VALUE_INVALID",
    `${place.path}${rowText(place.row)} holds ${actual}, which does not fit ${type}: ${reason}.`,
    { details: { path: place.path, row: place.row, type, actual, reason } },
  );
}

type RowCode = "ROWS.UNSAFE_INTEGER" | "ROWS.VALUE_INVALID";

/** Whether something is a failure of one value whose row is not known yet. */
export function lacksRow(error: unknown): error is SessionError<RowCode> {
  if (!isDeltaFuseError(error, "ROWS.UNSAFE_INTEGER") && !isDeltaFuseError(error, "ROWS.VALUE_INVALID")) return false;
  return error.details["row"] === null;
}

/** The same failure with its row. */
export function withRow(error: SessionError<RowCode>, row: number): SessionError<RowCode> {
  if (error.code === "ROWS.UNSAFE_INTEGER") {
    const { column, value } = blindCast<SessionDetails<"ROWS.UNSAFE_INTEGER">, "its code says so">(error.details);
    return unsafeInteger({ path: column, row }, value);
  }
  const { path, ...mismatch } = blindCast<SessionDetails<"ROWS.VALUE_INVALID">, "its code says so">(error.details);
  return valueInvalid({ path, row }, mismatch);
}
