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

/** A literal: numbers as decimal text, binary as base64, dates and times as text that is cast to `type`. */
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
  | { readonly e: "cast" | "tryCast"; readonly arg: ExpressionNode; readonly type: string }
  | CaseNode
  | CallNode
  | { readonly e: "alias" | "field"; readonly arg: ExpressionNode; readonly name: string }
  | { readonly e: "at"; readonly arg: ExpressionNode; readonly index: ExpressionNode }
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

/** One operation of a frame as it crosses to the engine. */
export type FrameOperation =
  | { readonly op: "select"; readonly values: readonly ExpressionNode[] }
  | { readonly op: "filter"; readonly predicate: ExpressionNode }
  | {
      readonly op: "withColumns";
      readonly values: readonly { readonly name: string; readonly value: ExpressionNode }[];
    }
  | { readonly op: "drop"; readonly columns: readonly string[] }
  | { readonly op: "rename"; readonly columns: Readonly<Record<string, string>> }
  | { readonly op: "aggregate"; readonly by: readonly ExpressionNode[]; readonly values: readonly ExpressionNode[] }
  | { readonly op: "sort"; readonly keys: readonly SortKeyNode[] }
  | { readonly op: "limit"; readonly limit: number | null; readonly offset: number }
  | JoinOperation
  | { readonly op: "union"; readonly inputs: readonly number[] }
  | { readonly op: "alias"; readonly name: string };
