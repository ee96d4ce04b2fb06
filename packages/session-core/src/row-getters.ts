import { InternalError } from "@deltafuse/config/errors";
import { bytesGetters } from "./bytes-getters.ts";
import type { ColumnView } from "./column-batch.ts";
import { decimalGetters } from "./decimal-getters.ts";
import { nestedGetters } from "./nested-getters.ts";
import { numberGetters } from "./number-getters.ts";
import type { ValuePlan } from "./row-plan.ts";
import { temporalGetters } from "./temporal-getters.ts";
import { bitAt } from "./validity.ts";
import type { BinderMaker, GetterBinder, ValueGetter } from "./value-getter.ts";

const makers: Readonly<Record<string, BinderMaker>> = {
  null: () => () => () => null,
  ...numberGetters,
  ...bytesGetters,
  ...decimalGetters,
  ...temporalGetters,
  ...nestedGetters,
};

function withNulls({ validity }: ColumnView, read: ValueGetter): ValueGetter {
  return validity === null ? read : (row) => (bitAt(validity, row) ? read(row) : null);
}

/** Binds the getter of a plan to a column; the getter answers null for null. This reads every type in every mode. */
export function getterBinder(plan: ValuePlan): GetterBinder {
  const make = makers[plan.storage.type];
  if (make === undefined) throw new InternalError(`Rows cannot be read of ${plan.storage.type}`);
  const bind = make(plan, plan.children.map(getterBinder));
  return (view) => withNulls(view, bind(view));
}
