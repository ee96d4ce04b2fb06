import type { ColumnView } from "./column-batch.ts";
import type { FieldType, NestedField } from "./field-type.ts";
import { getterBinder } from "./row-getters.ts";
import { planValue } from "./row-plan.ts";
import type { ValueGetter } from "./value-getter.ts";

/** How the values of one column are read. */
export interface ValueReaderOptions {
  /** Type of the columns: what the engine's casts made of the field's type. Default: that type. */
  readonly storage?: FieldType;
  /** Exact values, or plain JavaScript values. Default: `lossless`. */
  readonly values?: "lossless" | "plain";
}

/**
 * Reads the values of columns of a field one by one; null for null. Reading throws as the rows of a result do.
 *
 * @example
 * const read = valueReader(field)(view);
 * for (let row = 0; row < view.length; row++) use(read(row));
 */
export function valueReader(
  field: NestedField,
  options: ValueReaderOptions = {},
): (view: ColumnView) => (row: number) => unknown {
  const { storage = field.type, values: mode = "lossless" } = options;
  const plan = planValue({ path: field.name, field, storage }, { mode, detachStrings: false, duplicateNames: "error" });
  const bind = getterBinder(plan);
  return (view): ValueGetter => bind(view);
}
