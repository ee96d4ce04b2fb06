import { callExpression, caseBranch, namedNodes, operandNode, treeExpression } from "./expression-tree.ts";
import type { ExpressionNode, SortKeyNode } from "./frame-plan.ts";
import type { Frame } from "./frame.ts";
import { literalNode, type LiteralValue } from "./literal.ts";

/** What an operand may be: an expression, or a value that becomes a literal. */
export type Operand = Expression | LiteralValue;

/** Where nulls go in an order. */
export interface NullOrder {
  /** Default: last, in both directions. */
  readonly nulls?: "first" | "last";
}

/** One key of an order; made by `asc()` and `desc()`. */
export interface SortKey {
  readonly key: SortKeyNode;
}

/**
 * An expression over the columns of a frame: immutable, serialisable data. Names are data and never parsed. JavaScript's
 * own operators do not apply: `a > 1` or `a + b` on expressions throws, use `a.gt(1)` and `a.add(b)`.
 */
export interface Expression {
  /** The tree that crosses to the engine. */
  readonly node: ExpressionNode;

  /** Sum, `+`. */
  add(other: Operand): Expression;
  /** Difference, `-`. */
  sub(other: Operand): Expression;
  /** Product, `*`. */
  mul(other: Operand): Expression;
  /** Quotient, `/`; of two integers an integer. */
  div(other: Operand): Expression;
  /** Remainder. */
  mod(other: Operand): Expression;
  /** Arithmetic negation. */
  neg(): Expression;

  /** `=`; null where either side is null. */
  eq(other: Operand): Expression;
  /** `<>`; null where either side is null. */
  neq(other: Operand): Expression;
  /** `<`. */
  lt(other: Operand): Expression;
  /** `<=`. */
  lte(other: Operand): Expression;
  /** `>`. */
  gt(other: Operand): Expression;
  /** `>=`. */
  gte(other: Operand): Expression;
  /** Equality in which null equals null: `IS NOT DISTINCT FROM`. */
  eqNullSafe(other: Operand): Expression;
  /** `IS DISTINCT FROM`. */
  neqNullSafe(other: Operand): Expression;

  /** Both conditions hold; false wins over null. */
  and(other: Operand): Expression;
  /** One of the conditions holds; true wins over null. */
  or(other: Operand): Expression;
  /** The condition does not hold; null stays null. */
  not(): Expression;

  /** Both bounds included. */
  between(low: Operand, high: Operand): Expression;
  /** The opposite of `between`. */
  notBetween(low: Operand, high: Operand): Expression;
  /** An empty list is false. */
  inList(values: readonly Operand[]): Expression;
  /** An empty list is true. */
  notInList(values: readonly Operand[]): Expression;
  /** SQL LIKE: `%` and `_`. */
  like(pattern: Operand, options?: PatternOptions): Expression;
  /** The opposite of `like`. */
  notLike(pattern: Operand, options?: PatternOptions): Expression;
  /** LIKE without regard to case. */
  ilike(pattern: Operand, options?: PatternOptions): Expression;
  /** The opposite of `ilike`. */
  notIlike(pattern: Operand, options?: PatternOptions): Expression;
  /** SQL SIMILAR TO: a regular expression. */
  similarTo(pattern: Operand): Expression;
  /** The opposite of `similarTo`. */
  notSimilarTo(pattern: Operand): Expression;
  /** Whether the one column of a frame has the value. The frame may refer to this one with {@link outer}. */
  inFrame(frame: Frame): Expression;
  /** The opposite of `inFrame`; null where the frame has a null and not the value. */
  notInFrame(frame: Frame): Expression;

  /** Whether it is null. */
  isNull(): Expression;
  /** Whether it is not null. */
  isNotNull(): Expression;
  /** Whether a condition is true. */
  isTrue(): Expression;
  /** Whether a condition is false or null. */
  isNotTrue(): Expression;
  /** Whether a condition is false. */
  isFalse(): Expression;
  /** Whether a condition is true or null. */
  isNotFalse(): Expression;
  /** Whether a condition is null. */
  isUnknown(): Expression;
  /** Whether a condition is true or false. */
  isNotUnknown(): Expression;

  /** Casts to a type text, for example `"decimal128(10, 2)"`; a value that does not fit fails the query. */
  cast(type: string): Expression;
  /** Casts to a type text; a value that does not fit becomes null. */
  tryCast(type: string): Expression;
  /** Member of a struct. */
  field(name: string): Expression;
  /** Element of a list, counted from 1. */
  at(index: Operand): Expression;
  /** Elements of a list from one position to another, both included and counted from 1; negative ones from the end. */
  slice(from: Operand, to: Operand): Expression;
  /** Names the result. */
  alias(name: string): Expression;

  /** Ascending order. */
  asc(options?: NullOrder): SortKey;
  /** Descending order. */
  desc(options?: NullOrder): SortKey;

  /** Throws `FRAME.TYPE_MISMATCH`: an expression has no value in JavaScript. */
  [Symbol.toPrimitive](): never;
}

/** How a pattern is read. */
export interface PatternOptions {
  /** The character that takes the meaning from `%` and `_`. Default: none. */
  readonly escape?: string;
}

/** A bound of a window: the end, the current row, or a distance. For `range` the distance may be an interval as text. */
export type WindowBound =
  | "unbounded"
  | "current"
  | { readonly preceding: number | string }
  | { readonly following: number | string };

/** The rows that a window function sees. */
export interface WindowOptions {
  /** Rows that belong together. Default: all. */
  readonly partitionBy?: readonly (string | Expression)[];
  /** Their order. */
  readonly orderBy?: readonly (string | Expression | SortKey)[];
  /**
   * Which rows around the current one count: by number of rows, by the distance of the value sorted by, or by groups of
   * rows equal in order. Default: those up to the current one and its equals; all without an order.
   */
  readonly frame?: {
    readonly unit: "rows" | "range" | "groups";
    /** Default: `unbounded`. */
    readonly from?: WindowBound;
    /** Default: `current`. */
    readonly to?: WindowBound;
  };
}

/** Which columns `all` stands for. */
export interface AllOptions {
  /** Those of the input with this alias. Default: of every input. */
  readonly table?: string;
  /** Columns left out; each must exist. */
  readonly exclude?: readonly string[];
  /** Columns with another value, in their place; each must exist. */
  readonly replace?: Readonly<Record<string, Operand>>;
}

/** A function call; the additions below make sense for aggregate and window functions. */
export interface CallExpression extends Expression {
  /** Only distinct arguments count. */
  distinct(): CallExpression;
  /** Only rows for which the condition holds count. */
  filter(condition: Operand): CallExpression;
  /** Order in which the rows are taken, for functions that depend on it. */
  orderBy(...keys: readonly (SortKey | Expression | string)[]): CallExpression;
  /** What nulls among the arguments are: left out, or values. Default: what the function does by itself. */
  nulls(treatment: "ignore" | "respect"): CallExpression;
  /** Makes it a window function: one value per row, over the rows around it. */
  over(window?: WindowOptions): Expression;
}

/** `CASE` in the making; as it stands it gives null where no condition holds. */
export interface CaseExpression extends Expression {
  /** Adds a condition that is tried after those before it. */
  when(condition: Operand): CaseBranch;
  /** The value where no condition holds. */
  otherwise(value: Operand): Expression;
}

/** A condition that waits for its value. */
export interface CaseBranch {
  /** The value where the condition holds and none before it does. */
  then(value: Operand): CaseExpression;
}

/** The column of that name: `col("a")`, or `col("t", "a")` for the input with alias `t`. */
export function col(name: string): Expression;
export function col(table: string, name: string): Expression;
export function col(first: string, second?: string): Expression {
  return treeExpression(second === undefined ? { e: "col", name: first } : { e: "col", table: first, name: second });
}

/**
 * A literal. Without a type: text is utf8, a safe integer int64, another number float64, a bigint int64, uint64 or
 * decimal128(38, 0), a Date timestamp(ms, UTC), bytes are binary.
 *
 * @param value - The value.
 * @param type - Type text to cast to, for example `"date32"`. Throws `SQL.TYPE_UNKNOWN`.
 */
export function lit(value: LiteralValue, type?: string): Expression {
  return treeExpression(literalNode(value, type));
}

/** Starts a `CASE`: `when(condition).then(value)`. */
export function when(condition: Operand): CaseBranch {
  return caseBranch([], condition);
}

/**
 * Calls a function of the engine or one registered with the session: scalar, higher-order or aggregate, and with `over`
 * any aggregate or window function.
 *
 * @example
 * call("sum", col("delay")).alias("total")
 */
export function call(name: string, ...args: readonly Operand[]): CallExpression {
  return callExpression(name, args);
}

/**
 * SQL text as an expression. It is parsed by the engine against the columns of the frame and the SQL policy applies, so
 * never build it from values: use {@link lit}.
 */
export function sqlExpression(text: string): Expression {
  return treeExpression({ e: "sql", text });
}

/** Every column, for `select`: `select(all({ exclude: ["secret"] }), col("a").add(1).alias("b"))`. */
export function all(options: AllOptions = {}): Expression {
  const { table, exclude = [], replace = {} } = options;
  return treeExpression({
    e: "all",
    ...(table === undefined ? {} : { table }),
    exclude,
    replace: namedNodes(replace),
  });
}

/** A value that `bind` of the frame gives; without it the frame fails with `SQL.PARAMETER_MISSING`. */
export function param(name: string): Expression {
  return treeExpression({ e: "param", name });
}

/**
 * A function for a higher-order function, in every dialect.
 *
 * @example
 * call("array_transform", col("prices"), lambda(["x"], col("x").mul(2)))
 */
export function lambda(params: readonly string[], body: Operand): Expression {
  return treeExpression({ e: "lambda", params, body: operandNode(body) });
}

/** Whether a frame has a row. The frame may refer to the one around it with {@link outer}. */
export function exists(frame: Frame): Expression {
  return treeExpression({ e: "exists", query: { queried: frame }, negated: false });
}

/** The one value of a frame of one column and at most one row; null without a row. */
export function scalarOf(frame: Frame): Expression {
  return treeExpression({ e: "scalarOf", query: { queried: frame } });
}

/**
 * Inside the frame of `exists`, `inFrame` or `scalarOf`: a column of the frame around it, named as in {@link col}. Give the
 * inner frame an alias where both read one table.
 */
export function outer(name: string): Expression;
export function outer(table: string, name: string): Expression;
export function outer(first: string, second?: string): Expression {
  return treeExpression(
    second === undefined ? { e: "outer", name: first } : { e: "outer", table: first, name: second },
  );
}
