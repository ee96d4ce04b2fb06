import type { ColumnView } from "./column-batch.ts";
import { valueInvalid } from "./row-errors.ts";
import type { ValuePlan } from "./row-plan.ts";
import type { SessionError } from "./errors.ts";
import { formatTypeText } from "./type-text.ts";

/** Value of row `row`, which has one (is not null). */
export type ValueGetter = (row: number) => unknown;

/** Binds a getter to a column of one batch. */
export type GetterBinder = (view: ColumnView) => ValueGetter;

/** Makes the binder of a plan; `children` are those of its children, which answer null for null. */
export type BinderMaker = (plan: ValuePlan, children: readonly GetterBinder[]) => GetterBinder;

/** `ROWS.VALUE_INVALID` of a value that the row mode cannot express; its row is found by the row reader. */
export function unreadable(plan: ValuePlan, actual: string): SessionError<"ROWS.VALUE_INVALID"> {
  return valueInvalid(
    { path: plan.path, row: null },
    {
      type: formatTypeText(plan.logical),
      actual,
      reason: 'a Date cannot hold it; read the rows with values "lossless" or "json"',
    },
  );
}
