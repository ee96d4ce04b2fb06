import type { DeltaFuseError } from "@deltafuse/config/errors";
import { blindCast } from "@deltafuse/config/casts";
import { type BoundedCache, boundedCache } from "./bounded-cache.ts";
import type { ColumnBatch } from "./column-batch.ts";
import type { NestedField } from "./field-type.ts";
import { type DecodeOptions, decodingReader } from "./row-decoder.ts";
import { lacksRow, withRow } from "./row-errors.ts";
import { planValue, propertyNames } from "./row-plan.ts";
import type { PlanOptions, ValueMode } from "./row-plan.ts";
import { rowProgram } from "./row-program.ts";
import type { BoundProgram, RowProgram } from "./row-program.ts";
import { formatTypeText } from "./type-text.ts";

interface CommonRowOptions {
  /** What two columns of one name do: an error, or `id`, `id_1`. Default `error`. */
  readonly duplicateNames?: "error" | "suffix";
  /**
   * Rows made per step, at most. Rows of a longer step outlive the young generation of the garbage collector, which is
   * several times slower; therefore a step of wide rows has fewer. Default 2048.
   */
  readonly sliceRows?: number;
  /** Copies every string, so that none keeps the text of its batch alive. Default false. */
  readonly detachStrings?: boolean;
}

/**
 * How rows are read. `values`: `lossless` (default) gives exact values (bigint, value objects), `plain` numbers, Dates and
 * texts, `json` what JSON holds. `numbers` (with `plain`): decimals as the nearest number; dates, times, timestamps and
 * durations as milliseconds.
 */
export type RowOptions = CommonRowOptions &
  (
    | { readonly values?: "lossless" | "json"; readonly numbers?: false }
    | { readonly values: "plain"; readonly numbers?: boolean }
  );

/** The rows of one batch. Each iteration makes fresh objects, a slice at a time. */
export interface RowBatch<T extends object> extends Iterable<T> {
  /** Number of rows. */
  readonly rows: number;
  /** Fresh objects of the rows `start` to `end` (exclusive). */
  slice(start: number, end: number): T[];
  /** Calls `visit` for the rows `start` to `end` (default: all) with one object that is overwritten per row. */
  forEach(visit: (row: T) => void, start?: number, end?: number): void;
  /** Ends the use of the memory of the batch: from now on reading throws `reason`. */
  release(reason: DeltaFuseError): void;
}

/** Makes row objects of the batches of one result. */
export interface RowReader<T extends object> {
  /** The rows of a batch; its memory is read when they are asked for. */
  bind(batch: ColumnBatch): RowBatch<T>;
}

const defaultSliceRows = 2048;

/** Values made per step: about what the young generation holds without moving it. */
const sliceValues = 16_384;
const leastSliceRows = 64;

class SliceIterator<T extends object> implements IterableIterator<T, undefined> {
  readonly #batch: RowBatch<T>;
  readonly #sliceRows: number;
  #slice: readonly T[] = [];
  #position = 0;
  #start = 0;

  constructor(batch: RowBatch<T>, sliceRows: number) {
    this.#batch = batch;
    this.#sliceRows = sliceRows;
  }

  [Symbol.iterator](): this {
    return this;
  }

  next(): IteratorResult<T, undefined> {
    if (this.#position === this.#slice.length) {
      if (this.#start >= this.#batch.rows) return { done: true, value: undefined };
      const end = Math.min(this.#start + this.#sliceRows, this.#batch.rows);
      this.#slice = this.#batch.slice(this.#start, end);
      this.#start = end;
      this.#position = 0;
    }
    const value = blindCast<T, "the position is inside the slice">(this.#slice[this.#position]);
    this.#position += 1;
    return { done: false, value };
  }
}

class BoundRows<T extends object> implements RowBatch<T> {
  readonly rows: number;
  readonly #program: BoundProgram;
  readonly #firstRow: number;
  readonly #sliceRows: number;
  #released: DeltaFuseError | null = null;

  constructor(batch: ColumnBatch, program: BoundProgram, sliceRows: number) {
    this.rows = batch.rows;
    this.#program = program;
    this.#firstRow = batch.firstRow;
    this.#sliceRows = sliceRows;
  }

  [Symbol.iterator](): Iterator<T> {
    return new SliceIterator(this, this.#sliceRows);
  }

  slice(start: number, end: number): T[] {
    this.#check();
    try {
      return blindCast<T[], "the caller names the type of the rows">(this.#program.rows(start, end));
    } catch (error) {
      throw this.#located(error, start, end);
    }
  }

  forEach(visit: (row: T) => void, start = 0, end: number = this.rows): void {
    this.#check();
    const call = blindCast<(row: object) => void, "the caller names the type of the rows">(visit);
    try {
      this.#program.visit(start, end, call);
    } catch (error) {
      throw this.#located(error, start, end);
    }
  }

  release(reason: DeltaFuseError): void {
    this.#released ??= reason;
  }

  #check(): void {
    if (this.#released !== null) throw this.#released;
  }

  /** The failure with its row, found by reading row by row up to it. */
  #located(error: unknown, start: number, end: number): unknown {
    if (!lacksRow(error)) return error;
    for (let row = start; row < end; row++) {
      try {
        this.#program.rows(row, row + 1);
      } catch (failure) {
        return lacksRow(failure) ? withRow(failure, this.#firstRow + row) : failure;
      }
    }
    return error;
  }
}

function sameStorage(left: readonly NestedField[], right: readonly NestedField[]): boolean {
  if (left === right) return true;
  if (left.length !== right.length) return false;
  return left.every((field, index) => {
    const other = right[index];
    return other !== undefined && formatTypeText(field.type) === formatTypeText(other.type);
  });
}

class Reader<T extends object> implements RowReader<T> {
  readonly #fields: readonly NestedField[];
  readonly #names: readonly string[];
  readonly #plan: PlanOptions;
  readonly #sliceRows: number;
  readonly #programs: BoundedCache<RowProgram>;
  #compiled: { readonly fields: readonly NestedField[]; readonly program: RowProgram } | null = null;

  constructor(fields: readonly NestedField[], options: RowOptions, programs: BoundedCache<RowProgram>) {
    this.#programs = programs;
    const { values = "lossless", numbers = false, duplicateNames = "error" } = options;
    const mode: ValueMode = values === "plain" && numbers ? "numbers" : values;
    this.#fields = fields;
    this.#names = propertyNames(fields, duplicateNames, null);
    this.#plan = { mode, duplicateNames, detachStrings: options.detachStrings ?? false };
    const fitting = Math.max(leastSliceRows, Math.floor(sliceValues / Math.max(1, fields.length)));
    this.#sliceRows = Math.max(1, Math.min(Math.trunc(options.sliceRows ?? defaultSliceRows), fitting));
  }

  bind(batch: ColumnBatch): RowBatch<T> {
    return new BoundRows<T>(batch, this.#program(batch.fields).bind(batch), this.#sliceRows);
  }

  #program(stored: readonly NestedField[]): RowProgram {
    if (this.#compiled !== null && sameStorage(this.#compiled.fields, stored)) return this.#compiled.program;
    const key = JSON.stringify([this.#plan, this.#fields, stored === this.#fields ? null : stored]);
    const program = this.#programs.getOr(key, () => this.#generated(stored));
    this.#compiled = { fields: stored, program };
    return program;
  }

  #generated(stored: readonly NestedField[]): RowProgram {
    const values = this.#fields.flatMap((field, index) => {
      const storage = stored[index]?.type;
      return storage === undefined ? [] : [planValue({ path: field.name, field, storage }, this.#plan)];
    });
    return rowProgram({ values, names: this.#names });
  }
}

/**
 * Makes row objects of batches whose columns have these logical fields. The code that reads them is generated once, at the
 * first batch; where the process forbids code generation closures do the same.
 *
 * @param programs - Keeps the code for other readers of equal columns. Default: none.
 *
 * Throws `ROWS.DUPLICATE_NAME`. Reading throws `ROWS.UNSAFE_INTEGER {column, row}` for a 64-bit integer that is not exact
 * as a number, and `ROWS.VALUE_INVALID` for an instant no Date can hold (both in `plain`), and for a row that the schema in
 * `decode` refuses.
 *
 * @example
 * const reader = rowReader(stream.fields, { values: "plain" });
 * for await (const batch of stream.columns()) for (const row of reader.bind(batch)) use(row);
 */
export function rowReader<T extends object = Record<string, unknown>>(
  fields: readonly NestedField[],
  options: RowOptions & DecodeOptions<T> = {},
  programs: BoundedCache<RowProgram> = boundedCache(1),
): RowReader<T> {
  const { decode } = options;
  if (decode === undefined) return new Reader<T>(fields, options, programs);
  return decodingReader(new Reader<object>(fields, options, programs), fields, decode);
}
