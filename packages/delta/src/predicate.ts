import type { Expression } from "@deltafuse/session-core/expression";
import type { ExpressionNode } from "@deltafuse/session-core/frame-plan";
import { invalidSpec } from "./errors.ts";

/** A condition or value: SQL text in the session's dialect, or an expression. */
export type Predicate = string | Expression;

/** Columns and their values. */
export type Assignments = Readonly<Record<string, Predicate>>;

/** A {@link Predicate} as the engine takes it. */
export type PredicateRequest = string | ExpressionNode;

/** What the engine takes. Throws `DELTA.INVALID_SPEC` for anything that is no predicate. */
export function predicateRequest(predicate: Predicate, option: string): PredicateRequest {
  if (typeof predicate === "string") return predicate;
  const given: unknown = predicate;
  if (typeof given !== "object" || given === null || !("node" in given)) {
    throw invalidSpec(option, "it must be SQL text or an expression");
  }
  return predicate.node;
}

/** What the engine takes of assignments. */
export function assignmentsRequest(
  assignments: Assignments,
  option: string,
): Readonly<Record<string, PredicateRequest>> {
  const entries = Object.entries(assignments);
  return Object.fromEntries(entries.map(([name, value]) => [name, predicateRequest(value, `${option}.${name}`)]));
}
