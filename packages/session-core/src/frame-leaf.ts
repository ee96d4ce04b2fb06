import type { FieldType } from "./field-type.ts";
import type { NativeBytes, NativeHandle } from "./native-binding.ts";
import { closeReply, type NativeAnswer } from "./native-call.ts";
import type { JsonObject, JsonValue } from "@deltafuse/config/canonical-json";
import { isDeltaFuseError } from "@deltafuse/config/errors";
import type { SqlPolicy } from "@deltafuse/config/sql-policy";
import * as z from "@deltafuse/config/zod";
import { type ArrowInput, arrowIpc } from "./arrow-input.ts";
import { interceptedSql } from "./before-sql.ts";
import { fieldTypeSchema } from "./field-schema.ts";
import { applyOperations, withoutSql } from "./frame-apply.ts";
import { type FrameLeaf, type NamedTable, type PlannedFrame, plannedOnce, type PlanningOptions } from "./frame-node.ts";
import type { GatheredRows } from "./gathered-rows.ts";
import type { FrameReply, NativeFrame } from "./native-session.ts";
import { frameReplyMembers, frameReplySchema, handleOf } from "./native-session.ts";
import { type EncodedParameters, isPosition, parametersIpc } from "./parameters.ts";
import { type PlanCacheUse, planCacheUseSchema, tellPlanCache } from "./plan-cache-use.ts";
import type { ProgressOptions } from "./progress-watch.ts";
import type { OpenedTables } from "./query-tables.ts";
import type { QueryRun, ReceivedSql } from "./query-run.ts";
import type { SessionState } from "./session-state.ts";
import { checkSqlPolicy, checkSqlSize } from "./sql-guard.ts";
import { type StatementInfo, statementSchema } from "./sql-statement.ts";
import type { SqlText } from "./sql-text.ts";
import { openedStream, type StreamReply, streamReplySchema } from "./stream-opening.ts";
import { parameterMixed } from "./statement-errors.ts";
import { formatTypeText } from "./type-text.ts";

/** What a module that claims a statement asks for. */
export interface PlannedClaim {
  readonly module: string;
  readonly request: JsonObject;
  /** Whether the frame gives the rows that the statement takes. */
  readonly source: boolean;
}

/** A planned statement. */
export interface PlannedSql extends PlannedFrame {
  readonly info: StatementInfo;
  /** For a statement that an extension performs. */
  readonly claim?: PlannedClaim;
}

/** What is told of a planned statement. */
export interface PlanSqlReply extends FrameReply {
  readonly statement: StatementInfo;
  readonly parameterTypes: readonly { readonly name: string; readonly type: FieldType }[];
  /** In microseconds. */
  readonly timings: { readonly parseUs: number; readonly analyzeUs: number };
  readonly planCache?: PlanCacheUse | undefined;
  readonly claim?: PlannedClaim | undefined;
  readonly opened?: StreamReply | undefined;
}

/** Shape of what is told of a planned statement. */
export const planSqlSchema: z.ZodMiniType<PlanSqlReply> = z.strictObject({
  ...frameReplyMembers,
  statement: statementSchema,
  parameterTypes: z.array(z.strictObject({ name: z.string(), type: fieldTypeSchema })),
  timings: z.strictObject({ parseUs: z.int(), analyzeUs: z.int() }),
  planCache: z.optional(planCacheUseSchema),
  claim: z.optional(
    z.strictObject({ module: z.string(), request: z.record(z.string(), z.custom<JsonValue>()), source: z.boolean() }),
  ),
  opened: z.optional(streamReplySchema),
});

/** What is told of a text that was taken. */
function receivedSql({ sql, source, parameters }: SqlText): ReceivedSql {
  return { sql, source, parameterNames: parameters?.names ?? [] };
}

/** Asks the interceptors, plans a statement under its policy and emits what happened to it. */
export async function planSql(
  state: SessionState,
  given: SqlText,
  { run, ...options }: PlanningOptions & { readonly run: QueryRun },
): Promise<PlannedSql> {
  return takenSql(run, given, async () => {
    const text = await interceptedSql(given, run, options);
    return { text, result: planText(state, text, { run, ...options }) };
  });
}

/** What became of a text: the one that is used in its place, and what is being made of it. */
export interface TakenSql<T> {
  readonly text: SqlText;
  readonly result: Promise<T>;
}

/** Emits that a text was taken and, when it fails, that it was refused. */
export async function takenSql<T>(run: QueryRun, given: SqlText, take: () => Promise<TakenSql<T>>): Promise<T> {
  run.receive(receivedSql(given));
  let text = given;
  try {
    const taken = await take();
    text = taken.text;
    return await taken.result;
  } catch (error) {
    // The tables of a prepared statement are for its other runs too.
    if (text.source !== "bind") await text.tables?.stop();
    throw run.refuse(mixedForms(error, text.parameters) ?? error, receivedSql(text));
  }
}

/** The members of a request that carry parameters, and their buffers. */
export async function encodedValues(
  state: SessionState,
  parameters: EncodedParameters | undefined,
): Promise<{ readonly members: Readonly<Record<string, unknown>>; readonly buffers: readonly Uint8Array[] }> {
  if (parameters === undefined) return { members: {}, buffers: [] };
  return {
    members: { parameters: { [parameters.form]: { $buffer: 0 } } },
    buffers: [await parametersIpc(state, parameters)],
  };
}

async function planText(
  state: SessionState,
  text: SqlText,
  { run, ...planning }: PlanningOptions & { readonly run: QueryRun },
): Promise<PlannedSql> {
  const { sql, source, parameters, policy } = text;
  checkSqlSize(sql, policy);
  const { open, ...options } = planning;
  const { members, buffers } = await encodedValues(state, parameters);
  const tables = await text.tables?.opened(run, planning);
  const request = {
    sql,
    ...members,
    ...tables?.members,
    ...(policy === state.sqlPolicy ? {} : { policy }),
    allow: source === "execute" ? "any" : "query",
    ...(open === undefined ? {} : { open }),
  };
  const handles = tables?.handles ?? [];
  const call = { entrypoint: "session.planSql", request, buffers, handles, reply: planSqlSchema };
  const reply = await state.call(call, options);
  const { planCache } = reply.body;
  if (planCache !== undefined) tellPlanCache(run, planCache);
  return plannedSql(text, reply, tables);
}

/**
 * The handle that was made of a statement, when the policy allows the statement. Throws `SQL.POLICY_VIOLATION`, and then
 * closes what the reply made.
 */
export function permittedHandle(
  reply: NativeAnswer<{ readonly statement: StatementInfo }>,
  policy: SqlPolicy,
): NativeHandle {
  const handle = handleOf(reply);
  try {
    checkSqlPolicy([reply.body.statement], policy);
  } catch (error) {
    closeReply(reply);
    throw error;
  }
  return handle;
}

/** What a reply says of a planned statement. Throws `SQL.POLICY_VIOLATION`, and then closes what the reply made. */
export function plannedSql(
  { sql, policy }: SqlText,
  reply: NativeAnswer<PlanSqlReply>,
  tables: OpenedTables | undefined,
): PlannedSql {
  const { fields, statement, parameterTypes, timings, planCache, claim, opened } = reply.body;
  const handle = permittedHandle(reply, policy);
  const frame = {
    handle,
    fields,
    info: statement,
    statement: {
      statementKind: statement.kind === "command" ? "statement" : statement.kind,
      summary: statement.summary,
      sql,
      sqlSanitized: statement.sanitized,
    },
    parameters: [
      ...parameterTypes.map(({ name, type }) => ({ name, type: formatTypeText(type) })),
      ...(tables?.planned ?? []).flatMap((table) => table.parameters),
    ],
    timings,
    cacheResult: planCache?.result ?? null,
    feeds: [...(tables?.feeds ?? []), ...(tables?.planned ?? []).flatMap((table) => table.feeds ?? [])],
    ...(claim === undefined ? {} : { claim }),
  };
  return opened === undefined ? frame : { ...frame, opened: openedStream(reply, opened) };
}

/** Values of one form and parameters of the other: the engine misses the values, the caller mixed the forms. */
function mixedForms(error: unknown, parameters: EncodedParameters | undefined): unknown {
  if (parameters === undefined || !isDeltaFuseError(error, "SQL.PARAMETER_MISSING")) return undefined;
  const missing = z.array(z.string()).safeParse(error.details["names"]).data ?? [];
  const isOther = (name: string): boolean => isPosition(name) !== (parameters.form === "positional");
  if (!missing.some(isOther)) return undefined;
  const { form, names } = parameters;
  return parameterMixed(
    form === "positional" ? { positional: names, named: missing } : { positional: missing, named: names },
  );
}

/** A leaf that is a query in SQL. */
export function sqlLeaf(state: SessionState, text: SqlText): FrameLeaf {
  return plannedOnce((run, options) => planSql(state, text, { run, ...options }));
}

/** A leaf that scans a registered table or view. */
export function tableLeaf(state: SessionState, name: readonly string[]): FrameLeaf {
  return new TableLeaf(state, name);
}

class TableLeaf implements FrameLeaf {
  readonly table: NamedTable;
  readonly #own: FrameLeaf;

  constructor(state: SessionState, name: readonly string[]) {
    let found: NativeHandle | undefined;
    const table: NamedTable = {
      name,
      get handle() {
        return found;
      },
      keep: (handle) => {
        if (found !== undefined) return false;
        found = handle;
        return true;
      },
    };
    this.table = table;
    this.#own = plannedOnce((run, options) => applyOperations(state, { leaves: [this], ops: [] }, { run, ...options }));
  }

  async planned(run: QueryRun, options: PlanningOptions): Promise<PlannedFrame> {
    const frame = await this.#own.planned(run, options);
    this.table.keep(frame.handle);
    return frame;
  }
}

/** A leaf of Arrow data. */
export function arrowLeaf(state: SessionState, data: ArrowInput): FrameLeaf {
  return plannedOnce(async (_run, options) => {
    return withoutSql(await nativeValues(state, { begin: await arrowIpc(data) }, options));
  });
}

/** A leaf of rows that were gathered. It holds them even when it is planned: with them goes what V8 was told of their size. */
export function rowsLeaf(state: SessionState, rows: GatheredRows): FrameLeaf & { readonly rows: GatheredRows } {
  const leaf = plannedOnce(async (_run, options) => {
    const source = { begin: await state.schemaMessage(rows.fields), rest: rows.bytes };
    return withoutSql(await nativeValues(state, source, options));
  });
  return { ...leaf, rows };
}

/** An Arrow IPC stream. */
interface ValuesSource {
  readonly begin: Uint8Array;
  readonly rest?: NativeBytes;
}

/** Hands the batches of an Arrow IPC stream to the native side. */
async function nativeValues(
  state: Pick<SessionState, "call">,
  { begin, rest }: ValuesSource,
  options: ProgressOptions,
): Promise<NativeFrame> {
  const request = { source: { $buffer: 0 }, ...(rest === undefined ? {} : { rest: { $handle: 0 } }) };
  const attached = { buffers: [begin], ...(rest === undefined ? {} : { handles: [rest] }) };
  const reply = await state.call(
    { entrypoint: "session.values", request, ...attached, reply: frameReplySchema },
    options,
  );
  return { handle: handleOf(reply), fields: reply.body.fields };
}

/** A leaf that is a plan in Substrait, read under the SQL policy of the session. */
export function substraitLeaf(state: SessionState, plan: Uint8Array): FrameLeaf {
  return plannedOnce(async (_run, options) => {
    const request = { plan: { $buffer: 0 } };
    const reply = await state.call(
      { entrypoint: "session.fromSubstrait", request, buffers: [plan], reply: frameReplySchema },
      options,
    );
    return withoutSql({ handle: handleOf(reply), fields: reply.body.fields });
  });
}

/** A leaf that is planned already. */
export function nativeLeaf(frame: NativeFrame): FrameLeaf {
  const planned = withoutSql(frame);
  return { planned: () => Promise.resolve(planned) };
}
