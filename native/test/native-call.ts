import { createSession, NativeFrame, NativeSession, NativeSink } from "../binding.js";
import type { Attached, NativeBatch, NativeCancel, NativeReply, NativeStream } from "../binding.js";

/** The document of a request. */
export function request(members: object = {}): string {
  return JSON.stringify({ v: 1, ...members });
}

/** A class of handles. */
export type HandleClass<T> = new () => T;

/** The handle of a reply, which has to be one of that class. */
export function handleOf<T>(reply: NativeReply, kind: HandleClass<T>): T {
  if (reply.handle instanceof kind) return reply.handle;
  throw new Error(`The reply carries no ${kind.name}: ${reply.json}`);
}

/** The stream that a reply opened. */
export function streamOf(reply: NativeReply): NativeStream {
  if (reply.stream !== undefined) return reply.stream;
  throw new Error(`The reply carries no stream: ${reply.json}`);
}

/** Opens a session from a spec. */
export async function openSession(spec: object = {}): Promise<NativeSession> {
  return handleOf(await createSession(request(spec), {}), NativeSession);
}

/** How a statement is planned. */
export interface PlanOptions {
  readonly cancel?: NativeCancel;
  readonly allow?: "query" | "any";
}

/** Plans a statement. */
export async function planned(session: NativeSession, sql: string, options: PlanOptions = {}): Promise<NativeFrame> {
  const { cancel, allow = "query" } = options;
  return handleOf(await session.planSql(request({ sql, allow }), {}, cancel), NativeFrame);
}

/** Plans a statement and opens its stream; members are those of a stream request. */
export async function streamed(session: NativeSession, sql: string, members: object = {}): Promise<NativeStream> {
  const frame = await planned(session, sql);
  try {
    return streamOf(await frame.stream(request(members), {}));
  } finally {
    frame.close();
  }
}

/** Reads a stream to its end and closes it. */
export async function drained(stream: NativeStream, cancel?: NativeCancel): Promise<readonly NativeBatch[]> {
  const batches: NativeBatch[] = [];
  try {
    for (;;) {
      const batch = await stream.next(cancel);
      if (batch === null) return batches;
      batches.push(batch);
    }
  } finally {
    stream.close();
  }
}

/** Runs a query whose rows do not matter. */
export async function executed(session: NativeSession, sql: string, cancel?: NativeCancel): Promise<number> {
  return rowCount(await drained(await streamed(session, sql), cancel));
}

/** Rows of a batch. */
export function rowsOf(batch: NativeBatch): number {
  return batch.header[0] ?? Number.NaN;
}

/** Rows of batches. */
export function rowCount(batches: readonly NativeBatch[]): number {
  return batches.reduce((sum, batch) => sum + rowsOf(batch), 0);
}

/** Values of the first column, an int64 column without nulls. */
export function firstColumn(batch: NativeBatch): BigInt64Array {
  return new BigInt64Array(batch.data, batch.header[6], rowsOf(batch));
}

/** The one number a query gives. */
export async function numberOf(session: NativeSession, sql: string): Promise<number> {
  const [batch] = await drained(await streamed(session, sql));
  return batch === undefined ? Number.NaN : Number(firstColumn(batch)[0]);
}

/** What crosses as the message of a failure. */
export interface Envelope {
  readonly deltafuse: 1;
  readonly code: string;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly causes: readonly { readonly message: string; readonly code?: string }[];
}

function envelope(error: unknown): Envelope {
  if (!(error instanceof Error)) throw new TypeError(`Not an error: ${String(error)}`);
  return JSON.parse(error.message);
}

/** The failure of a call that has to fail. */
export async function failureOf(call: PromiseLike<unknown> | (() => unknown)): Promise<Envelope> {
  try {
    await (typeof call === "function" ? call() : call);
  } catch (error) {
    return envelope(error);
  }
  throw new Error("The call did not fail");
}

/** Opens a sink for columns with that schema message. */
export async function sinkOf(
  open: (request: string, attached: Attached) => Promise<NativeReply>,
  schema: Uint8Array,
): Promise<NativeSink> {
  return handleOf(await open(request({ schema: { $buffer: 0 } }), { buffers: [schema] }), NativeSink);
}
