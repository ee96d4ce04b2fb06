import type { AbortableOptions } from "@deltafuse/config/abort";
import * as z from "@deltafuse/config/zod";
import type { PlannedFrame } from "./frame-node.ts";
import type { SessionState } from "./session-state.ts";

/** The name of a table as the query gives it; parts that it does not give are null. */
export interface LineageTable {
  readonly catalog: string | null;
  readonly schema: string | null;
  readonly name: string;
}

/** A condition on the rows of a scan. */
export interface LineageFilter {
  readonly expression: string;
  /** `exact`: the table keeps it; `inexact`: it helps, and is checked again; `unsupported`: it is checked after the scan. */
  readonly pushdown: "exact" | "inexact" | "unsupported";
}

/** A scan of a table, as the optimised plan has it. */
export interface LineageScan {
  readonly table: LineageTable;
  /** Its name in the query, where it has another one. */
  readonly alias: string | null;
  /** Every column that is read. */
  readonly projection: readonly string[];
  readonly filters: readonly LineageFilter[];
  /** Most rows that are read; null: all. */
  readonly limit: number | null;
  /** Version of a Delta table. */
  readonly version?: number | undefined;
}

/** Kind of a join in a lineage. */
export type LineageJoinType =
  | "inner"
  | "left"
  | "right"
  | "full"
  | "left_semi"
  | "right_semi"
  | "left_anti"
  | "right_anti"
  | "left_mark"
  | "right_mark";

/** A join. Its keys are what must be equal, of ON and, for an inner join, of WHERE. */
export interface LineageJoin {
  readonly type: LineageJoinType;
  readonly leftKeys: readonly string[];
  readonly rightKeys: readonly string[];
  /** What else ON demands. */
  readonly filter: string | null;
}

/** Groups, and what is computed of each. */
export interface LineageAggregate {
  readonly groupBy: readonly string[];
  readonly aggregates: readonly string[];
}

/** A key of an order. */
export interface LineageSortKey {
  readonly expression: string;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

/** A call of a window function. */
export interface LineageWindow {
  readonly expression: string;
  readonly partitionBy: readonly string[];
  readonly orderBy: readonly LineageSortKey[];
}

/** A query inside an expression. */
export interface LineageSubquery {
  readonly kind: "scalar" | "exists" | "in" | "comparison";
  /** Columns of the queries around it that it uses. */
  readonly correlated: readonly string[];
}

/** A function that the query calls; higher-order functions are scalar ones. */
export interface LineageFunction {
  readonly name: string;
  readonly kind: "scalar" | "aggregate" | "window" | "table";
  readonly volatility: "immutable" | "stable" | "volatile";
  /** Whether it is the engine's own. */
  readonly builtin: boolean;
}

/**
 * How an output column is made of a column. `identity`: it is that column; `transform`: computed of values of the same row;
 * `window` and `aggregate`: by such a function; `none`: the column only decides about rows. Of several ways the strongest
 * is told: aggregate, window, transform, identity.
 */
export type LineageDirect = "identity" | "transform" | "aggregate" | "window" | "none";

/** What a column decides: which rows stay or which branch of a CASE is taken, which rows meet, their groups, their order. */
export type LineageIndirect = "filter" | "join" | "group" | "sort";

/** A column that an output column depends on. */
export interface LineageSource {
  readonly table: LineageTable;
  readonly column: string;
  readonly direct: LineageDirect;
  readonly indirect: readonly LineageIndirect[];
}

/** An output column. One that is the same in every row, as a literal is, has no sources. */
export interface LineageColumn {
  readonly output: string;
  readonly sources: readonly LineageSource[];
}

/**
 * Which columns of which tables a query reads and how its columns come of them. Columns, joins and the other operators are
 * those of the query before optimisation, queries inside expressions included; scans are those of the optimised plan.
 */
export interface Lineage {
  readonly lineageVersion: 1;
  readonly scans: readonly LineageScan[];
  readonly joins: readonly LineageJoin[];
  readonly aggregates: readonly LineageAggregate[];
  readonly windows: readonly LineageWindow[];
  readonly sorts: readonly { readonly keys: readonly LineageSortKey[] }[];
  /** `limit` is null where there is none. */
  readonly limits: readonly { readonly limit: number | null; readonly offset: number }[];
  /** `distinct`: each row once. */
  readonly unions: readonly { readonly inputs: number; readonly distinct: boolean }[];
  readonly subqueries: readonly LineageSubquery[];
  /** Full names of the views that were expanded. */
  readonly views: readonly string[];
  readonly functions: readonly LineageFunction[];
  readonly columns: readonly LineageColumn[];
}

const texts = z.array(z.string());
const table: z.ZodMiniType<LineageTable> = z.strictObject({
  catalog: z.nullable(z.string()),
  schema: z.nullable(z.string()),
  name: z.string(),
});
const sortKey: z.ZodMiniType<LineageSortKey> = z.strictObject({
  expression: z.string(),
  descending: z.boolean(),
  nullsFirst: z.boolean(),
});
const scan: z.ZodMiniType<LineageScan> = z.strictObject({
  table,
  alias: z.nullable(z.string()),
  projection: texts,
  filters: z.array(z.strictObject({ expression: z.string(), pushdown: z.enum(["exact", "inexact", "unsupported"]) })),
  limit: z.nullable(z.int()),
  version: z.optional(z.int()),
});
const joinTypes = z.enum([
  "inner",
  "left",
  "right",
  "full",
  "left_semi",
  "right_semi",
  "left_anti",
  "right_anti",
  "left_mark",
  "right_mark",
]);
const source: z.ZodMiniType<LineageSource> = z.strictObject({
  table,
  column: z.string(),
  direct: z.enum(["identity", "transform", "aggregate", "window", "none"]),
  indirect: z.array(z.enum(["filter", "join", "group", "sort"])),
});

/** Shape of a lineage, in replies of the native extension and in artifacts. */
export const lineageSchema: z.ZodMiniType<Lineage> = z.strictObject({
  lineageVersion: z.literal(1),
  scans: z.array(scan),
  joins: z.array(
    z.strictObject({ type: joinTypes, leftKeys: texts, rightKeys: texts, filter: z.nullable(z.string()) }),
  ),
  aggregates: z.array(z.strictObject({ groupBy: texts, aggregates: texts })),
  windows: z.array(z.strictObject({ expression: z.string(), partitionBy: texts, orderBy: z.array(sortKey) })),
  sorts: z.array(z.strictObject({ keys: z.array(sortKey) })),
  limits: z.array(z.strictObject({ limit: z.nullable(z.int()), offset: z.int() })),
  unions: z.array(z.strictObject({ inputs: z.int(), distinct: z.boolean() })),
  subqueries: z.array(z.strictObject({ kind: z.enum(["scalar", "exists", "in", "comparison"]), correlated: texts })),
  views: texts,
  functions: z.array(
    z.strictObject({
      name: z.string(),
      kind: z.enum(["scalar", "aggregate", "window", "table"]),
      volatility: z.enum(["immutable", "stable", "volatile"]),
      builtin: z.boolean(),
    }),
  ),
  columns: z.array(z.strictObject({ output: z.string(), sources: z.array(source) })),
});

/** Asks the engine for the lineage of a planned frame; nothing is run. */
export async function readLineage(
  state: SessionState,
  { handle }: Pick<PlannedFrame, "handle">,
  options: AbortableOptions,
): Promise<Lineage> {
  const { body } = await state.call({ entrypoint: "frame.planLineage", on: handle, reply: lineageSchema }, options);
  return body;
}
