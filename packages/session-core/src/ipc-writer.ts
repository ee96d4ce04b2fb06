import { describeValue } from "./build-context.ts";
import { buildColumn, checkBuildable } from "./column-builder.ts";
import { toColumnView } from "./column-input.ts";
import type { ColumnInput } from "./column-input.ts";
import type { NestedField } from "./field-type.ts";
import { ipcBatches } from "./ipc-message.ts";
import type { IpcBatch } from "./ipc-message.ts";
import { propertyColumns } from "./property-columns.ts";
import { valueInvalid } from "./row-errors.ts";

/** Rows of one record batch message: those of a batch of the engine, whose values stay in the processor's cache. */
const mostBatchRows = 8192;
const leastBatchRows = 1024;
/** So many values are written in about 5 ms. */
const batchValues = 65_536;

function rowsPerBatch(columns: number): number {
  return Math.min(mostBatchRows, Math.max(leastBatchRows, Math.floor(batchValues / Math.max(1, columns))));
}

/** Writes JavaScript data as the messages of one Arrow IPC stream: `schema`, then batches, then {@link ipcEnd}. */
export interface IpcWriter {
  /** The schema message that the writer was made with: the start of the stream. */
  readonly schema: Uint8Array;
  /**
   * Messages of 8192 rows, fewer where rows have many columns: give way to other work between them. A property that is
   * missing is null; others than the fields are not read.
   * Throws `ROWS.VALUE_INVALID {path, row, type, actual, reason}`; rows count from zero.
   */
  rows(rows: readonly object[]): Generator<IpcBatch, void, undefined>;
  /**
   * One batch out of one input per field: typed arrays and views are not copied.
   * Throws `ROWS.VALUE_INVALID`.
   */
  columns(inputs: readonly ColumnInput[], rows: number): IpcBatch;
}

/** The end of an Arrow IPC stream. */
export function ipcEnd(): Uint8Array {
  return Uint8Array.of(255, 255, 255, 255, 0, 0, 0, 0);
}

function checkRows(rows: readonly unknown[], start: number, end: number): void {
  for (let row = start; row < end; row++) {
    const value = rows[row];
    if (typeof value === "object" && value !== null) continue;
    throw valueInvalid(
      { path: "The data", row },
      { type: "struct", actual: describeValue(value), reason: "a row is an object" },
    );
  }
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
  const valuesOf = propertyColumns(fields.map(({ name }) => name));
  return {
    schema,
    *rows(rows) {
      const step = rowsPerBatch(fields.length);
      for (let start = 0; start < rows.length; start += step) {
        const end = Math.min(start + step, rows.length);
        checkRows(rows, start, end);
        const values = valuesOf(rows, start, end);
        const columns = fields.map((field, index) => buildColumn(field, values[index] ?? [], start));
        yield write(columns, end - start);
      }
    },
    columns: (inputs, rows) => {
      const empty: ColumnInput = [];
      const columns = fields.map((field, index) => toColumnView(field, inputs[index] ?? empty, { rows, firstRow: 0 }));
      return write(columns, rows);
    },
  };
}
