import type { Frame } from "./frame.ts";

/** Operators with two operands, in SQL's spelling. */
export type BinaryOperator =
  | "+"
  | "-"
  | "*"
  | "/"
  | "%"
  | "="
  | "!="
  | "<"
  | "<="
  | ">"
  | ">="
  | "and"
  | "or"
  | "is distinct from"
  | "is not distinct from";

/** Operators with one operand. */
export type UnaryOperator =
  | "not"
  | "negative"
  | "isNull"
  | "isNotNull"
  | "isTrue"
  | "isNotTrue"
  | "isFalse"
  | "isNotFalse"
  | "isUnknown"
  | "isNotUnknown";

/** A literal: numbers as decimal text, binary as hexadecimal digits, dates and times as text that is cast to `type`. */
export interface LiteralNode {
  readonly e: "lit";
  /** Canonical type text; null leaves it to the engine. */
  readonly type: string | null;
  readonly value: null | boolean | string;
}

/** A function call. */
export interface CallNode {
  readonly e: "call";
  readonly name: string;
  readonly args: readonly ExpressionNode[];
  readonly distinct?: boolean;
  readonly filter?: ExpressionNode;
  readonly orderBy?: readonly SortKeyNode[];
  readonly nulls?: "ignore" | "respect";
  readonly over?: WindowNode;
}

/** A bound of a window: the end, the current row, or how far before or after it. */
export type WindowBoundNode = "unbounded" | "current" | { readonly preceding: string } | { readonly following: string };

/** `OVER (…)`. */
export interface WindowNode {
  readonly partitionBy: readonly ExpressionNode[];
  readonly orderBy: readonly SortKeyNode[];
  readonly frame?: {
    readonly unit: "rows" | "range" | "groups";
    readonly from: WindowBoundNode;
    readonly to: WindowBoundNode;
  };
}

/**
 * A query inside an expression: the frame it was given as or, as it crosses, the position of its leaf among the operands
 * and the operations over it.
 */
export type QueryNode =
  | { readonly queried: Frame }
  | { readonly source: number; readonly ops: readonly FrameOperation[] };

/** A value under the name of its column. */
export interface NamedNode {
  readonly name: string;
  readonly value: ExpressionNode;
}

/** `CASE WHEN … THEN … ELSE … END`. */
export interface CaseNode {
  readonly e: "case";
  readonly branches: readonly { readonly when: ExpressionNode; readonly then: ExpressionNode }[];
  readonly otherwise?: ExpressionNode;
}

/** `LIKE` and `ILIKE`. */
export interface LikeNode {
  readonly e: "like";
  readonly escape?: string;
  readonly arg: ExpressionNode;
  readonly pattern: ExpressionNode;
  readonly negated: boolean;
  readonly caseInsensitive: boolean;
}

/** An expression as it crosses to the engine. */
export type ExpressionNode =
  | { readonly e: "col"; readonly name: string; readonly table?: string }
  | LiteralNode
  | {
      readonly e: "binary";
      readonly op: BinaryOperator;
      readonly left: ExpressionNode;
      readonly right: ExpressionNode;
    }
  | { readonly e: UnaryOperator; readonly arg: ExpressionNode }
  | {
      readonly e: "between";
      readonly arg: ExpressionNode;
      readonly low: ExpressionNode;
      readonly high: ExpressionNode;
      readonly negated: boolean;
    }
  | {
      readonly e: "inList";
      readonly arg: ExpressionNode;
      readonly list: readonly ExpressionNode[];
      readonly negated: boolean;
    }
  | LikeNode
  | {
      readonly e: "similarTo";
      readonly arg: ExpressionNode;
      readonly pattern: ExpressionNode;
      readonly negated: boolean;
    }
  | { readonly e: "cast" | "tryCast"; readonly arg: ExpressionNode; readonly type: string }
  | CaseNode
  | CallNode
  | { readonly e: "alias" | "field"; readonly arg: ExpressionNode; readonly name: string }
  | { readonly e: "at"; readonly arg: ExpressionNode; readonly index: ExpressionNode }
  | { readonly e: "slice"; readonly arg: ExpressionNode; readonly from: ExpressionNode; readonly to: ExpressionNode }
  | { readonly e: "lambda"; readonly params: readonly string[]; readonly body: ExpressionNode }
  | { readonly e: "param"; readonly name: string }
  | { readonly e: "inFrame"; readonly arg: ExpressionNode; readonly query: QueryNode; readonly negated: boolean }
  | { readonly e: "exists"; readonly query: QueryNode; readonly negated: boolean }
  | { readonly e: "scalarOf"; readonly query: QueryNode }
  | { readonly e: "outer"; readonly name: string; readonly table?: string }
  | {
      readonly e: "all";
      readonly table?: string;
      readonly exclude: readonly string[];
      readonly replace: readonly NamedNode[];
    }
  | { readonly e: "sql"; readonly text: string };

/** One key of an order. */
export interface SortKeyNode {
  readonly value: ExpressionNode;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

/** How two inputs are joined. */
export type JoinType = "inner" | "left" | "right" | "full" | "semi" | "anti" | "rightSemi" | "rightAnti";

/** A join; `right` is an index into the operands of the request. */
export interface JoinOperation {
  readonly op: "join";
  readonly right: number;
  readonly on: readonly (readonly [left: string, right: string])[];
  readonly type: JoinType;
  readonly filter?: ExpressionNode;
  readonly nullEquals: boolean;
  readonly suffix?: string;
}

/** Groups and aggregates; `sets` are positions in `by`. */
export interface AggregateOperation {
  readonly op: "aggregate";
  readonly by: readonly ExpressionNode[];
  readonly values: readonly ExpressionNode[];
  readonly sets?: "rollup" | "cube" | { readonly sets: readonly (readonly number[])[] };
}

/** One operation of a frame as it crosses to the engine. */
export type FrameOperation =
  | { readonly op: "select"; readonly values: readonly ExpressionNode[] }
  | { readonly op: "filter"; readonly predicate: ExpressionNode }
  | { readonly op: "withColumns" | "fillNull"; readonly values: readonly NamedNode[] }
  | { readonly op: "drop"; readonly columns: readonly string[] }
  | { readonly op: "rename"; readonly columns: Readonly<Record<string, string>> }
  | { readonly op: "distinct" | "describe" }
  | { readonly op: "distinctOn"; readonly on: readonly ExpressionNode[]; readonly orderBy: readonly SortKeyNode[] }
  | AggregateOperation
  | { readonly op: "sort"; readonly keys: readonly SortKeyNode[] }
  | { readonly op: "limit"; readonly limit: number | null; readonly offset: number }
  | JoinOperation
  | {
      readonly op: "union";
      readonly inputs: readonly number[];
      readonly distinct?: boolean;
      readonly by?: "position" | "name" | "anyName";
    }
  | { readonly op: "intersect" | "except"; readonly right: number; readonly all: boolean }
  | {
      readonly op: "unnest";
      readonly columns: readonly string[];
      readonly nulls: "drop" | "preserve" | "preserve_empty";
    }
  | { readonly op: "repartition"; readonly hash?: readonly ExpressionNode[]; readonly partitions?: number }
  | { readonly op: "alias"; readonly name: string };
