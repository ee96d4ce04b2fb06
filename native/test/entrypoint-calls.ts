import { join } from "node:path";
import {
  classifySql,
  configureRuntime,
  createCacheScope,
  createSession,
  type NativeCacheScope,
  NativePrepared,
  NativeProvider,
  NativeSession,
  NativeSink,
  type NativeStream,
  NativeTable,
  openSink,
  schemaCodec,
} from "../binding.js";
import type { Attached, NativeCancel, NativeFrame } from "../binding.js";
import { int64Batch, int64Message, ipcStream } from "./arrow-message.ts";
import { handleOf, streamOf, planned, request } from "./native-call.ts";
import type { RequestName, RequestOf } from "./wire-requests.ts";

/** Calls an entrypoint with any document. */
export type Send = (document: string, cancel?: NativeCancel) => Promise<unknown>;

/** An entrypoint that takes a request. */
export interface EntrypointCall {
  /** As in the contract. */
  readonly entrypoint: RequestName;
  /** Members of a request it accepts. */
  readonly members: object;
  readonly send: Send;
}

/** What the calls work on. */
export interface CallSubjects {
  readonly scope: NativeCacheScope;
  readonly session: NativeSession;
  readonly frame: NativeFrame;
  readonly prepared: NativePrepared;
  /** Id of a checkpoint of the session, which has a prepared query with the name `named`. */
  readonly checkpoint: string;
  readonly stream: NativeStream;
  readonly sink: NativeSink;
  readonly provider: NativeProvider;
  readonly table: NativeTable;
  /** Schema message of one int64 column `a`. */
  readonly schema: Uint8Array;
  /** An empty folder. */
  readonly folder: string;
}

const fields = [{ name: "a", type: { type: "int64" }, nullable: true }] as const;
const firstHandle = { $handle: 0 };
const firstBuffer = { $buffer: 0 };
/** A Substrait plan of no rows and no columns: plan, relation, read, schema, virtual table. */
const emptyPlan = Uint8Array.of(0x1a, 12, 0x0a, 10, 0x0a, 8, 0x12, 4, 0x12, 2, 0x18, 2, 0x2a, 0);

/** Opens one handle of each class. */
export async function callSubjects(folder: string): Promise<CallSubjects> {
  const session = handleOf(await createSession(request(), {}), NativeSession);
  const schema = (await schemaCodec(request({ fields }), {})).buffers[0] ?? new Uint8Array();
  const frame = await planned(session, "SELECT 1 AS a");
  const prepared = handleOf(await session.prepareSql(request({ sql: "SELECT 1 AS a" }), {}), NativePrepared);
  handleOf(await session.prepareSql(request({ sql: "SELECT 1 AS a", name: "named" }), {}), NativePrepared).close();
  const { id: checkpoint } = JSON.parse((await session.checkpoint(request(), {})).json);
  const stream = streamOf(await frame.stream(request(), {}));
  const sink = handleOf(await openSink(request({ schema: firstBuffer }), { buffers: [schema] }), NativeSink);
  const memory = { kind: "memory", source: firstHandle };
  const provider = handleOf(await session.prepareTable(request(memory), { handles: [frame] }), NativeProvider);
  const uri = join(folder, "existing");
  await session.deltaCreate(request({ uri, fields }), {});
  const table = handleOf(await session.deltaOpen(request({ uri }), {}), NativeTable);
  const scope = createCacheScope(request());
  return { scope, session, frame, prepared, checkpoint, stream, sink, provider, table, schema, folder };
}

const policy = {
  name: "mine",
  ddl: true,
  dml: false,
  copy: false,
  statements: false,
  explainAnalyze: true,
  namedArguments: true,
  urlTables: false,
  pathFunctions: false,
  functions: { deny: ["now"] },
  paths: { read: [] },
  maxSqlBytes: 1000,
} as const satisfies RequestOf<"session.planSql">["policy"];

/** Methods of a handle that take a document. */
type Methods<Kind extends string> = RequestName extends infer Name
  ? Name extends `${Kind}.${infer Method}`
    ? Method
    : never
  : never;

function call<Name extends RequestName>(entrypoint: Name, members: RequestOf<Name>, send: Send): EntrypointCall {
  return { entrypoint, members, send };
}

function processCalls({ schema, scope }: CallSubjects): EntrypointCall[] {
  const withSchema = { buffers: [schema] };
  const spec = {
    settings: [["datafusion.execution.batch_size", "64"]],
    runtimeEnv: { memory: { pool: "fair", limitBytes: 1e6, topConsumers: 3 }, spill: { mode: "os" }, caches: {} },
    catalog: { default: "c", schema: "s" },
    sqlPolicy: policy,
  } as const;
  return [
    call("configureRuntime", { workerThreads: 2, ioThreads: 2 }, async (document) => configureRuntime(document)),
    call("createCacheScope", { metadataBytes: 1e6, listFilesTtlMs: 1000 }, async (document) =>
      createCacheScope(document),
    ),
    call("cacheScope.clear", { kinds: ["list_files"], prefix: "/data" }, (document, cancel) =>
      scope.clear(document, {}, cancel),
    ),
    call("createSession", spec, (document, cancel) => createSession(document, {}, cancel)),
    call("classifySql", { sql: "SELECT 1" }, (document, cancel) => classifySql(document, {}, cancel)),
    call("schemaCodec", { fields }, (document, cancel) => schemaCodec(document, {}, cancel)),
    call("schemaCodec", { schema: firstBuffer }, (document, cancel) => schemaCodec(document, withSchema, cancel)),
    call("openSink", { schema: firstBuffer }, (document, cancel) => openSink(document, withSchema, cancel)),
  ];
}

const a = { e: "col", name: "a" } as const;
const one = { e: "lit", type: "int64", value: "1" } as const;
const ops = [
  { op: "filter", predicate: { e: "binary", op: "=", left: a, right: one } },
  {
    op: "withColumns",
    values: [{ name: "b", value: { e: "alias", arg: { e: "call", name: "abs", args: [a] }, name: "b" } }],
  },
  { op: "select", values: [a, { e: "alias", arg: { e: "cast", arg: a, type: "utf8" }, name: "text" }] },
  { op: "join", right: 0, on: [["a", "a"]], type: "semi" },
  { op: "aggregate", by: [a], values: [{ e: "call", name: "count", args: [a] }] },
  { op: "sort", keys: [{ value: a, descending: false, nullsFirst: true }] },
  { op: "limit", limit: 3, offset: 0 },
] as const satisfies RequestOf<"session.applyOps">["ops"];

/** Makes calls of the methods of a session. */
function callsOf(session: NativeSession) {
  return <Name extends Methods<"session">>(
    name: Name,
    members: RequestOf<`session.${Name}`>,
    attached: Attached = {},
  ): EntrypointCall =>
    call(`session.${name}`, members, (document, cancel) => session[name](document, attached, cancel));
}

function sessionCalls(subjects: CallSubjects): EntrypointCall[] {
  const { session, frame, provider, schema, folder, checkpoint } = subjects;
  const on = callsOf(session);
  const ofFrame = { handles: [frame] };
  const values = { buffers: [ipcStream(schema, [int64Message(BigInt64Array.of(1n))])] };
  const location = join(folder, "written");
  const writing = {
    source: firstHandle,
    location,
    format: "parquet",
    mode: "error",
    single: false,
    writeId: "w1",
  } as const;
  const reading = {
    kind: "listing",
    location: `${location}/`,
    format: "parquet",
    schema: fields,
    hive: false,
  } as const;
  const constant = { name: "f", arguments: [{ name: "a", type: "int64" }], returns: "int64", version: "0" } as const;
  const promise = { volatility: "volatile", nulls: "strict", batchSize: 8192, timeoutMs: 0, replace: true } as const;
  return [
    on("settings", {}),
    on("rules", {}),
    on("runtimeMetrics", {}),
    on("clearCaches", { kinds: ["metadata"], prefix: "/data" }),
    on("restore", { id: checkpoint }),
    on("checkpoint", {}),
    on("functionCatalog", {}),
    on("introspect", { parts: ["tables", "columns"], schema: "public" }),
    on("planSql", { sql: "SELECT 1", policy, allow: "query" }),
    on("prepareSql", { sql: "SELECT $1", types: ["int64"], policy }),
    on("preparedSql", { name: "named" }),
    on("values", { source: firstBuffer }, values),
    on("fromSubstrait", { plan: firstBuffer }, { buffers: [emptyPlan] }),
    on("applyOps", { source: firstHandle, ops, operands: [firstHandle] }, ofFrame),
    on("prepareTable", { kind: "memory", source: firstHandle }, ofFrame),
    on("prepareTable", { kind: "view", source: firstHandle, sql: "SELECT 1" }, ofFrame),
    on(
      "catalogApply",
      { ops: [{ op: "put", name: ["t"], provider: firstHandle, replace: true }] },
      {
        handles: [provider],
      },
    ),
    on("applyOps", { source: { table: ["t"] }, ops: [], operands: [{ table: ["t"] }] }),
    on("writeFacts", { location, source: firstHandle }, ofFrame),
    on("writeFiles", { ...writing, options: { compression: "zstd" } }, ofFrame),
    on("prepareTable", reading),
    on("probeLocation", { location, format: "parquet" }),
    on(
      "registerFunction",
      { ...constant, ...promise },
      {
        callback: () => int64Batch(BigInt64Array.of(1n)),
      },
    ),
  ];
}

function deltaCalls({ session, frame, table, folder }: CallSubjects): EntrypointCall[] {
  const ofFrame = { handles: [frame] };
  const on = callsOf(session);
  const ofTable = <Name extends Methods<"table">>(
    name: Name,
    members: RequestOf<`table.${Name}`>,
    attached: Attached = {},
  ): EntrypointCall => call(`table.${name}`, members, (document, cancel) => table[name](document, attached, cancel));
  const uri = join(folder, "created");
  const commit = { userMetadata: "note" };
  const merge = {
    on: "source.a = target.a",
    whenMatched: [{ action: "updateAll" }],
    whenNotMatched: [{ action: "insertAll" }],
    whenNotMatchedBySource: [{ action: "delete", when: "target.a > 5" }],
    commit,
  } as const;
  return [
    on("deltaExists", { uri }),
    on("deltaCreate", { uri, fields, partitionBy: [], commit }),
    on("deltaWrite", { source: firstHandle, write: { uri, mode: "append", commit } }, ofFrame),
    on("deltaOpen", { uri, version: 0 }),
    ofTable("merge", { source: firstHandle, merge }, ofFrame),
    ofTable("delete", { where: "a = 7", commit }),
    ofTable("refresh", {}),
    ofTable("snapshot", {}),
    ofTable("history", { limit: 1 }),
    ofTable("provider", { live: true }),
    ofTable("scan", {}),
  ];
}

function streamCalls({ frame, prepared, sink }: CallSubjects): EntrypointCall[] {
  const batch = { buffers: [int64Message(BigInt64Array.of(1n, 2n))] };
  return [
    call("frame.stream", { prefetchBatches: 1, viewTypes: "keep" }, (document, cancel) =>
      frame.stream(document, {}, cancel),
    ),
    call("prepared.bind", { open: { begin: true } }, (document, cancel) => prepared.bind(document, {}, cancel)),
    call("frame.planArtifact", { texts: true }, (document, cancel) => frame.planArtifact(document, {}, cancel)),
    call("frame.planLineage", {}, (document, cancel) => frame.planLineage(document, {}, cancel)),
    call("frame.optimizerTrace", { text: "none", maxPasses: 1 }, (document, cancel) =>
      frame.optimizerTrace(document, {}, cancel),
    ),
    call("frame.probePushdown", {}, (document, cancel) => frame.probePushdown(document, {}, cancel)),
    call("frame.describeScan", { listFiles: true }, (document, cancel) => frame.describeScan(document, {}, cancel)),
    call("frame.spool", { memoryBytes: 1000 }, (document, cancel) => frame.spool(document, {}, cancel)),
    call("frame.toSql", {}, (document, cancel) => frame.toSql(document, {}, cancel)),
    call("frame.explain", { format: "indent" }, (document, cancel) => frame.explain(document, {}, cancel)),
    call("sink.push", {}, (document, cancel) => sink.push(document, batch, cancel)),
    call("sink.finish", {}, (document, cancel) => sink.finish(document, {}, cancel)),
    call("sink.fail", { message: "no more" }, (document, cancel) => sink.fail(document, {}, cancel)),
  ];
}

/** A request per entrypoint that takes one, in an order in which all of them are accepted. */
export function entrypointCalls(subjects: CallSubjects): readonly EntrypointCall[] {
  return [...processCalls(subjects), ...sessionCalls(subjects), ...deltaCalls(subjects), ...streamCalls(subjects)];
}
