import type { QueryId } from "@deltafuse/config/brand";
import type { Closeable } from "@deltafuse/config/disposal";
import type { RecordBatch, Schema } from "apache-arrow";
import type { ColumnBatch } from "./column-batch.ts";
import type { NestedField } from "./field-type.ts";
import type { QueryProfile } from "./query-profile.ts";
import type { DecodeOptions } from "./row-decoder.ts";
import type { RowOptions } from "./rows.ts";

/** How far a running query is. */
export interface Progress {
  /** What the engine is doing, for example `running`. */
  readonly phase: string;
  /** Rows that the scans have read so far. */
  readonly rows: number;
  readonly bytes: number;
  /** Files finished and files of the whole plan; absent when the plan reads none. */
  readonly files?: { readonly done: number; readonly total: number };
  readonly spilledBytes: number;
  readonly elapsedMs: number;
}

/** Options of `columns`. */
export interface ColumnOptions {
  /**
   * True when a batch is used only until the next pull: then its memory is freed and its arrays are empty. This is the
   * fast way to read columns, since it leaves nothing to the garbage collector. Default false: a batch stays valid.
   */
  readonly lent?: boolean;
}

/**
 * The result of a running query. It has one consumer: the first call of `columns`, `rowBatches`, `rows`, `forEachRow`, or
 * the first iteration; any further one throws `QUERY.STREAM_CONSUMED`. Work begins at the first pull. Ending a loop
 * early, an error in its body, an abort and `close()` stop the native work and wait until it has stopped. An abort
 * rejects with `signal.reason`.
 */
export interface RecordBatchStream extends AsyncIterable<RecordBatch>, Closeable {
  /** Columns with their logical types. */
  readonly fields: readonly NestedField[];
  /** Id under which events and records tell of this query. */
  readonly queryId: QueryId;
  /** Schema of the RecordBatches; loads apache-arrow. */
  schema(): Promise<Schema>;
  /** The batches as typed arrays over the memory they arrived in, of about 32 768 rows or 1 MiB after the first one. */
  columns(options?: ColumnOptions): AsyncIterable<ColumnBatch>;
  /**
   * The rows in batches of about 8192; iterate the inner part synchronously. This is the fast way to read rows. Throws
   * `ROWS.DUPLICATE_NAME`; the loop throws `ROWS.UNSAFE_INTEGER` (mode `plain`).
   */
  rowBatches<T extends object = Record<string, unknown>>(
    options?: RowOptions & DecodeOptions<T>,
  ): AsyncIterable<Iterable<T>>;
  /** The rows one by one. Gives way to timers and I/O at least every 5 ms. */
  rows<T extends object = Record<string, unknown>>(options?: RowOptions & DecodeOptions<T>): AsyncIterable<T>;
  /**
   * Calls a function for every row, in order, with one object that is overwritten from row to row; with `decode` each row is
   * an object of its own.
   */
  forEachRow<T extends object = Record<string, unknown>>(
    visit: (row: T) => void,
    options?: RowOptions & DecodeOptions<T>,
  ): Promise<void>;
  /**
   * The result as the bytes of one Arrow IPC stream, written off the JavaScript thread: for a response, a file or another
   * process. Columns have their storage types, as `schema()` tells. Cancelling it stops the query.
   */
  ipc(): ReadableStream<Uint8Array>;
  /**
   * What the operators of the query did, however it ended: also after `close`, a failure or an abort. While the query runs it
   * tells what they have done so far.
   */
  profile(): Promise<QueryProfile>;
}
