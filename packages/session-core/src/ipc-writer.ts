import { describeValue } from "./build-context.ts";
import { buildColumn, checkBuildable } from "./column-builder.ts";
import { toColumnView } from "./column-input.ts";
import type { ColumnInput } from "./column-input.ts";
import type { NestedField } from "./field-type.ts";
import { ipcBatches, joinIpcBatch } from "./ipc-message.ts";
import type { IpcBatch } from "./ipc-message.ts";
import { propertyReader } from "./nested-builders.ts";
import { valueInvalid } from "./row-errors.ts";

/** Rows, and values, of one record batch message: so many are written in about 5 ms. */
const batchRows = 65_536;
const leastBatchRows = 1024;

function rowsPerBatch(columns: number): number {
  return Math.max(leastBatchRows, Math.floor(batchRows / Math.max(1, columns)));
}

/** Writes JavaScript data as the messages of one Arrow IPC stream: `schema`, then batches, then {@link ipcEnd}. */
export interface IpcWriter {
  /** The schema message that the writer was made with: the start of the stream. */
  readonly schema: Uint8Array;
  /**
   * Messages of 65 536 rows, fewer where rows have several columns: give way to other work between them. A property that is missing is null; others than the fields are not read.
   * Throws `ROWS.VALUE_INVALID {path, row, type, actual, reason}`; rows count from zero.
   */
  rows(rows: readonly object[]): Generator<Uint8Array, void, undefined>;
  /**
   * One batch out of one input per field, in pieces: typed arrays and views are not copied.
   * Throws `ROWS.VALUE_INVALID`.
   */
  columns(inputs: readonly ColumnInput[], rows: number): IpcBatch;
}

/** The end of an Arrow IPC stream. */
export function ipcEnd(): Uint8Array {
  return Uint8Array.of(255, 255, 255, 255, 0, 0, 0, 0);
}

function checkRows(rows: readonly unknown[], firstRow: number): void {
  const index = rows.findIndex((row) => typeof row !== "object" || row === null);
  if (index < 0) return;
  throw valueInvalid(
    { path: "The data", row: firstRow + index },
    { type: "struct", actual: describeValue(rows[index]), reason: "a row is an object" },
  );
}

/**
 * Makes a writer for data with these fields. `schema` is their Arrow IPC schema message.
 *
 * Values are those that rows have in the modes `lossless` and `plain`: numbers and bigints for integers where they fit,
 * numbers for floats, strings, booleans, Uint8Arrays, value objects, Dates for dates and timestamps, text for decimals and
 * times, numbers of milliseconds for durations, arrays and typed arrays for lists, objects for structs, Maps for maps.
 * What a type cannot hold exactly is an error; only floats are rounded.
 *
 * Throws `ROWS.TYPE_UNSUPPORTED` for fields of unions, dictionaries, run-end encodings, views and list views.
 */
export function ipcWriter(fields: readonly NestedField[], schema: Uint8Array): IpcWriter {
  for (const field of fields) checkBuildable(field.type, field.name);
  const write = ipcBatches(fields);
  const readers = fields.map((field) => propertyReader(field.name));
  return {
    schema,
    *rows(rows) {
      const step = rowsPerBatch(fields.length);
      for (let start = 0; start < rows.length; start += step) {
        const slice = rows.slice(start, start + step);
        checkRows(slice, start);
        const columns = fields.map((field, index) =>
          buildColumn(
            field,
            slice.map((row) => readers[index]?.(row)),
            start,
          ),
        );
        yield joinIpcBatch(write(columns, slice.length));
      }
    },
    columns: (inputs, rows) => {
      const empty: ColumnInput = [];
      const columns = fields.map((field, index) => toColumnView(field, inputs[index] ?? empty, { rows, firstRow: 0 }));
      return write(columns, rows);
    },
  };
}
