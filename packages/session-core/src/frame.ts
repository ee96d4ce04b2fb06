import type { Table } from "apache-arrow";
import type { CallExpression, Expression, Operand, SortKey } from "./expression.ts";
import type { LiteralValue } from "./literal.ts";
import type { NestedField } from "./field-type.ts";
import type { JoinType } from "./frame-plan.ts";
import type { ExplainNodesOptions, ExplainOptions, PlanNode } from "./explain.ts";
import type { Lineage } from "./lineage.ts";
import type { TraceOptions, TraceStep } from "./optimizer-trace.ts";
import type { PlanArtifact, PlanStageName } from "./plan-artifact.ts";
import type { PlanWarning } from "./plan-warning.ts";
import type { FilterPushdown } from "./pushdown.ts";
import type { QueryProfile } from "./query-profile.ts";
import type { ProgressOptions } from "./progress-watch.ts";
import type { RecordBatchStream } from "./record-batch-stream.ts";
import type { DecodeOptions } from "./row-decoder.ts";
import type { RowOptions } from "./rows.ts";
import type { AbortableOptions } from "@deltafuse/config/abort";
import type { Closeable } from "@deltafuse/config/disposal";

/** Aggregates, or expressions over them; name them with `alias`, or give a record of names. */
export type Aggregates = readonly Expression[] | Readonly<Record<string, Expression>>;

/** What a frame is aggregated by and to. */
export interface Aggregation {
  /** Columns or expressions of the groups, first in the output. Default: one group of all rows. */
  readonly by?: readonly (string | Expression)[];
  readonly values: Aggregates;
}

/** A frame with its groups, which waits for the aggregates. */
export interface GroupedFrame {
  /** One row per group: its columns, then the aggregates. */
  aggregate(values: Aggregates): Frame;
}

/** How values of one column become columns. */
export interface PivotOptions {
  /** Columns or expressions of the rows, first in the output. Default: one row. */
  readonly by?: readonly (string | Expression)[];
  /** The column whose values become columns. */
  readonly on: string | Expression;
  /** Those values: their columns are named by them, or by the keys of a record. */
  readonly values: readonly LiteralValue[] | Readonly<Record<string, LiteralValue>>;
  /** What fills the cells. With several, columns are named `value_name`. */
  readonly aggregate: CallExpression | Readonly<Record<string, CallExpression>>;
}

/** How rows are spread over partitions. */
export type RepartitionOptions =
  | {
      /** Rows that agree in these come together. */
      readonly hash: readonly (string | Expression)[];
      /** Default: the session's number. */
      readonly partitions?: number;
      readonly roundRobin?: undefined;
    }
  | {
      /** Batches go to that many partitions in turn. */
      readonly roundRobin: number;
      readonly hash?: undefined;
      readonly partitions?: undefined;
    };

/** What becomes of rows without an element. */
export interface UnnestOptions {
  /**
   * `drop`: they go. `preserve`: rows with a null list stay, those with an empty one go. `preserve_empty`: both stay.
   * Default: `preserve`.
   */
  readonly nulls?: "drop" | "preserve" | "preserve_empty";
}

/** Whether duplicates stay. */
export interface SetOptions {
  /** Default: false, each row once. */
  readonly all?: boolean;
}

/** Whose SQL is written. */
export interface ToSqlOptions extends AbortableOptions {
  /** Default: `datafusion`. */
  readonly dialect?: "datafusion" | "postgresql" | "mysql" | "sqlite" | "duckdb" | "bigquery";
}

/** How two frames are joined. */
export interface JoinOptions {
  /** Columns that must be equal: names that both sides have (they appear once in the output), or pairs left, right. */
  readonly on?: readonly (string | readonly [left: string, right: string])[];
  /** Default: `inner`. */
  readonly type?: JoinType;
  /** A further condition over both sides, which have their aliases as names, else `left` and `right`. */
  readonly filter?: Expression;
  /** Whether null equals null in `on`. Default: false. */
  readonly nullEquals?: boolean;
  /** Added to names of the right side that the left has too; without it such a name is `FRAME.DUPLICATE_COLUMN`. */
  readonly suffix?: string;
}

/** How a result is streamed. */
export interface StreamOptions extends ProgressOptions {
  /**
   * What becomes of columns of views (`utf8_view`, `binary_view`): `plain` makes utf8 and binary of them, `keep` passes them on
   * as they are, for readers that know them. Values of rows are the same. Default: `plain`.
   */
  readonly viewTypes?: "plain" | "keep";
}

/** Bounds of what is gathered in memory. */
export interface CollectOptions extends ProgressOptions {
  /** Most rows; null: no limit. Default: the profile's `limits.collectRows`. */
  readonly maxRows?: number | null;
  /** Most bytes of Arrow data; null: no limit. Default: the profile's `limits.collectBytes`. */
  readonly maxBytes?: number | null;
  /** What happens past a limit: `QUERY.RESULT_TOO_LARGE`, or a result that ends there. Default: `error`. */
  readonly onLimit?: "error" | "truncate";
}

/** What a statement may give to those who gather its rows. */
export interface ResultLimits {
  /** Most rows. */
  readonly maxRows?: number;
  /** Most bytes of Arrow data. */
  readonly maxBytes?: number;
}

/** Says of a gathered result whether a limit ended it. */
export interface Truncation {
  readonly truncated: boolean;
}

/** How a table is drawn. */
export interface ShowOptions extends ProgressOptions {
  /** Rows that are drawn. Default: 20. */
  readonly limit?: number;
  /** Widest cell. Default: 40. */
  readonly maxCellWidth?: number;
}

/** Where the rows of a spooled frame are. */
export interface SpoolOptions extends ProgressOptions {
  /** Bytes that are kept in memory; what comes after goes to a file of the session's spill directory. Default: 64 MiB. */
  readonly memoryBytes?: number;
  /** Most bytes in all; null: no limit. Default: null. */
  readonly maxBytes?: number | null;
}

/**
 * A frame whose rows were computed already. Closing it lets go of them, in memory and on disk: frames made of it reject
 * with `NATIVE.CLOSED` from then on; streams that are open go on to their end.
 */
export interface SpooledFrame extends Frame, Closeable {}

/** What an artifact holds beside the logical plan. */
export interface ArtifactOptions extends ProgressOptions {
  /** `p2` asks for the physical plan too; the others always come. Default: none. */
  readonly stages?: readonly PlanStageName[];
  /** The query as SQL; where SQL has no words for it, a warning `UNPARSE` and `plan.capture_failed`. Default: false. */
  readonly sql?: boolean;
  /** The text of EXPLAIN. Default: false. */
  readonly explain?: boolean;
  /** Runs the query, throws its rows away and tells how long it took. Default: false. */
  readonly analyze?: boolean;
  /** Which columns of which tables the query reads. Default: false. */
  readonly lineage?: boolean;
  /** The optimised plan in Substrait; where it cannot be expressed, a warning says why. Default: false. */
  readonly substrait?: boolean;
  /**
   * The optimised plan as a `datafusion.LogicalPlanNode` for programs in Rust, its tables by name; where it cannot be
   * expressed, a warning `PROTO` and `plan.capture_failed`. Default: false.
   */
  readonly proto?: boolean;
  /**
   * Stages whose text and captures the artifact holds: `lineage` and `sql` of p0, `substrait` and `proto` of p1, `explain` of
   * p2. The others keep their digests. Default: all.
   */
  readonly retain?: readonly PlanStageName[];
}

/** A plan for other engines. */
export interface SubstraitPlan {
  /** A serialised `substrait.Plan`. */
  readonly bytes: Uint8Array;
  /** What another engine may not understand: functions of the program, by name, and tables without a name. */
  readonly warnings: readonly PlanWarning[];
}

/**
 * A query that is not run yet: an immutable description. Operations are synchronous and do no native work; the terminals
 * at the end plan it, and all but `schema`, `explain`, `optimizerTrace`, `pushdown`, `lineage`, `toSql`, `toSubstrait` and
 * `artifact` run it. No order is implicit: sort where it matters.
 *
 * Terminals reject with `FRAME.UNKNOWN_COLUMN {column, step, candidates}`, `FRAME.DUPLICATE_COLUMN`,
 * `FRAME.TYPE_MISMATCH`, with the `SQL.*` code of a statement at the root, and with what the engine reports while running.
 */
export interface Frame {
  /** Exactly these columns. */
  select(...columns: readonly (string | Expression)[]): Frame;
  /** Rows for which the condition is true. */
  filter(condition: Expression): Frame;
  /** Adds a column at the end, or replaces one in its place. */
  withColumn(name: string, value: Operand): Frame;
  /** Adds or replaces several columns. */
  withColumns(columns: Readonly<Record<string, Operand>>): Frame;
  /** Everything but these columns; each must exist. */
  drop(...columns: readonly string[]): Frame;
  /** Columns with other types, in their place: `cast({ price: "decimal(10, 2)" })`. A value that does not fit fails. */
  cast(types: Readonly<Record<string, string>>): Frame;
  /** Values in place of nulls; a column keeps its type. */
  fillNull(values: Readonly<Record<string, Operand>>): Frame;
  /** New names for columns, by their old names; each must exist. */
  rename(columns: Readonly<Record<string, string>>): Frame;
  /** Each row once. */
  distinct(): Frame;
  /** The first row of each group in an order that begins with the groups. */
  distinctOn(on: readonly (string | Expression)[], orderBy: readonly (string | Expression | SortKey)[]): Frame;
  /** Groups and aggregates. */
  aggregate(aggregation: Aggregation): Frame;
  /** Groups: `groupBy("g").aggregate({ total: call("sum", col("a")) })`. */
  groupBy(...by: readonly (string | Expression)[]): GroupedFrame;
  /** Groups by all the columns, by all but the last, and so on to one group of all rows. */
  rollup(...by: readonly (string | Expression)[]): GroupedFrame;
  /** Groups by every subset of the columns. */
  cube(...by: readonly (string | Expression)[]): GroupedFrame;
  /** Groups by each of the sets; columns that a set has not are null in its rows. */
  groupingSets(...sets: readonly (readonly (string | Expression)[])[]): GroupedFrame;
  /** Values of a column as columns of their own. */
  pivot(options: PivotOptions): Frame;
  /** Adds columns at the end, for window functions: `window(call("row_number").over({ orderBy: ["a"] }).alias("n"))`. */
  window(...columns: readonly Expression[]): Frame;
  /** Joins another frame of the same session. Throws `FRAME.FOREIGN_SESSION`. */
  join(right: Frame, options: JoinOptions): Frame;
  /**
   * Joins on any condition; the sides have their aliases as names, else `left` and `right`:
   * `col("left", "a").lt(col("right", "b"))`.
   */
  joinOn(right: Frame, condition: Expression, options?: Omit<JoinOptions, "on" | "filter" | "nullEquals">): Frame;
  /** Every row with every row of the other frame. */
  crossJoin(right: Frame, options?: Pick<JoinOptions, "suffix">): Frame;
  /** Orders rows, most significant key first; nulls last unless stated. */
  sort(...keys: readonly (string | Expression | SortKey)[]): Frame;
  /** At most that many rows, after leaving out `offset` rows. */
  limit(rows: number, offset?: number): Frame;
  /** The first rows. Default: 10. */
  head(rows?: number): Frame;
  /** The rows of this frame and of the others, columns by position. Throws `FRAME.FOREIGN_SESSION`. */
  union(...others: readonly Frame[]): Frame;
  /** The same, each row once. */
  unionDistinct(...others: readonly Frame[]): Frame;
  /**
   * The rows of this frame and of another, columns by name. A name that one of them lacks is `FRAME.UNKNOWN_COLUMN`, or
   * null in its rows with `allowMissing`.
   */
  unionByName(other: Frame, options?: { readonly allowMissing?: boolean }): Frame;
  /** Rows that the other frame has too; columns by position. */
  intersect(other: Frame, options?: SetOptions): Frame;
  /** Rows that the other frame has not; columns by position. */
  except(other: Frame, options?: SetOptions): Frame;
  /** A row per element of lists, which are taken side by side; a column per field of structs. */
  unnest(columns: readonly string[], options?: UnnestOptions): Frame;
  /** Spreads the rows over partitions. */
  repartition(options: RepartitionOptions): Frame;
  /** Per column: count, null_count, mean, std, min, max and median, a row each; numbers are float64, all else text. */
  describe(): Frame;
  /** Values of `param` and of `$name` in SQL expressions of this frame. Throws `SQL.PARAMETER_TYPE`. */
  bind(parameters: Readonly<Record<string, unknown>>): Frame;
  /** Names the input, for `col(name, column)`. */
  alias(name: string): Frame;

  /** The columns; plans without running. */
  schema(options?: AbortableOptions): Promise<readonly NestedField[]>;
  /** Runs the query and streams its result. */
  stream(options?: StreamOptions): Promise<RecordBatchStream>;
  /**
   * Runs the query with a stream for each of its output partitions, so that several readers share the work. Each stream
   * starts with its first pull; closing one ends its partition, and a failure of one ends all. It is one query in the events.
   */
  streamPartitions(options?: StreamOptions): Promise<readonly RecordBatchStream[]>;
  /**
   * Runs the query once, and gives a frame of its rows that can be read any number of times. Rejects with
   * `QUERY.RESULT_TOO_LARGE` past `maxBytes`, and then keeps nothing.
   *
   * @example
   * await using kept = await session.sql(slow).spool();
   * const [total, rows] = [await kept.count(), await kept.head().rows()];
   */
  spool(options?: SpoolOptions): Promise<SpooledFrame>;
  /** Runs the query and gathers its result as an apache-arrow Table. */
  collect(options?: CollectOptions): Promise<Table & Truncation>;
  /**
   * Runs the query and gathers its rows. Their type is what the caller names, or that of the schema in `decode`, which then
   * parses every row.
   *
   * @example
   * const orders = await frame.rows({ decode: z.object({ id: z.bigint(), price: z.string().nullable() }) });
   */
  rows<T extends object = Record<string, unknown>>(
    options?: CollectOptions & RowOptions & DecodeOptions<T>,
  ): Promise<T[] & Truncation>;
  /** Runs the query for its first row; null without one. */
  first<T extends object = Record<string, unknown>>(
    options?: ProgressOptions & RowOptions & DecodeOptions<T>,
  ): Promise<T | null>;
  /** Runs the query for its only row. Rejects with `QUERY.NOT_SINGLE_ROW` unless there is exactly one. */
  single<T extends object = Record<string, unknown>>(
    options?: ProgressOptions & RowOptions & DecodeOptions<T>,
  ): Promise<T>;
  /** Runs the query for its only value. Rejects with `QUERY.NOT_SINGLE_ROW` unless there are one row and one column. */
  scalar<T = unknown>(options?: ProgressOptions & RowOptions): Promise<T>;
  /** Runs the query, throws its rows away and tells how many there were. */
  drain(options?: ProgressOptions): Promise<number>;
  /** Runs the query for the number of its rows. */
  count(options?: ProgressOptions): Promise<number>;
  /** Runs the query for its first rows, drawn as a table of text. */
  show(options?: ShowOptions): Promise<string>;
  /** The physical plan as data; nothing is run. */
  explain(options: ExplainNodesOptions): Promise<PlanNode>;
  /** The plan as text of the engine. With `analyze` the query runs, and `onProgress` and the signal hold for the run. */
  explain(options?: ExplainOptions): Promise<string>;
  /**
   * Runs the query, throws its rows away and tells what its operators did. A run that fails, or is aborted while it runs, has a
   * profile too: its `status` tells, nothing is thrown.
   */
  profile(options?: ProgressOptions): Promise<QueryProfile>;
  /** What each rule of the planner makes of the plan, in order; nothing is run. */
  optimizerTrace(options?: TraceOptions): Promise<readonly TraceStep[]>;
  /** What becomes of the filters that reach each table; nothing is run. */
  pushdown(options?: AbortableOptions): Promise<readonly FilterPushdown[]>;
  /**
   * The query as SQL, for tables that the reader has too: rows in memory are a table `values` there. Rejects with
   * `ENGINE.NOT_IMPLEMENTED` where SQL has no words for the query.
   */
  toSql(options?: ToSqlOptions): Promise<string>;
  /**
   * What would run, with digests and a fingerprint; nothing is run, unless `analyze` asks for it. Rejects with
   * `PLAN.VERSION_CONFLICT` when the plan reads one Delta table at two versions that were not both asked for.
   */
  artifact(options?: ArtifactOptions): Promise<PlanArtifact>;
  /** Which columns of which tables the query reads, and how its columns come of them; nothing is run. */
  lineage(options?: AbortableOptions): Promise<Lineage>;
  /**
   * The optimised plan for other engines. It keeps no versions of tables, and is whole or nothing: rejects with
   * `PLAN.SUBSTRAIT_UNSUPPORTED {reason}` for what cannot be expressed.
   */
  toSubstrait(options?: AbortableOptions): Promise<SubstraitPlan>;
}
