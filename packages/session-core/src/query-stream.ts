import type { QueryId } from "@deltafuse/config/brand";
import { type Closeable, closeable } from "@deltafuse/config/disposal";
import { isDeltaFuseError } from "@deltafuse/config/errors";
import type { RecordBatch, Schema } from "apache-arrow";
import type { ResultBounds } from "./before-execute.ts";
import { type CollectLimit, collectLimit } from "./collect-limit.ts";
import { type BatchDecoder, batchDecoder } from "./batch-decoder.ts";
import type { BatchPull } from "./batch-pull.ts";
import type { BoundedCache } from "./bounded-cache.ts";
import type { ColumnBatch } from "./column-batch.ts";
import { ipcEnd } from "./ipc-writer.ts";
import type { NestedField } from "./field-type.ts";
import { macrotaskBreak } from "./macrotask-break.ts";
import type { QueryProfile } from "./query-profile.ts";
import type { QueryRun } from "./query-run.ts";
import type { BatchLayout, NativeBatch } from "./native-binding.ts";
import type { ColumnOptions, RecordBatchStream } from "./record-batch-stream.ts";
import type { RowProgram } from "./row-program.ts";
import type { DecodeOptions } from "./row-decoder.ts";
import { RowIterator } from "./row-iterator.ts";
import { type RowBatch, type RowOptions, type RowReader, rowReader } from "./rows.ts";
import { streamConsumed } from "./statement-errors.ts";

/** What a stream reads from. */
export interface QueryStreamParts {
  readonly run: QueryRun;
  readonly pull: BatchPull;
  readonly bounds: ResultBounds;
  /** Logical columns. */
  readonly fields: readonly NestedField[];
  /** Columns as they cross. */
  readonly storageFields: readonly NestedField[];
  /** IPC schema message of what crosses. */
  readonly schemaMessage: Uint8Array;
  /** Programs that make rows. */
  readonly programs: BoundedCache<RowProgram>;
}

/** A batch and the size of its memory. */
export interface SizedBatch {
  readonly batch: ColumnBatch;
  readonly bytes: number;
}

/** The result of a running query, for the modules of this package. */
export interface QueryStream extends RecordBatchStream {
  /** What of the result the program may take. */
  readonly bounds: ResultBounds;
  /** The batches for somebody who keeps to the bounds by himself; every other reading fails at them. */
  sizedBatches(): AsyncIterable<SizedBatch>;
  /** Reads everything and throws it away; tells what was thrown. */
  drained(): Promise<{ readonly error: unknown } | null>;
  /** Uses a batch; a failure of ours in it ends the query as failed. */
  using<T>(use: () => T): T;
  /** Makes rows of the batches. */
  reader<T extends object>(options?: RowOptions & DecodeOptions<T>): RowReader<T>;
}

/** How the batches are read. */
interface Reading {
  /** Whether the memory of a batch is taken back at the next one. */
  readonly lent?: boolean;
  /** What the batches are for. Default: columns. */
  readonly layout?: BatchLayout;
  /** Where the reading fails. */
  readonly limit?: CollectLimit | undefined;
}

/** Rows that are made between two looks at the clock. */
export const stepRows = 2048;

class Stream implements QueryStream {
  readonly queryId: QueryId;
  readonly fields: readonly NestedField[];
  readonly bounds: ResultBounds;
  readonly #closing: Closeable;
  readonly #parts: QueryStreamParts;
  readonly #decoder: BatchDecoder;
  #claimed = false;
  #failure: unknown;

  constructor(parts: QueryStreamParts) {
    this.#parts = parts;
    this.queryId = parts.run.queryId;
    this.fields = parts.fields;
    this.bounds = parts.bounds;
    this.#decoder = batchDecoder(parts.storageFields, parts.schemaMessage);
    this.#closing = closeable(() => parts.pull.stop());
  }

  close(): Promise<void> {
    return this.#closing.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#closing.close();
  }

  schema(): Promise<Schema> {
    return this.#decoder.schema();
  }

  async profile(): Promise<QueryProfile> {
    return this.#parts.pull.profile();
  }

  sizedBatches(): AsyncIterable<SizedBatch> {
    this.#claim();
    return this.#batches({});
  }

  async drained(): Promise<{ readonly error: unknown } | null> {
    this.#claim();
    try {
      for await (const { bytes } of this.#batches({ lent: true, limit: undefined })) void bytes;
      return null;
    } catch (error) {
      return { error };
    }
  }

  columns({ lent = false }: ColumnOptions = {}): AsyncIterable<ColumnBatch> {
    this.#claim();
    return this.#columns(lent);
  }

  rowBatches<T extends object>(options?: RowOptions & DecodeOptions<T>): AsyncIterable<Iterable<T>> {
    const reader = this.#claimReader<T>(options);
    return this.#bound(reader);
  }

  rows<T extends object>(options?: RowOptions & DecodeOptions<T>): AsyncIterable<T> {
    const reader = this.#claimReader<T>(options);
    return new RowIterator(this.#slices(reader));
  }

  async forEachRow<T extends object>(visit: (row: T) => void, options?: RowOptions & DecodeOptions<T>): Promise<void> {
    const pause = macrotaskBreak();
    for await (const batch of this.#bound(this.#claimReader<T>(options))) {
      pause.taken();
      for (let start = 0; start < batch.rows; start += stepRows) {
        this.using(() => batch.forEach(visit, start, Math.min(start + stepRows, batch.rows)));
        if (pause.due) await pause.take();
      }
    }
  }

  ipc(): ReadableStream<Uint8Array> {
    this.#claim();
    return ReadableStream.from(this.#messages());
  }

  using<T>(use: () => T): T {
    try {
      return use();
    } catch (error) {
      if (!isDeltaFuseError(error, "ROWS.") && !isDeltaFuseError(error, "QUERY.")) throw error;
      this.#failure = this.#parts.run.inStatement(error, "execute");
      throw this.#failure;
    }
  }

  [Symbol.asyncIterator](): AsyncGenerator<RecordBatch, void, undefined> {
    this.#claim();
    return this.#recordBatches();
  }

  reader<T extends object>(options?: RowOptions & DecodeOptions<T>): RowReader<T> {
    return rowReader<T>(this.fields, options, this.#parts.programs);
  }

  /** Names are checked before the stream is claimed, so that the caller may choose other options. */
  #claimReader<T extends object>(options: (RowOptions & DecodeOptions<T>) | undefined): RowReader<T> {
    const reader = this.reader<T>(options);
    this.#claim();
    return reader;
  }

  #claim(): void {
    if (this.#claimed) throw streamConsumed(this.queryId);
    this.#claimed = true;
  }

  #bounded(reading: Reading): AsyncGenerator<SizedBatch, void, undefined> {
    return this.#batches({ ...reading, limit: collectLimit(this.bounds) });
  }

  async *#pulled({ lent, layout, limit }: Reading): AsyncGenerator<NativeBatch, void, undefined> {
    const { pull } = this.#parts;
    try {
      // The first pull decides the layout.
      let native = await pull.next(undefined, layout);
      while (native !== null) {
        const { header, data } = native;
        this.using(() => limit?.admit(header[0] ?? 0, data.byteLength));
        yield native;
        native = await pull.next(lent === true ? data : undefined);
      }
    } finally {
      if (this.#failure !== undefined) await pull.fail(this.#failure);
      await this.close();
    }
  }

  async *#batches(reading: Reading): AsyncGenerator<SizedBatch, void, undefined> {
    for await (const native of this.#pulled(reading))
      yield { batch: this.#decoder.decode(native), bytes: native.data.byteLength };
  }

  async *#messages(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      yield this.#parts.schemaMessage;
      for await (const { data } of this.#pulled({ layout: "ipc", limit: collectLimit(this.bounds) }))
        yield new Uint8Array(data);
      yield ipcEnd();
    } finally {
      await this.close();
    }
  }

  async *#columns(lent: boolean): AsyncGenerator<ColumnBatch, void, undefined> {
    for await (const { batch } of this.#bounded({ lent })) yield batch;
  }

  async *#recordBatches(): AsyncGenerator<RecordBatch, void, undefined> {
    for await (const { batch } of this.#bounded({})) yield await batch.toRecordBatch();
  }

  async *#bound<T extends object>(reader: RowReader<T>): AsyncGenerator<RowBatch<T>, void, undefined> {
    for await (const { batch } of this.#bounded({ layout: "rows" })) yield reader.bind(batch);
  }

  async *#slices<T extends object>(reader: RowReader<T>): AsyncGenerator<readonly T[], void, undefined> {
    const pause = macrotaskBreak();
    for await (const batch of this.#bound(reader)) {
      pause.taken();
      for (let start = 0; start < batch.rows; start += stepRows) {
        yield this.using(() => batch.slice(start, Math.min(start + stepRows, batch.rows)));
        if (pause.due) await pause.take();
      }
    }
  }
}

/** The result of a running query. */
export function queryStream(parts: QueryStreamParts): QueryStream {
  return new Stream(parts);
}
