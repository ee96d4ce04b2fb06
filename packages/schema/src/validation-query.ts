import { call, col, type Expression, lit } from "@deltafuse/session-core/expression";
import { treeExpression } from "@deltafuse/session-core/expression-tree";
import type { Frame } from "@deltafuse/session-core/frame";
import { formatTypeText } from "@deltafuse/session-core/type-text";
import type { CheckedColumn, ValidationPlan } from "./validation-plan.ts";

/** Names that no column of a user has. */
const own = (name: string, index: number): string => `__deltafuse_${name}_${index}`;
const rowsName = "__deltafuse_rows";
const invalidName = "__deltafuse_invalid";
const duplicatesName = "__deltafuse_duplicates";

/** What the query counts; null stands for zero where there are no rows. */
export type ValidationCounts = Readonly<Record<string, bigint | null>>;

function checked({ name, type, source }: CheckedColumn): Expression {
  if (source === "same") return col(name);
  const value = source === "cast" ? col(name) : lit(null);
  return value.cast(formatTypeText(type)).alias(name);
}

function countIf(condition: Expression): Expression {
  return call("count", lit(1)).filter(condition);
}

/** Count of null values, in order of the required columns; then of broken checks. */
function failures({ required, checks }: ValidationPlan): Readonly<Record<string, Expression>> {
  return Object.fromEntries([
    ...required.map((_, index) => [own("null", index), col(own("flag", index))] as const),
    ...checks.map(({ expression }, index) => [own("check", index), treeExpression(expression).not()] as const),
  ]);
}

/** The one aggregate query of a validation: one row of counts. */
export function validationQuery(frame: Frame, plan: ValidationPlan): Frame {
  const { required, columns, keys } = plan;
  const flags = required.map((name, index) => col(name).isNull().alias(own("flag", index)));
  const groups = keys.map((name, index) => col(name).alias(own("key", index)));
  const values = [...columns.map(checked), ...flags, ...groups];
  const input = values.length === 0 ? frame : frame.select(...values);
  const broken = failures(plan);
  const [first, ...others] = Object.values(broken);
  const counts = {
    [rowsName]: call("count", lit(1)),
    ...Object.fromEntries(Object.entries(broken).map(([name, failed]) => [name, countIf(failed)])),
    ...(first === undefined ? {} : { [invalidName]: countIf(others.reduce((any, one) => any.or(one), first)) }),
  };
  if (keys.length === 0) return input.aggregate({ values: counts });
  const present = keys.map((_, index) => col(own("key", index)).isNotNull());
  const repeated = present.reduce((all, one) => all.and(one), col(rowsName).gt(1));
  const grouped = input.aggregate({ by: keys.map((_, index) => own("key", index)), values: counts });
  const sums = Object.keys(counts).map((name) => [name, call("sum", col(name))] as const);
  return grouped.aggregate({
    values: { ...Object.fromEntries(sums), [duplicatesName]: call("sum", col(rowsName)).filter(repeated) },
  });
}

/** The counts of a validation by what they count. */
export interface ReadCounts {
  readonly rows: bigint;
  readonly invalid: bigint;
  readonly duplicates: bigint;
  readonly nulls: readonly bigint[];
  readonly checks: readonly bigint[];
}

/** Takes the row of {@link validationQuery} apart. */
export function readCounts(counts: ValidationCounts, { required, checks }: ValidationPlan): ReadCounts {
  const read = (name: string): bigint => counts[name] ?? 0n;
  return {
    rows: read(rowsName),
    invalid: read(invalidName),
    duplicates: read(duplicatesName),
    nulls: required.map((_, index) => read(own("null", index))),
    checks: checks.map((_, index) => read(own("check", index))),
  };
}
