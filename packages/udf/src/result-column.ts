import { blindCast } from "@deltafuse/config/casts";
import { isDeltaFuseError } from "@deltafuse/config/errors";
import type { ColumnValues, ColumnView } from "@deltafuse/session-core/column-batch";
import { type ColumnInput, elementCount, type TypedColumn } from "@deltafuse/session-core/column-input";
import type { SessionError } from "@deltafuse/session-core/errors";
import type { IpcBatch } from "@deltafuse/session-core/ipc-message";
import { type IpcWriter, ipcWriter } from "@deltafuse/session-core/ipc-writer";
import { type CallFailure, noColumn, promised, wrongLength, wrongValue } from "./call-failure.ts";
import type { ScalarFunction } from "./scalar-function.ts";

/** Whether a value is a promise, judged by its shape. A rejection of one that nobody awaits is taken care of. */
export function isPromise(value: unknown): boolean {
  if (typeof value !== "object" || value === null || !("then" in value) || typeof value.then !== "function") {
    return false;
  }
  if (value instanceof Promise) value.catch(() => undefined);
  return true;
}

function isList(result: ColumnInput): result is readonly unknown[] {
  return Array.isArray(result);
}

function isValues(result: ColumnValues | TypedColumn | ColumnView): result is ColumnValues {
  return ArrayBuffer.isView(result);
}

/** Turns what a function returned into a column of its result type: one Arrow IPC record batch message. */
export interface ResultEncoder {
  encode(result: unknown, rows: number): IpcBatch | CallFailure;
}

/** The forms that a result may have. */
function columnInput(result: unknown): ColumnInput | null {
  if (Array.isArray(result)) return result;
  if (typeof result !== "object" || result === null) return null;
  const values: unknown = ArrayBuffer.isView(result) ? result : Reflect.get(result, "values");
  const isColumn = "type" in result && "length" in result;
  if (!isColumn && (!ArrayBuffer.isView(values) || values instanceof DataView)) return null;
  return blindCast<ColumnInput, "it has the members of one of the forms, which the writer checks">(result);
}

function isInvalidValue(error: unknown): error is SessionError<"ROWS.VALUE_INVALID"> {
  return isDeltaFuseError(error, "ROWS.VALUE_INVALID");
}

class Encoder implements ResultEncoder {
  readonly #function: ScalarFunction;
  readonly #writer: IpcWriter;

  constructor(f: ScalarFunction) {
    this.#function = f;
    this.#writer = ipcWriter([f.returns], new Uint8Array());
  }

  encode(result: unknown, rows: number): IpcBatch | CallFailure {
    if (isPromise(result)) return promised(undefined);
    const input = columnInput(result);
    if (input === null) return noColumn(this.#function, describe(result));
    const { given, expected } = this.#lengths(input, rows);
    if (given !== expected) return wrongLength(expected, given);
    try {
      return this.#writer.columns([input], rows);
    } catch (error) {
      if (isInvalidValue(error)) return wrongValue(error);
      throw error;
    }
  }

  #lengths(input: ColumnInput, rows: number): { readonly given: number; readonly expected: number } {
    if (isList(input)) return { given: input.length, expected: rows };
    if (!isValues(input) && "type" in input) return { given: input.length, expected: rows };
    const { length } = isValues(input) ? input : input.values;
    return { given: length, expected: elementCount(this.#function.returns.type, rows) };
  }
}

function describe(result: unknown): string {
  if (result === null || typeof result === "undefined") return String(result);
  return typeof result === "object" ? "an object" : `a ${typeof result}`;
}

/** Makes the encoder of a function's results. */
export function resultEncoder(f: ScalarFunction): ResultEncoder {
  return new Encoder(f);
}
