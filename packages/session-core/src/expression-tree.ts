import type {
  CallExpression,
  CaseBranch,
  CaseExpression,
  Expression,
  NullOrder,
  Operand,
  PatternOptions,
  SortKey,
  WindowBound,
  WindowOptions,
} from "./expression.ts";
import type {
  BinaryOperator,
  CallNode,
  CaseNode,
  ExpressionNode,
  LikeNode,
  NamedNode,
  SortKeyNode,
  UnaryOperator,
  WindowBoundNode,
  WindowNode,
} from "./frame-plan.ts";
import type { Frame } from "./frame.ts";
import { sessionError } from "./errors.ts";
import { literalNode } from "./literal.ts";
import { formatTypeText, parseTypeText } from "./type-text.ts";

/** Whether a value is an expression, judged by its shape. */
export function isExpression(value: unknown): value is Expression {
  if (typeof value !== "object" || value === null || !("node" in value)) return false;
  return typeof value.node === "object" && value.node !== null && "e" in value.node;
}

/** The tree of an operand: an expression's own, or a literal. */
export function operandNode(operand: Operand): ExpressionNode {
  return isExpression(operand) ? operand.node : literalNode(operand);
}

/** The tree of a column by name or expression. */
export function columnNode(column: string | Expression): ExpressionNode {
  return typeof column === "string" ? { e: "col", name: column } : column.node;
}

/** Values under the names of a record. */
export function namedNodes(values: Readonly<Record<string, Operand>>): readonly NamedNode[] {
  return Object.entries(values).map(([name, value]) => ({ name, value: operandNode(value) }));
}

/** A sort key from a key, an expression or a column name; without a direction: ascending, nulls last. */
export function sortKeyNode(key: SortKey | Expression | string): SortKeyNode {
  if (typeof key === "string") return orderOf({ e: "col", name: key }, false, undefined);
  return "key" in key ? key.key : orderOf(key.node, false, undefined);
}

function orderOf(value: ExpressionNode, descending: boolean, options: NullOrder | undefined): SortKeyNode {
  return { value, descending, nullsFirst: options?.nulls === "first" };
}

function boundNode(bound: WindowBound): WindowBoundNode {
  if (typeof bound === "string") return bound;
  return "preceding" in bound ? { preceding: String(bound.preceding) } : { following: String(bound.following) };
}

function windowNode({ partitionBy = [], orderBy = [], frame }: WindowOptions): WindowNode {
  const rows = { partitionBy: partitionBy.map(columnNode), orderBy: orderBy.map(sortKeyNode) };
  if (frame === undefined) return rows;
  const { unit, from = "unbounded", to = "current" } = frame;
  return { ...rows, frame: { unit, from: boundNode(from), to: boundNode(to) } };
}

class TreeExpression<Node extends ExpressionNode = ExpressionNode> implements Expression {
  readonly node: Node;

  constructor(node: Node) {
    this.node = node;
  }

  #binary(op: BinaryOperator, other: Operand): Expression {
    return treeExpression({ e: "binary", op, left: this.node, right: operandNode(other) });
  }

  #unary(e: UnaryOperator): Expression {
    return treeExpression({ e, arg: this.node });
  }

  #range(bounds: readonly [low: Operand, high: Operand], negated: boolean): Expression {
    const [low, high] = bounds;
    return treeExpression({ e: "between", arg: this.node, low: operandNode(low), high: operandNode(high), negated });
  }

  #member(values: readonly Operand[], negated: boolean): Expression {
    return treeExpression({ e: "inList", arg: this.node, list: values.map(operandNode), negated });
  }

  #pattern(pattern: Operand, kind: Pick<LikeNode, "negated" | "caseInsensitive"> & PatternOptions): Expression {
    return treeExpression({ e: "like", arg: this.node, pattern: operandNode(pattern), ...kind });
  }

  #similar(pattern: Operand, negated: boolean): Expression {
    return treeExpression({ e: "similarTo", arg: this.node, pattern: operandNode(pattern), negated });
  }

  #inFrame(frame: Frame, negated: boolean): Expression {
    return treeExpression({ e: "inFrame", arg: this.node, query: { queried: frame }, negated });
  }

  add(other: Operand): Expression {
    return this.#binary("+", other);
  }

  sub(other: Operand): Expression {
    return this.#binary("-", other);
  }

  mul(other: Operand): Expression {
    return this.#binary("*", other);
  }

  div(other: Operand): Expression {
    return this.#binary("/", other);
  }

  mod(other: Operand): Expression {
    return this.#binary("%", other);
  }

  eq(other: Operand): Expression {
    return this.#binary("=", other);
  }

  neq(other: Operand): Expression {
    return this.#binary("!=", other);
  }

  lt(other: Operand): Expression {
    return this.#binary("<", other);
  }

  lte(other: Operand): Expression {
    return this.#binary("<=", other);
  }

  gt(other: Operand): Expression {
    return this.#binary(">", other);
  }

  gte(other: Operand): Expression {
    return this.#binary(">=", other);
  }

  eqNullSafe(other: Operand): Expression {
    return this.#binary("is not distinct from", other);
  }

  neqNullSafe(other: Operand): Expression {
    return this.#binary("is distinct from", other);
  }

  and(other: Operand): Expression {
    return this.#binary("and", other);
  }

  or(other: Operand): Expression {
    return this.#binary("or", other);
  }

  neg(): Expression {
    return this.#unary("negative");
  }

  not(): Expression {
    const { node } = this;
    // The engine turns a negated subquery into a join, and the negation of one only sometimes.
    if (node.e === "exists" || node.e === "inFrame") return treeExpression({ ...node, negated: !node.negated });
    return this.#unary("not");
  }

  isNull(): Expression {
    return this.#unary("isNull");
  }

  isNotNull(): Expression {
    return this.#unary("isNotNull");
  }

  isTrue(): Expression {
    return this.#unary("isTrue");
  }

  isNotTrue(): Expression {
    return this.#unary("isNotTrue");
  }

  isFalse(): Expression {
    return this.#unary("isFalse");
  }

  isNotFalse(): Expression {
    return this.#unary("isNotFalse");
  }

  isUnknown(): Expression {
    return this.#unary("isUnknown");
  }

  isNotUnknown(): Expression {
    return this.#unary("isNotUnknown");
  }

  between(low: Operand, high: Operand): Expression {
    return this.#range([low, high], false);
  }

  notBetween(low: Operand, high: Operand): Expression {
    return this.#range([low, high], true);
  }

  inList(values: readonly Operand[]): Expression {
    return this.#member(values, false);
  }

  notInList(values: readonly Operand[]): Expression {
    return this.#member(values, true);
  }

  like(pattern: Operand, options?: PatternOptions): Expression {
    return this.#pattern(pattern, { negated: false, caseInsensitive: false, ...options });
  }

  notLike(pattern: Operand, options?: PatternOptions): Expression {
    return this.#pattern(pattern, { negated: true, caseInsensitive: false, ...options });
  }

  ilike(pattern: Operand, options?: PatternOptions): Expression {
    return this.#pattern(pattern, { negated: false, caseInsensitive: true, ...options });
  }

  notIlike(pattern: Operand, options?: PatternOptions): Expression {
    return this.#pattern(pattern, { negated: true, caseInsensitive: true, ...options });
  }

  cast(type: string): Expression {
    return treeExpression({ e: "cast", arg: this.node, type: formatTypeText(parseTypeText(type)) });
  }

  tryCast(type: string): Expression {
    return treeExpression({ e: "tryCast", arg: this.node, type: formatTypeText(parseTypeText(type)) });
  }

  field(name: string): Expression {
    return treeExpression({ e: "field", arg: this.node, name });
  }

  at(index: Operand): Expression {
    return treeExpression({ e: "at", arg: this.node, index: operandNode(index) });
  }

  slice(from: Operand, to: Operand): Expression {
    return treeExpression({ e: "slice", arg: this.node, from: operandNode(from), to: operandNode(to) });
  }

  similarTo(pattern: Operand): Expression {
    return this.#similar(pattern, false);
  }

  notSimilarTo(pattern: Operand): Expression {
    return this.#similar(pattern, true);
  }

  inFrame(frame: Frame): Expression {
    return this.#inFrame(frame, false);
  }

  notInFrame(frame: Frame): Expression {
    return this.#inFrame(frame, true);
  }

  alias(name: string): Expression {
    return treeExpression({ e: "alias", arg: this.node, name });
  }

  asc(options?: NullOrder): SortKey {
    return { key: orderOf(this.node, false, options) };
  }

  desc(options?: NullOrder): SortKey {
    return { key: orderOf(this.node, true, options) };
  }

  [Symbol.toPrimitive](): never {
    throw sessionError(
      "FRAME.TYPE_MISMATCH",
      "An expression has no value in JavaScript: write a.gt(1) instead of a > 1, a.add(b) instead of a + b.",
      { details: {} },
    );
  }
}

class TreeCall extends TreeExpression<CallNode> implements CallExpression {
  distinct(): CallExpression {
    return new TreeCall({ ...this.node, distinct: true });
  }

  filter(condition: Operand): CallExpression {
    return new TreeCall({ ...this.node, filter: operandNode(condition) });
  }

  orderBy(...keys: readonly (SortKey | Expression | string)[]): CallExpression {
    return new TreeCall({ ...this.node, orderBy: keys.map(sortKeyNode) });
  }

  nulls(treatment: "ignore" | "respect"): CallExpression {
    return new TreeCall({ ...this.node, nulls: treatment });
  }

  over(window: WindowOptions = {}): Expression {
    return treeExpression({ ...this.node, over: windowNode(window) });
  }
}

class TreeCase extends TreeExpression<CaseNode> implements CaseExpression {
  when(condition: Operand): CaseBranch {
    return caseBranch(this.node.branches, condition);
  }

  otherwise(value: Operand): Expression {
    return treeExpression({ ...this.node, otherwise: operandNode(value) });
  }
}

/** An expression with that tree. */
export function treeExpression(node: ExpressionNode): Expression {
  return new TreeExpression(node);
}

/** A function call of those arguments. */
export function callExpression(name: string, args: readonly Operand[]): CallExpression {
  return new TreeCall({ e: "call", name, args: args.map(operandNode) });
}

/** The next condition of a `CASE` with those branches. */
export function caseBranch(branches: CaseNode["branches"], condition: Operand): CaseBranch {
  const test = operandNode(condition);
  return {
    // oxlint-disable-next-line unicorn/no-thenable -- SQL's own word; a branch is never awaited.
    then: (value) => new TreeCase({ e: "case", branches: [...branches, { when: test, then: operandNode(value) }] }),
  };
}
