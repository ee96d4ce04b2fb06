import type { AbortableOptions } from "@deltafuse/config/abort";
import { blindCast } from "@deltafuse/config/casts";
import type { Fingerprint } from "@deltafuse/config/fingerprint";
import type { RecordBatch } from "apache-arrow";
import type { ArrowInput } from "./arrow-input.ts";
import { batchFeed } from "./batch-feed.ts";
import type { NestedField } from "./field-type.ts";
import { frameNodeIn, isFrame } from "./frame-tree.ts";
import type { Frame } from "./frame.ts";
import { inferFields } from "./infer-fields.ts";
import { ipcPieces } from "./ipc-message.ts";
import type { NativeHandle } from "./native-binding.ts";
import { nativePlanIn } from "./native-plan.ts";
import { nativeSession } from "./native-session.ts";
import type { Parameters } from "./parameters.ts";
import type { SourcePlan } from "./plan-use.ts";
import { rowBatches } from "./rows-input.ts";
import { schemaToIpc } from "./schema-codec.ts";
import type { Session } from "./session.ts";
import { stateOf } from "./session-state.ts";
import type { Feed } from "./sink-feeder.ts";
import { firstOf, type SourceIterator, sourceIterator } from "./source-iterator.ts";
import { openSinkFeed, whileFeeding } from "./table-feed.ts";

/** Rows of a program: objects one by one, or arrays of them as they become known. */
export interface RowsSource {
  readonly rows: Iterable<object> | AsyncIterable<readonly object[]>;
  /** Columns with their types. Default: inferred from all rows of an array, else from the first rows. */
  readonly schema?: readonly NestedField[];
}

/** Data that can be written: a frame, SQL, a table or view by name, Arrow data, rows. */
export type NativeSource =
  | Frame
  | { readonly sql: string; readonly parameters?: Parameters }
  | { readonly table: string }
  | RowsSource
  | ArrowInput;

/** Data that a native call can read. */
export interface OpenedSource {
  /** A native frame, or a sink that can be read once. */
  readonly handle: NativeHandle;
  readonly fields: readonly NestedField[];
  /** Whether it can be read again. */
  readonly rereadable: boolean;
  /** Fingerprint of its plan, given what the engine told of it when it ran; null for data that is no plan. */
  fingerprintOf(plan: SourcePlan | null): Fingerprint | null;
  /**
   * Runs the call that reads the data, and feeds it meanwhile where the data arrives step by step. When the feeding fails,
   * the call fails, and its error has the failure as cause.
   */
  read<T>(consume: () => Promise<T>): Promise<T>;
}

/** Rows that are sent together. */
const chunkRows = 8192;

/**
 * Makes data readable for a native call of the session. Nothing of it is executed yet.
 *
 * Rejects as the terminals of a frame do, with `FRAME.FOREIGN_SESSION`, `ROWS.TYPE_UNSUPPORTED`, `ROWS.VALUE_INVALID`, with
 * what an iterable throws at its first rows, and with the signal's reason, also while an iterable gives nothing.
 *
 * @example
 * const input = await openNativeSource(session, { rows });
 * await input.read(() => native.call({ entrypoint: "session.writeFiles", handles: [input.handle], … }));
 */
export async function openNativeSource(
  session: Session,
  source: NativeSource,
  options: AbortableOptions = {},
): Promise<OpenedSource> {
  if (isRows(source)) return openRows(session, source, options);
  return openFrame(session, frameOfSource(session, source), options);
}

function isRows(source: NativeSource): source is RowsSource {
  return !isFrame(source) && "rows" in source;
}

function frameOfSource(session: Session, source: Exclude<NativeSource, RowsSource>): Frame {
  if (isFrame(source)) return source;
  if ("sql" in source) {
    const { sql, parameters } = source;
    return session.sql(sql, parameters === undefined ? {} : { parameters });
  }
  if ("table" in source) return session.table(source.table);
  return session.fromArrow(blindCast<ArrowInput, "every other form was excluded">(source));
}

async function openFrame(session: Session, frame: Frame, options: AbortableOptions): Promise<OpenedSource> {
  const state = stateOf(nativeSession(session));
  const planned = await nativePlanIn(state, frameNodeIn(frame, state), options);
  const { handle, fields, feeds = [] } = planned;
  const rereadable = feeds.length === 0;
  return {
    handle,
    fields,
    rereadable,
    fingerprintOf: (plan) => (plan === null ? null : planned.fingerprintOf(plan)),
    read: (consume) => (rereadable ? consume() : whileFeeding(feeds, consume)),
  };
}

async function openRows(session: Session, input: RowsSource, options: AbortableOptions): Promise<OpenedSource> {
  const { rows, schema } = input;
  if (Array.isArray(rows)) {
    const frame = session.fromRows(rows, schema === undefined ? {} : { schema });
    return openFrame(session, frame, options);
  }
  options.signal?.throwIfAborted();
  const source = sourceIterator(Symbol.asyncIterator in rows ? rows : chunksOf(rows), options);
  try {
    const first = schema === undefined ? await firstOf(source, options) : undefined;
    const fields = schema ?? inferFields(first?.done === false ? first.value : []);
    const { message } = await schemaToIpc(fields, options);
    const pieces = rowPieces(source, first, fields);
    return await openFeed(session, { fields, schema: message, source, pieces }, options);
  } catch (error) {
    await source.stop();
    throw error;
  }
}

async function* rowPieces(
  source: SourceIterator<readonly object[]>,
  first: IteratorResult<readonly object[]> | undefined,
  fields: readonly NestedField[],
): AsyncGenerator<Uint8Array, void, undefined> {
  for (let chunk = first ?? (await source.next()); chunk.done !== true; chunk = await source.next()) {
    for (const batch of rowBatches(chunk.value, fields)) yield Buffer.concat(ipcPieces(batch));
  }
}

async function* chunksOf(rows: Iterable<object>): AsyncGenerator<readonly object[]> {
  let chunk: object[] = [];
  for (const row of rows) {
    chunk.push(row);
    if (chunk.length < chunkRows) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}

/**
 * Makes RecordBatches readable for a native call of the session, one after the other. All have the schema of the first.
 *
 * Rejects with what `withoutBatch` makes when there is no batch, which would have no schema, with what the iterable throws
 * at its first batch, and with the signal's reason, also while the iterable gives nothing.
 */
export async function openBatches(
  session: Session,
  { batches, withoutBatch }: { readonly batches: AsyncIterable<RecordBatch>; readonly withoutBatch: () => unknown },
  options: AbortableOptions = {},
): Promise<OpenedSource> {
  options.signal?.throwIfAborted();
  return openFeed(session, await batchFeed(batches, withoutBatch, options), options);
}

/** The data are taken while the native call reads, as fast as it reads. */
async function openFeed(session: Session, feed: Feed, options: AbortableOptions): Promise<OpenedSource> {
  const opened = await openSinkFeed(nativeSession(session), feed, options);
  const read = <T>(consume: () => Promise<T>): Promise<T> => whileFeeding([opened], consume);
  return { handle: opened.handle, fields: feed.fields, rereadable: false, fingerprintOf: () => null, read };
}
