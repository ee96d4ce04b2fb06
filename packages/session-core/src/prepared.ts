import { type Closeable, closeable } from "@deltafuse/config/disposal";
import { z } from "zod";
import { interceptedSql } from "./before-sql.ts";
import { fieldTypeSchema } from "./field-schema.ts";
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
import { frameReplyMembers } from "./native-session.ts";
import { encodeParameters, type Parameters, type TableParameters } from "./parameters.ts";
import { planningOnly, type QueryDefaults } from "./query-open.ts";
import { type QueryRun, startQueryRun } from "./query-run.ts";
import { type QueryTables, queryTables, tablesOver } from "./query-tables.ts";
import type { SessionState } from "./session-state.ts";
import { checkSqlSize } from "./sql-guard.ts";
import { statementSchema } from "./sql-statement.ts";
import type { SqlText } from "./sql-text.ts";
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

const preparedSchema = z.strictObject({
  ...frameReplyMembers,
  statement: statementSchema,
  parameters: z.array(z.strictObject({ name: z.string(), type: fieldTypeSchema.nullable() })),
  timings: z.strictObject({ parseUs: z.int(), analyzeUs: z.int() }),
});

type PreparedReply = z.infer<typeof preparedSchema>;

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
}

class Prepared implements PreparedStatement {
  readonly sql: string;
  readonly parameters: readonly PreparedParameter[];
  readonly fields: readonly NestedField[];
  readonly #parts: PreparedParts;
  readonly #closing: Closeable;

  constructor(parts: PreparedParts) {
    const { text, handle, reply } = parts;
    this.sql = text.sql;
    this.fields = reply.fields;
    this.parameters = reply.parameters.map(({ name, type }) => ({
      name,
      type: type === null ? null : formatTypeText(type),
    }));
    this.#parts = parts;
    this.#closing = closeable(async () => {
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

/** Plans a query whose values come later. Rejects as the terminals of `sql` do. */
export async function prepareStatement(
  state: SessionState,
  given: SqlText,
  defaults: QueryDefaults,
): Promise<PreparedStatement> {
  state.assertOpen();
  defaults.signal?.throwIfAborted();
  const run = startQueryRun(state, defaults);
  const { signal: _signal, ...kept } = defaults;
  return planningOnly(run, defaults, () =>
    takenSql(run, given, async () => {
      const text = await interceptedSql(given, run, defaults);
      return {
        text,
        result: prepareText(state, text, { run, ...defaults }).then(
          (made) => new Prepared({ ...made, defaults: kept }),
        ),
      };
    }),
  );
}

async function prepareText(
  state: SessionState,
  text: SqlText,
  { run, ...options }: QueryDefaults & { readonly run: QueryRun },
): Promise<Omit<PreparedParts, "defaults">> {
  const { sql, policy } = text;
  checkSqlSize(sql, policy);
  const tables = await text.tables?.opened(run, options);
  const request = { sql, ...tables?.members, ...(policy === state.sqlPolicy ? {} : { policy }) };
  const handles = tables?.handles ?? [];
  const call = { entrypoint: "session.prepareSql", request, handles, reply: preparedSchema } as const;
  const answer = await state.call(call, options);
  return { state, text, handle: permittedHandle(answer, policy), reply: answer.body };
}
