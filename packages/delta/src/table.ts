import type { AbortableOptions } from "@deltafuse/config/abort";
import { type Closeable, closeable } from "@deltafuse/config/disposal";
import type { NestedField } from "@deltafuse/session-core/field-type";
import type { NativeHandle } from "@deltafuse/session-core/native-binding";
import type { NativeAnswer, NativeCall } from "@deltafuse/session-core/native-call";
import { frameReplyMembers, handleOf, nativeSession } from "@deltafuse/session-core/native-session";
import type { Session } from "@deltafuse/session-core/session";
import * as z from "@deltafuse/config/zod";
import { tableClosed } from "./errors.ts";
import { type ResolvedTarget, resolveTarget, type TableTarget } from "./table-target.ts";

/** A table at one version. Lists of features are sorted. */
export interface SnapshotInfo {
  /** Location as a URL. */
  readonly uri: string;
  /** Identity of the table, the same for all its versions. */
  readonly tableId: string;
  readonly name: string | null;
  readonly description: string | null;
  readonly version: number;
  /** When the version was committed. */
  readonly timestampMs: number;
  readonly minReaderVersion: number;
  readonly minWriterVersion: number;
  readonly readerFeatures: readonly string[];
  readonly writerFeatures: readonly string[];
  readonly properties: Readonly<Record<string, string>>;
  /** Columns in the table's order. */
  readonly fields: readonly NestedField[];
  readonly partitionColumns: readonly string[];
  /** Data files; known after an operation that had to list them. */
  readonly fileCount?: number;
  /** Size of the data files; known with `fileCount`. */
  readonly totalBytes?: number;
  /** Hash of names, type families and nullability. */
  readonly schemaHash: string;
  /** Hash of the exact columns with their metadata. */
  readonly schemaIdentityHash: string;
}

/** Shape of {@link SnapshotInfo} in replies of the engine. */
export const snapshotSchema: z.ZodMiniType<SnapshotInfo> = z.strictObject({
  uri: z.string(),
  tableId: z.string(),
  name: z.nullable(z.string()),
  description: z.nullable(z.string()),
  version: z.int(),
  timestampMs: z.int(),
  minReaderVersion: z.int(),
  minWriterVersion: z.int(),
  readerFeatures: z.array(z.string()),
  writerFeatures: z.array(z.string()),
  properties: z.record(z.string(), z.string()),
  fields: frameReplyMembers.fields,
  partitionColumns: z.array(z.string()),
  fileCount: z.exactOptional(z.int()),
  totalBytes: z.exactOptional(z.int()),
  schemaHash: z.string(),
  schemaIdentityHash: z.string(),
});

const snapshotReply = z.strictObject({ snapshot: snapshotSchema });

/** An open Delta table: one loaded version, and the way to newer ones. */
export interface DeltaTable extends Closeable {
  /** Location as a URL. */
  readonly uri: string;
  /** Whether it was opened at a version, and stays there. */
  readonly pinned: boolean;
  /** The loaded version; nothing is read. Throws `DELTA.CLOSED`. */
  snapshot(): SnapshotInfo;
  /** Loads the newest version, unless pinned. Rejects with `DELTA.CLOSED`, `DELTA.LOG_CORRUPT`, `STORE.*`. */
  refresh(options?: AbortableOptions): Promise<SnapshotInfo>;
}

/** A table that was opened on the native side. */
export interface NativeTable {
  readonly target: ResolvedTarget;
  readonly snapshot: SnapshotInfo;
  /** Who opens it closes it. */
  readonly handle: NativeHandle;
  /** Calls one of its entrypoints. */
  call<T>(call: Omit<NativeCall<T>, "on">, options: AbortableOptions): Promise<NativeAnswer<T>>;
}

/** What an operation takes: where a table is, or one that is open. */
export type TableInput = TableTarget | DeltaTable;

class OpenTable implements DeltaTable {
  readonly #table: NativeTable;
  readonly #closing: Closeable;
  #snapshot: SnapshotInfo;
  #closed = false;

  constructor(table: NativeTable) {
    this.#table = table;
    this.#snapshot = table.snapshot;
    this.#closing = closeable(async () => {
      this.#closed = true;
      table.handle.close();
    });
  }

  close(): Promise<void> {
    return this.#closing.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#closing.close();
  }

  get uri(): string {
    return this.#snapshot.uri;
  }

  get pinned(): boolean {
    return this.#table.target.version !== undefined;
  }

  snapshot(): SnapshotInfo {
    if (this.#closed) throw tableClosed(this.uri);
    return this.#snapshot;
  }

  async refresh(options: AbortableOptions = {}): Promise<SnapshotInfo> {
    if (this.#closed) throw tableClosed(this.uri);
    const reply = await this.#table.call({ entrypoint: "table.refresh", reply: snapshotReply }, options);
    this.#snapshot = reply.body.snapshot;
    return this.#snapshot;
  }
}

/** Whether an input is an open table. */
export function isOpenTable(input: TableInput): input is DeltaTable {
  return input instanceof OpenTable;
}

/** The target of an input; an open table is pinned when it was opened so. Throws `DELTA.CLOSED`. */
export function targetOf(session: Session, input: TableInput): ResolvedTarget {
  if (!isOpenTable(input)) return resolveTarget(session, input);
  const { uri, version } = input.snapshot();
  return { uri, dataset: null, version: input.pinned ? version : undefined };
}

/** Opens a table on the native side. Rejects as {@link openTable}. */
export async function openNativeTable(
  session: Session,
  target: ResolvedTarget,
  options: AbortableOptions,
): Promise<NativeTable> {
  const native = nativeSession(session);
  const { uri, version } = target;
  const request = { uri, ...(version === undefined ? {} : { version }) };
  const opened = await native.call({ entrypoint: "session.deltaOpen", request, reply: snapshotReply }, options);
  const handle = handleOf(opened);
  return {
    target,
    snapshot: opened.body.snapshot,
    handle,
    call: (call, callOptions) => native.call({ ...call, on: handle }, callOptions),
  };
}

/**
 * Opens a table: its protocol and metadata are read, not its files.
 *
 * Rejects with `DELTA.TABLE_NOT_FOUND`, `DELTA.NOT_A_TABLE`, `DELTA.VERSION_NOT_FOUND {version, earliest, latest}`,
 * `DELTA.PROTOCOL_UNSUPPORTED`, `DELTA.LOG_CORRUPT`, `DELTA.INVALID_SPEC`, `IO.LOCATION_INVALID`, `IO.DATASET_UNKNOWN`.
 *
 * @example
 * await using table = await openTable(session, { location: "data/flights" });
 * console.log(table.snapshot().version);
 */
export async function openTable(
  session: Session,
  target: TableTarget,
  options: AbortableOptions = {},
): Promise<DeltaTable> {
  return new OpenTable(await openNativeTable(session, resolveTarget(session, target), options));
}

/** Whether there is a Delta table. False for a missing location and for one that is not a table; other failures reject. */
export async function tableExists(
  session: Session,
  target: TableTarget,
  options: AbortableOptions = {},
): Promise<boolean> {
  const { uri } = resolveTarget(session, target);
  const call = { entrypoint: "session.deltaExists", request: { uri }, reply: z.strictObject({ exists: z.boolean() }) };
  const reply = await nativeSession(session).call(call, options);
  return reply.body.exists;
}
