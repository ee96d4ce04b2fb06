import type { Table } from "apache-arrow";
import type { Expression, Operand, SortKey } from "./expression.ts";
import type { NestedField } from "./field-type.ts";
import type { JoinType } from "./frame-plan.ts";
import type { PlanArtifact } from "./plan-artifact.ts";
import type { ProgressOptions } from "./progress-watch.ts";
import type { RecordBatchStream } from "./record-batch-stream.ts";
import type { DecodeOptions } from "./row-decoder.ts";
import type { RowOptions } from "./rows.ts";
import type { AbortableOptions } from "@deltafuse/config/abort";

/** What a frame is aggregated by and to. */
export interface Aggregation {
  /** Columns or expressions of the groups, first in the output. Default: one group of all rows. */
  readonly by?: readonly (string | Expression)[];
  /** Aggregates; name them with `alias`, or give a record of names. */
  readonly values: readonly Expression[] | Readonly<Record<string, Expression>>;
}

/** How two frames are joined. */
export interface JoinOptions {
  /** Columns that must be equal: names that both sides have (they appear once in the output), or pairs left, right. */
  readonly on?: readonly (string | readonly [left: string, right: string])[];
  /** Default: `inner`. */
  readonly type?: JoinType;
  /** A further condition over both sides. */
  readonly filter?: Expression;
  /** Whether null equals null in `on`. Default: false. */
  readonly nullEquals?: boolean;
  /** Added to names of the right side that the left has too; without it such a name is `FRAME.DUPLICATE_COLUMN`. */
  readonly suffix?: string;
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

/** How a plan is told. */
export interface ExplainOptions extends AbortableOptions {
  /** Default: `indent`. */
  readonly format?: "indent" | "tree" | "pgjson" | "graphviz";
  /** Adds the stages of planning; with `indent` only. Default: false. */
  readonly verbose?: boolean;
  /** Executes the query and adds what was measured; with `indent` and `pgjson` only. Default: false. */
  readonly analyze?: boolean;
}

/**
 * A query that is not run yet: an immutable description. Operations are synchronous and do no native work; the terminals
 * at the end plan it, and all but `schema`, `explain` and `artifact` run it. No order is implicit: sort where it matters.
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
  /** New names for columns, by their old names; each must exist. */
  rename(columns: Readonly<Record<string, string>>): Frame;
  /** Groups and aggregates. */
  aggregate(aggregation: Aggregation): Frame;
  /** Joins another frame of the same session. Throws `FRAME.FOREIGN_SESSION`. */
  join(right: Frame, options: JoinOptions): Frame;
  /** Orders rows, most significant key first; nulls last unless stated. */
  sort(...keys: readonly (string | Expression | SortKey)[]): Frame;
  /** At most that many rows, after leaving out `offset` rows. */
  limit(rows: number, offset?: number): Frame;
  /** The rows of this frame and of the others, columns by position. Throws `FRAME.FOREIGN_SESSION`. */
  union(...others: readonly Frame[]): Frame;
  /** Names the input, for `col(name, column)`. */
  alias(name: string): Frame;

  /** The columns; plans without running. */
  schema(options?: AbortableOptions): Promise<readonly NestedField[]>;
  /** Runs the query and streams its result. */
  stream(options?: ProgressOptions): Promise<RecordBatchStream>;
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
  /** Runs the query for the number of its rows. */
  count(options?: ProgressOptions): Promise<number>;
  /** Runs the query for its first rows, drawn as a table of text. */
  show(options?: ShowOptions): Promise<string>;
  /** The plan as text of the engine. */
  explain(options?: ExplainOptions): Promise<string>;
  /** What would run, with digests and a fingerprint; nothing is run. */
  artifact(options?: AbortableOptions): Promise<PlanArtifact>;
}
