import { columnNode, isExpression, namedNodes, operandNode, sortKeyNode, treeExpression } from "./expression-tree.ts";
import type { CallExpression, Expression, Operand, SortKey } from "./expression.ts";
import type { AggregateOperation, ExpressionNode, FrameOperation, JoinOperation } from "./frame-plan.ts";
import type { Aggregates, Aggregation, JoinOptions, PivotOptions, RepartitionOptions } from "./frame.ts";

/** `select`: columns by name or expression, in output order. */
export function selectOperation(columns: readonly (string | Expression)[]): FrameOperation {
  return { op: "select", values: columns.map(columnNode) };
}

/** `withColumns`: names and values, in order. */
export function withColumnsOperation(columns: Readonly<Record<string, Operand>>): FrameOperation {
  return { op: "withColumns", values: namedNodes(columns) };
}

/** `aggregate`: groups first, then aggregates under their names. */
export function aggregateOperation({ by = [], values }: Aggregation): AggregateOperation {
  return { op: "aggregate", by: by.map(columnNode), values: aggregateNodes(values) };
}

function aggregateNodes(values: Aggregates): readonly ExpressionNode[] {
  return isList(values)
    ? values.map(operandNode)
    : Object.entries(values).map(([name, value]) => value.alias(name).node);
}

/** `groupingSets`: the columns of all sets, each once, and the sets as positions among them. */
export function groupingSetsOperation(
  sets: readonly (readonly (string | Expression)[])[],
): Pick<AggregateOperation, "by" | "sets"> {
  const texts: string[] = [];
  const by: ExpressionNode[] = [];
  const position = (column: string | Expression): number => {
    const node = columnNode(column);
    const text = JSON.stringify(node);
    const known = texts.indexOf(text);
    if (known >= 0) return known;
    texts.push(text);
    return by.push(node) - 1;
  };
  return { sets: { sets: sets.map((set) => set.map(position)) }, by };
}

/** `pivot`: the aggregates once per value, each over the rows that have it. */
export function pivotOperation({ by = [], on, values, aggregate }: PivotOptions): FrameOperation {
  const named = isList(values) ? values.map((value) => [String(value), value] as const) : Object.entries(values);
  const aggregates = isCall(aggregate) ? [["", aggregate] as const] : Object.entries(aggregate);
  const column = columnNode(on);
  const cells = named.flatMap(([name, value]) =>
    aggregates.map(([suffix, call]) => {
      const rows = { e: "binary", op: "is not distinct from", left: column, right: operandNode(value) } as const;
      return call.filter(treeExpression(rows)).alias(suffix === "" ? name : `${name}_${suffix}`).node;
    }),
  );
  return { op: "aggregate", by: by.map(columnNode), values: cells };
}

function isCall(aggregate: PivotOptions["aggregate"]): aggregate is CallExpression {
  return isExpression(aggregate);
}

/** `cast`: columns in their place with other types. */
export function castOperation(types: Readonly<Record<string, string>>): FrameOperation {
  const casts = Object.entries(types).map(([name, type]) => [name, treeExpression(columnNode(name)).cast(type)]);
  return withColumnsOperation(Object.fromEntries(casts));
}

/** `fillNull`. */
export function fillNullOperation(values: Readonly<Record<string, Operand>>): FrameOperation {
  return { op: "fillNull", values: namedNodes(values) };
}

/** `distinctOn`. */
export function distinctOnOperation(
  on: readonly (string | Expression)[],
  orderBy: readonly (string | Expression | SortKey)[],
): FrameOperation {
  return { op: "distinctOn", on: on.map(columnNode), orderBy: orderBy.map(sortKeyNode) };
}

/** `repartition`. */
export function repartitionOperation({ hash, roundRobin, partitions }: RepartitionOptions): FrameOperation {
  const count = roundRobin ?? partitions;
  return {
    op: "repartition",
    ...(hash === undefined ? {} : { hash: hash.map(columnNode) }),
    ...(count === undefined ? {} : { partitions: count }),
  };
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
