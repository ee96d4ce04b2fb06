import type { RecordBatch } from "apache-arrow";
import type { FieldType, NestedField } from "./field-type.ts";

/** Typed array of the values of a column. */
export type ColumnValues =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array;

/**
 * A column, or a child of one, as typed arrays over the memory of its batch. What the members hold by type:
 *
 * - bool: `values` are bits, bit `i & 7` of byte `i >> 3`.
 * - integers, floats, dates, times, timestamps, durations: one element per row (float16 as `Uint16Array`).
 * - decimals: little-endian 32-bit words in a `Uint32Array`, `bitWidth / 32` per row, two's complement.
 * - interval year_month: `Int32Array`; day_time: pairs (days, ms); month_day_nano: four words (months, days, and the
 *   nanoseconds as low and high word).
 * - utf8, binary: bytes, row `i` is `offsets[i]` to `offsets[i + 1]` (64-bit offsets for the large kinds).
 * - fixed_size_binary: `byteWidth` bytes per row. Views: 16 bytes per row, long values lie in `variadic`.
 * - lists: `offsets` into `children[0]`; fixed_size_list: `size` rows of `children[0]` per row.
 * - struct: one child per field. map: `offsets` into one struct child of keys and values.
 * - union: type ids in `values`; `offsets` when dense. dictionary: indices in `values`.
 */
export interface ColumnView {
  /** Type as stored: what the engine's casts made of the logical type. */
  readonly type: FieldType;
  readonly length: number;
  readonly nullCount: number;
  /** Bit `i & 7` of byte `i >> 3` is set when row `i` has a value; null when every row has one. */
  readonly validity: Uint8Array | null;
  readonly offsets: Int32Array | BigInt64Array | null;
  readonly values: ColumnValues | null;
  /** Data buffers of a view type; else empty. */
  readonly variadic: readonly Uint8Array[];
  readonly children: readonly ColumnView[];
  /** Distinct values of a dictionary. */
  readonly dictionary: ColumnView | null;
  /**
   * The rows of a utf8 column (or of a dictionary of one) as strings, decoded once. Throws `ROWS.TYPE_UNSUPPORTED` for
   * other types.
   */
  strings(): readonly (string | null)[];
}

/** Some rows of a result as columns. */
export interface ColumnBatch {
  /** Number of rows. */
  readonly rows: number;
  /** Rows of the result that came before this batch. */
  readonly firstRow: number;
  /** Columns as stored; one per view of `columns`. */
  readonly fields: readonly NestedField[];
  readonly columns: readonly ColumnView[];
  /** The same rows as an apache-arrow RecordBatch over the same memory; loads apache-arrow. */
  toRecordBatch(): Promise<RecordBatch>;
}
