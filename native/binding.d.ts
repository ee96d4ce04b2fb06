/** The answer to a call: a JSON document, its binary members, and the handle it made. */
export interface NativeReply {
  json: string
  buffers: Array<Uint8Array>
  handle?: NativeSession | NativeFrame | NativePrepared | NativeSink | NativeProvider | NativeTable | NativeCacheScope
  /** The stream it opened. */
  stream?: NativeStream
  /** The first batch of that stream, where it was asked for; null for a result without rows. */
  first?: NativeBatch | null
  /** The streams it opened of the partitions of a query. */
  streams?: Array<NativeStream>
  /** Frames of the tables that the request names. */
  tables?: Array<NativeFrame>
  /** Spans of the call, as JSON, where its traceparent says sampled. */
  spans?: string
}

/** The values of a dictionary in the batch layout. */
export interface NativeDictionary {
  id: number
  header: Float64Array
  data: ArrayBuffer
}

/** One batch in the batch layout. */
export interface NativeBatch {
  header: Float64Array
  data: ArrayBuffer
  dictionaries: Array<NativeDictionary>
  /** True when the query is known to have ended with this batch. */
  last: boolean
}


/**
 * Which binding artifact the generated loader actually loaded: `'native'` for
 * a native addon, otherwise the `platformArchABI` of the WASI flavor. Every
 * flavor napi-rs can build is listed, because `NAPI_RS_NATIVE_LIBRARY_PATH`
 * can point the loader at a WASI artifact this package does not build itself.
 */
export declare const __napiBindingTarget: 'native' | 'wasm32-wasi' | 'wasm32-wasip1'

/** Bytes for a request. They are held as long as this object, and longer by what the engine made of them. */
export declare class NativeBytes {
  /** Adds a copy of the pieces. */
  append(pieces: Array<Uint8Array>): void
  close(): void
}

/** Caches of several sessions. */
export declare class NativeCacheScope {
  stats(): string
  clear(request: string, attached: Attached, cancel?: NativeCancel | undefined | null): Promise<NativeReply>
  close(): void
}

/** Cancels the calls it was given to and tells how far they are. */
export declare class NativeCancel {
  cancel(): void
  get cancelled(): boolean
  progress(): string | null
}

/** A planned query. */
export declare class NativeFrame {
  stream(request: string, attached: Attached, cancel?: NativeCancel | undefined | null): Promise<NativeReply>
  planArtifact(request: string, attached: Attached, cancel?: NativeCancel | undefined | null): Promise<NativeReply>
  explain(request: string, attached: Attached, cancel?: NativeCancel | undefined | null): Promise<NativeReply>
  optimizerTrace(request: string, attached: Attached, cancel?: NativeCancel | undefined | null): Promise<NativeReply>
  probePushdown(request: string, attached: Attached, cancel?: NativeCancel | undefined | null): Promise<NativeReply>
  describeScan(request: string, attached: Attached, cancel?: NativeCancel | undefined | null): Promise<NativeReply>
  toSql(request: string, attached: Attached, cancel?: NativeCancel | undefined | null): Promise<NativeReply>
  planLineage(request: string, attached: Attached, cancel?: NativeCancel | undefined | null): Promise<NativeReply>
  spool(request: string, attached: Attached, cancel?: NativeCancel | undefined | null): Promise<NativeReply>
  close(): void
}

/** A query with placeholders, planned. */
export declare class NativePrepared {
  bind(request: string, attached: Attached, cancel?: NativeCancel | undefined | null): Promise<NativeReply>
  close(): void
}

/** A prepared table that is not published yet. */
export declare class NativeProvider {
  close(): void
}

/** An open session. */
export declare class NativeSession {
  settings(request: string, attached: Attached, cancel?: NativeCancel | undefined | null): Promise<NativeReply>
  rules(request: string, attached: Attached, cancel?: NativeCancel | undefined | null): Promise<NativeReply>
  runtimeMetrics(request: string, attached: Attached, cancel?: NativeCancel | undefined | null): Promise<NativeReply>
  clearCaches(request: string, attached: Attached, cancel?: NativeCancel | undefined | null): Promise<NativeReply>
  checkpoint(request: string, attached: Attached, cancel?: NativeCancel | undefined | null): Promise<NativeReply>
  restore(request: string, attached: Attached, cancel?: NativeCancel | undefined | null): Promise<NativeReply>
  introspect(request: string, attached: Attached, cancel?: NativeCancel | undefined | null): Promise<NativeReply>
  catalogApply(request: string, attached: Attached, cancel?: NativeCancel | undefined | null): Promise<NativeReply>
  prepareTable(request: string, attached: Attached, cancel?: NativeCancel | undefined | null): Promise<NativeReply>
  probeLocation(request: string, attached: Attached, cancel?: NativeCancel | undefined | null): Promise<NativeReply>
  writeFacts(request: string, attached: Attached, cancel?: NativeCancel | undefined | null): Promise<NativeReply>
  writeFiles(request: string, attached: Attached, cancel?: NativeCancel | undefined | null): Promise<NativeReply>
  planSql(request: string, attached: Attached, cancel?: NativeCancel | undefined | null): Promise<NativeReply>
  prepareSql(request: string, attached: Attached, cancel?: NativeCancel | undefined | null): Promise<NativeReply>
  preparedSql(request: string, attached: Attached, cancel?: NativeCancel | undefined | null): Promise<NativeReply>
  values(request: string, attached: Attached, cancel?: NativeCancel | undefined | null): Promise<NativeReply>
  fromSubstrait(request: string, attached: Attached, cancel?: NativeCancel | undefined | null): Promise<NativeReply>
  applyOps(request: string, attached: Attached, cancel?: NativeCancel | undefined | null): Promise<NativeReply>
  registerFunction(request: string, attached: Attached, cancel?: NativeCancel | undefined | null): Promise<NativeReply>
  functionCatalog(request: string, attached: Attached, cancel?: NativeCancel | undefined | null): Promise<NativeReply>
  deltaExists(request: string, attached: Attached, cancel?: NativeCancel | undefined | null): Promise<NativeReply>
  deltaOpen(request: string, attached: Attached, cancel?: NativeCancel | undefined | null): Promise<NativeReply>
  deltaCreate(request: string, attached: Attached, cancel?: NativeCancel | undefined | null): Promise<NativeReply>
  deltaWrite(request: string, attached: Attached, cancel?: NativeCancel | undefined | null): Promise<NativeReply>
  close(): void
}

/** The writing end of a one-shot source. */
export declare class NativeSink {
  push(request: string, attached: Attached, cancel?: NativeCancel | undefined | null): Promise<NativeReply>
  finish(request: string, attached: Attached, cancel?: NativeCancel | undefined | null): Promise<NativeReply>
  fail(request: string, attached: Attached, cancel?: NativeCancel | undefined | null): Promise<NativeReply>
  close(): void
}

/** A running query. */
export declare class NativeStream {
  /**
   * The next batch in a layout (columns, rows, ipc; default columns) that the first call decides. Memory that is given back
   * is freed now: left to the garbage collector it makes collections frequent.
   */
  next(cancel?: NativeCancel | undefined | null, returned?: ArrayBuffer | undefined | null, layout?: string | undefined | null): Promise<NativeBatch | null>
  metrics(): string
  /** What the operators have measured, also after `close()`. */
  profile(): string
  /** Ends it. The outcome (finished, failed, cancelled) says how the query ended, where the engine may not know. */
  close(outcome?: string | undefined | null): void
}

/** An open Delta table. */
export declare class NativeTable {
  snapshot(request: string, attached: Attached, cancel?: NativeCancel | undefined | null): Promise<NativeReply>
  refresh(request: string, attached: Attached, cancel?: NativeCancel | undefined | null): Promise<NativeReply>
  history(request: string, attached: Attached, cancel?: NativeCancel | undefined | null): Promise<NativeReply>
  provider(request: string, attached: Attached, cancel?: NativeCancel | undefined | null): Promise<NativeReply>
  scan(request: string, attached: Attached, cancel?: NativeCancel | undefined | null): Promise<NativeReply>
  merge(request: string, attached: Attached, cancel?: NativeCancel | undefined | null): Promise<NativeReply>
  delete(request: string, attached: Attached, cancel?: NativeCancel | undefined | null): Promise<NativeReply>
  close(): void
}

/** What comes with a request beside its document. */
export interface Attached {
  buffers?: Array<Uint8Array>
  handles?: Array<NativeSession | NativeFrame | NativeSink | NativeProvider | NativeTable | NativeCacheScope | NativeBytes>
  callback?: Function
  /** W3C trace context of the operation around the call. */
  traceparent?: string
}

/** What the dispatcher in JavaScript returns: a column, or the JSON of `{ code, message, details }`. */
export interface CallbackResult {
  header?: Uint8Array
  /** In pieces. */
  body?: Array<Uint8Array>
  error?: string
}

export declare function classifySql(request: string, attached: Attached, cancel?: NativeCancel | undefined | null): Promise<NativeReply>

export declare function configureRuntime(request: string): void

export declare function contract(): string

export declare function createCacheScope(request: string): NativeCacheScope

export declare function createCancel(): NativeCancel

export declare function createSession(request: string, attached: Attached, cancel?: NativeCancel | undefined | null): Promise<NativeReply>

export declare function gatherBytes(): NativeBytes

export declare function openSink(request: string, attached: Attached, cancel?: NativeCancel | undefined | null): Promise<NativeReply>

export declare function runtimeStats(): string

export declare function schemaCodec(request: string, attached: Attached, cancel?: NativeCancel | undefined | null): Promise<NativeReply>
