import { type Closeable, closeable } from "@deltafuse/config/disposal";
import { interceptedSql } from "./before-sql.ts";
import type { NestedField } from "./field-type.ts";
import {
  encodedValues,
  permittedHandle,
  type PlannedSql,
  planSql,
  planSqlSchema,
  plannedSql,
  takenSql,
} from "./frame-leaf.ts";
import { type FrameLeaf, frameNode, plannedOnce, type PlanningOptions } from "./frame-node.ts";
import { frameOf } from "./frame-tree.ts";
import type { Frame } from "./frame.ts";
import type { NativeHandle } from "./native-binding.ts";
import { handleOf } from "./native-session.ts";
import { encodeParameters, type Parameters, type TableParameters } from "./parameters.ts";
import { type PreparedReply, preparedSchema } from "./prepared-reply.ts";
import { planningOnly, type QueryDefaults } from "./query-open.ts";
import { type QueryRun, startQueryRun } from "./query-run.ts";
import { type QueryTables, queryTables, tablesOver } from "./query-tables.ts";
import type { SessionState } from "./session-state.ts";
import { checkSqlSize } from "./sql-guard.ts";
import type { NamedStatement } from "./named-statements.ts";
import type { SqlText } from "./sql-text.ts";
import { preparedNotFound } from "./statement-errors.ts";
import { formatTypeText } from "./type-text.ts";

/** A parameter of a prepared statement. */
export interface PreparedParameter {
  /** Without `$`; positions as `1`, `2`, …. */
  readonly name: string;
  /** Type text of what the planner inferred; null where any type will do. */
  readonly type: string | null;
}

/**
 * A query that was parsed and planned once, to be run with many values. It is planned again by itself when the catalog has
 * changed, and before every run when it reads a Delta table, which is read at its newest version.
 */
export interface PreparedStatement extends Closeable {
  readonly sql: string;
  /** In the order of their names. */
  readonly parameters: readonly PreparedParameter[];
  /** Its columns; types that depend on the values are those the planner assumed. */
  readonly fields: readonly NestedField[];
  /**
   * The query with values in place of its parameters, and with tables in the place of those it was prepared with, lazy.
   * Throws `SQL.PARAMETER_NAME`, `SQL.PARAMETER_TYPE` and `FRAME.FOREIGN_SESSION` at once;
   * the terminals of the frame reject with `SQL.PARAMETER_MISSING`, `SQL.PARAMETER_UNUSED`, `SQL.PARAMETER_MIXED`,
   * `SQL.PARAMETER_TYPE`, and with `NATIVE.CLOSED` after `close`. Frames that were planned before stay usable.
   *
   * @example
   * const byId = await session.prepare("SELECT * FROM orders WHERE id = $1");
   * const [order] = await byId.bind([42]).rows();
   */
  bind(values?: Parameters, options?: BindOptions): Frame;
}

/** What a run of a prepared statement has of its own. */
export interface BindOptions {
  /** Tables in the place of those the statement was prepared with. It is planned anew for them. */
  readonly tables?: TableParameters;
}

/** A prepared statement with values, and with tables of their own. */
interface BoundParts extends Pick<PreparedParts, "state" | "handle" | "text"> {
  readonly own: QueryTables | undefined;
}

interface PreparedParts {
  readonly state: SessionState;
  readonly text: SqlText;
  readonly handle: NativeHandle;
  readonly reply: PreparedReply;
  readonly defaults: QueryDefaults;
  /** Whether closing it closes the handle. One that has a name stays until DEALLOCATE. */
  readonly owned: boolean;
}

class Prepared implements PreparedStatement {
  readonly sql: string;
  readonly parameters: readonly PreparedParameter[];
  readonly fields: readonly NestedField[];
  readonly #parts: PreparedParts;
  readonly #closing: Closeable;

  constructor(parts: PreparedParts) {
    const { text, handle, reply, owned } = parts;
    this.sql = reply.sql;
    this.fields = reply.fields;
    this.parameters = reply.parameters.map(({ name, type }) => ({
      name,
      type: type === null ? null : formatTypeText(type),
    }));
    this.#parts = parts;
    this.#closing = closeable(async () => {
      if (!owned) return;
      handle.close();
      await text.tables?.stop();
    });
  }

  bind(values?: Parameters, { tables: given }: BindOptions = {}): Frame {
    const { state, text, defaults } = this.#parts;
    state.assertOpen();
    const parameters = encodeParameters(values);
    const tables = queryTables(state, given, parameters?.names ?? []);
    const bound = { ...text, source: "bind", given: values, parameters } as const;
    return frameOf(frameNode(state, this.#leaf(bound, tables)), defaults);
  }

  close(): Promise<void> {
    return this.#closing.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#closing.close();
  }

  /** Interceptors may replace the text, which is then planned as any other. */
  #leaf(prepared: SqlText, own: QueryTables | undefined): FrameLeaf {
    const { state, handle } = this.#parts;
    const text = { ...prepared, tables: tablesOver(prepared.tables, own) };
    return plannedOnce((run, options) => {
      if (run.hooks.asks("beforeSql")) return planSql(state, text, { run, ...options });
      const bound = { state, handle, text, own };
      return takenSql(run, text, async () => ({ text, result: bindText(bound, { run, ...options }) }));
    });
  }
}

async function bindText(
  { state, handle, text, own }: BoundParts,
  { run, ...planning }: PlanningOptions & { readonly run: QueryRun },
): Promise<PlannedSql> {
  const { open, ...options } = planning;
  const { members, buffers } = await encodedValues(state, text.parameters);
  const tables = await own?.opened(run, planning);
  const all = await text.tables?.opened(run, planning);
  const request = { ...members, ...tables?.members, ...(open === undefined ? {} : { open }) };
  const handles = tables?.handles ?? [];
  const call = { entrypoint: "prepared.bind", on: handle, request, buffers, handles, reply: planSqlSchema };
  return plannedSql(text, await state.call(call, options), all);
}

/** A query to prepare. */
export interface PreparedSpec {
  readonly text: SqlText;
  /** What EXECUTE and `session.prepared` call it. */
  readonly name?: string;
  /** Type texts of its first parameters. */
  readonly types?: readonly string[];
}

/** Plans a query whose values come later. Rejects as the terminals of `sql` do. */
export async function prepareStatement(
  state: SessionState,
  spec: PreparedSpec,
  defaults: QueryDefaults,
): Promise<PreparedStatement> {
  const { signal: _signal, ...kept } = defaults;
  return new Prepared({ state, ...(await preparedStatement(state, spec, defaults)), defaults: kept, owned: true });
}

/** The same for one with a name, which is kept under it. */
export async function nameStatement(
  state: SessionState,
  spec: PreparedSpec & { readonly name: string },
  defaults: QueryDefaults,
): Promise<void> {
  keepStatement(state, spec.name, await preparedStatement(state, spec, defaults));
}

/** Takes over what PREPARE has added: its handle is asked for. */
export async function adoptStatement(state: SessionState, name: string, text: SqlText): Promise<void> {
  const call = { entrypoint: "session.preparedSql", request: { name }, reply: preparedSchema() } as const;
  const answer = await state.call(call);
  const { sql } = answer.body;
  keepStatement(state, name, {
    text: { ...text, sql, source: "prepare" },
    handle: handleOf(answer),
    reply: answer.body,
  });
}

/** The prepared statement of a name. Throws `SQL.PREPARED_NOT_FOUND`. */
export function namedStatement(state: SessionState, name: string): PreparedStatement {
  state.assertOpen();
  const statement = state.statements.get(name);
  if (statement === undefined) throw preparedNotFound(name);
  return new Prepared({ state, ...statement, defaults: {}, owned: false });
}

function keepStatement(state: SessionState, name: string, statement: NamedStatement): void {
  state.statements.add(name, statement);
  const types = statement.reply.parameters.map(({ type }) => (type === null ? null : formatTypeText(type)));
  state.hooks.emit("statement.prepared", { name, types, replaced: false });
}

async function preparedStatement(
  state: SessionState,
  spec: PreparedSpec,
  defaults: QueryDefaults,
): Promise<NamedStatement> {
  state.assertOpen();
  defaults.signal?.throwIfAborted();
  const run = startQueryRun(state, defaults);
  return planningOnly(run, defaults, () =>
    takenSql(run, spec.text, async () => {
      const text = await interceptedSql(spec.text, run, defaults);
      return { text, result: prepareText(state, { ...spec, text }, { run, ...defaults }) };
    }),
  );
}

async function prepareText(
  state: SessionState,
  { text, name, types }: PreparedSpec,
  { run, ...options }: QueryDefaults & { readonly run: QueryRun },
): Promise<NamedStatement> {
  const { sql, policy } = text;
  checkSqlSize(sql, policy);
  const tables = await text.tables?.opened(run, options);
  const request = {
    sql,
    ...tables?.members,
    ...(name === undefined ? {} : { name }),
    ...(types === undefined ? {} : { types }),
    ...(policy === state.sqlPolicy ? {} : { policy }),
  };
  const handles = tables?.handles ?? [];
  const call = { entrypoint: "session.prepareSql", request, handles, reply: preparedSchema() } as const;
  const answer = await state.call(call, options);
  return { text, handle: permittedHandle(answer, policy), reply: answer.body };
}
