import { operandNode, sortKeyNode } from "./expression-tree.ts";
import type { Expression, Operand, SortKey } from "./expression.ts";
import type { ExpressionNode, FrameOperation, JoinOperation } from "./frame-plan.ts";
import type { Aggregation, JoinOptions } from "./frame.ts";

function columnNode(column: string | Expression): ExpressionNode {
  return typeof column === "string" ? { e: "col", name: column } : column.node;
}

/** `select`: columns by name or expression, in output order. */
export function selectOperation(columns: readonly (string | Expression)[]): FrameOperation {
  return { op: "select", values: columns.map(columnNode) };
}

/** `withColumns`: names and values, in order. */
export function withColumnsOperation(columns: Readonly<Record<string, Operand>>): FrameOperation {
  const values = Object.entries(columns).map(([name, value]) => ({ name, value: operandNode(value) }));
  return { op: "withColumns", values };
}

/** `aggregate`: groups first, then aggregates under their names. */
export function aggregateOperation({ by = [], values }: Aggregation): FrameOperation {
  const nodes = isList(values)
    ? values.map(operandNode)
    : Object.entries(values).map(([name, value]) => value.alias(name).node);
  return { op: "aggregate", by: by.map(columnNode), values: nodes };
}

function isList<T>(values: readonly T[] | Readonly<Record<string, T>>): values is readonly T[] {
  return Array.isArray(values);
}

/** `sort`: keys, most significant first. */
export function sortOperation(keys: readonly (string | Expression | SortKey)[]): FrameOperation {
  return { op: "sort", keys: keys.map(sortKeyNode) };
}

/** `join` with the operand at a position. */
export function joinOperation(options: JoinOptions, right: number): JoinOperation {
  const { on = [], type = "inner", filter, nullEquals = false, suffix } = options;
  return {
    op: "join",
    right,
    on: on.map((pair) => (typeof pair === "string" ? [pair, pair] : pair)),
    type,
    ...(filter === undefined ? {} : { filter: filter.node }),
    nullEquals,
    ...(suffix === undefined ? {} : { suffix }),
  };
}
