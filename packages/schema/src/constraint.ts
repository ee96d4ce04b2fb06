import { type CanonicalValue, canonicalJson } from "@deltafuse/config/canonical-json";
import { blindCast } from "@deltafuse/config/casts";
import { fingerprint } from "@deltafuse/config/fingerprint";
import type { Expression } from "@deltafuse/session-core/expression";
import type { ExpressionNode } from "@deltafuse/session-core/frame-plan";

/** A condition that rows must not break; null does not break it. */
export interface CheckConstraint {
  readonly type: "check";
  readonly name?: string;
  /** Boolean expression over the columns, as data. */
  readonly expression: ExpressionNode;
}

/** What holds for the rows of a table. */
export type ConstraintSpec =
  | { readonly type: "primary_key" | "unique"; readonly columns: readonly string[] }
  | { readonly type: "not_null"; readonly column: string }
  | CheckConstraint;

/** What a table or contract says about its rows. */
export interface ConstrainedTable {
  readonly name: string;
  readonly keyFields: readonly string[];
  readonly requiredNonNull: readonly string[];
  readonly constraints: readonly ConstraintSpec[];
}

/** A check with its name: its own, or one that is made of the table and the expression. */
export interface NamedCheck {
  readonly name: string;
  readonly expression: ExpressionNode;
}

/** What all members of a table that state constraints come to. */
export interface ResolvedConstraints {
  /** Columns that must not be null: required ones, `not_null`, and those of the key fields or the primary key. */
  readonly requiredNonNull: readonly string[];
  /** Key fields, else the primary key, else the first unique constraint by name; empty without any. */
  readonly keyFields: readonly string[];
  readonly checks: readonly NamedCheck[];
}

/**
 * Makes a check constraint.
 *
 * @param expression - An expression, or SQL text over the columns of the table.
 * @param name - Name in findings. Default: made of the table's name and the expression.
 *
 * @example
 * check("price >= 0", "price_not_negative")
 */
export function check(expression: Expression | string, name?: string): CheckConstraint {
  const node: ExpressionNode = typeof expression === "string" ? { e: "sql", text: expression } : expression.node;
  return { type: "check", ...(name === undefined ? {} : { name }), expression: node };
}

/** Name of a constraint that has none: `<table>_<type>_<8 hex digits of its content>`. */
export function constraintName(table: string, constraint: ConstraintSpec): string {
  const content = blindCast<CanonicalValue, "a constraint is plain data">(constraint);
  return `${table}_${constraint.type}_${fingerprint("constraint", 1, content).slice(0, 8)}`;
}

/** The primary keys that constraints declare, each once. */
export function primaryKeys(constraints: readonly ConstraintSpec[]): readonly (readonly string[])[] {
  const keys = constraints.flatMap((constraint) => (constraint.type === "primary_key" ? [constraint.columns] : []));
  return [...new Map(keys.map((columns) => [canonicalJson(columns), columns])).values()];
}

function firstUnique({ name, constraints }: ConstrainedTable): readonly string[] {
  const unique = constraints
    .flatMap((constraint) =>
      constraint.type === "unique" ? [{ name: constraintName(name, constraint), columns: constraint.columns }] : [],
    )
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return unique[0]?.columns ?? [];
}

/** Brings the members of a table that state constraints together, without duplicates. Pure. */
export function resolveConstraints(table: ConstrainedTable): ResolvedConstraints {
  const { constraints, keyFields } = table;
  const [primary = []] = primaryKeys(constraints);
  const keys = keyFields.length > 0 ? keyFields : primary;
  const notNull = constraints.flatMap((constraint) => (constraint.type === "not_null" ? [constraint.column] : []));
  const checks = constraints.flatMap((constraint) =>
    constraint.type === "check"
      ? [{ name: constraint.name ?? constraintName(table.name, constraint), expression: constraint.expression }]
      : [],
  );
  return {
    requiredNonNull: [...new Set([...table.requiredNonNull, ...notNull, ...keys])],
    keyFields: keys.length > 0 ? keys : firstUnique(table),
    checks: [...new Map(checks.map((named) => [named.name, named])).values()],
  };
}
