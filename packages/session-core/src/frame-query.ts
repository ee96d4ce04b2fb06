import { blindCast } from "@deltafuse/config/casts";
import type { FrameOperation, QueryNode } from "./frame-plan.ts";
import type { Frame } from "./frame.ts";

function isQuery(value: object): value is { readonly queried: Frame } {
  return "queried" in value;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** The frames inside the expressions of an operation, in the order of {@link withQueries}. */
export function queriedFrames(value: object): readonly Frame[] {
  if (isQuery(value)) return [value.queried];
  return Object.values(value).filter(isObject).flatMap(queriedFrames);
}

/** An operation with what each of its frames became, in their order. */
export function withQueries(operation: FrameOperation, queries: readonly QueryNode[]): FrameOperation {
  if (queries.length === 0) return operation;
  const left = [...queries];
  return replaced(operation, () => left.shift());
}

function replaced<T>(value: T, next: () => QueryNode | undefined): T {
  const text = JSON.stringify(value, (_key, member: unknown) =>
    isObject(member) && isQuery(member) ? next() : member,
  );
  return blindCast<T, "the same JSON but for the queries">(JSON.parse(text));
}
