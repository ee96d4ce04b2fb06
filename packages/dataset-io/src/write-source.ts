import type { AbortableOptions } from "@deltafuse/config/abort";
import { blindCast } from "@deltafuse/config/casts";
import type { TableSpec } from "@deltafuse/schema/table-spec";
import type { ArrowInput } from "@deltafuse/session-core/arrow-input";
import type { NestedField } from "@deltafuse/session-core/field-type";
import type { Frame } from "@deltafuse/session-core/frame";
import { isFrame } from "@deltafuse/session-core/frame-tree";
import {
  type NativeSource,
  openBatches,
  type OpenedSource,
  openNativeSource,
} from "@deltafuse/session-core/native-source";
import type { Parameters } from "@deltafuse/session-core/parameters";
import type { Session } from "@deltafuse/session-core/session";
import type { RecordBatch } from "apache-arrow";
import { writeOption } from "./errors.ts";

/** Row objects: an array, any iterable, or an asynchronous iterable of arrays. */
export interface RowInput {
  readonly rows: Iterable<object> | AsyncIterable<readonly object[]>;
  /** Columns with their types. Default: inferred from the rows. */
  readonly schema?: TableSpec | readonly NestedField[];
}

/**
 * Rows to write: a frame, SQL, a registered table, Arrow data, an asynchronous iterable of RecordBatches, or row objects. Nothing is gathered: an
 * iterable is read as fast as the writer writes, and is read once.
 */
export type WriteSource =
  | Frame
  | { readonly sql: string; readonly parameters?: Parameters }
  | { readonly table: string }
  | RowInput
  | ArrowInput
  | AsyncIterable<RecordBatch>;

function isBatches(source: WriteSource): source is AsyncIterable<RecordBatch> {
  return Symbol.asyncIterator in source && !isFrame(source);
}

const withoutBatch = (): unknown => writeOption("source", "the iterable has no batch, and so no schema; give a Table");

function hasRows(source: WriteSource): source is RowInput {
  return "rows" in source && !isFrame(source);
}

function fieldsOf(schema: TableSpec | readonly NestedField[]): readonly NestedField[] {
  return "fields" in schema ? schema.fields : schema;
}

/**
 * Makes a source readable for a native call of the session; nothing of a frame is executed yet.
 *
 * Rejects with `IO.WRITE_OPTION` for what is no source, with `ROWS.*` for rows that do not fit, and as the terminals of a
 * frame do.
 */
export async function openWriteSource(
  session: Session,
  source: WriteSource,
  options: AbortableOptions,
): Promise<OpenedSource> {
  const given: unknown = source;
  if (typeof given !== "object" || given === null) {
    throw writeOption("source", "it must be a frame, SQL, a table, Arrow data or rows");
  }
  if (isBatches(source)) return openBatches(session, { batches: source, withoutBatch }, options);
  if (!hasRows(source)) {
    return openNativeSource(session, blindCast<NativeSource, "iterables and rows were taken out">(source), options);
  }
  const { rows, schema } = source;
  return openNativeSource(session, { rows, ...(schema === undefined ? {} : { schema: fieldsOf(schema) }) }, options);
}
