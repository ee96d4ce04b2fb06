import { rejectValue } from "./build-context.ts";
import type { BuildContext, ColumnBuilder } from "./build-context.ts";
import { bytesBuilders } from "./bytes-builders.ts";
import type { ColumnView } from "./column-batch.ts";
import { childFields } from "./column-layout.ts";
import { columnView } from "./column-view.ts";
import { decimalBuilders } from "./decimal-builders.ts";
import type { FieldType, NestedField } from "./field-type.ts";
import { nestedBuilders } from "./nested-builders.ts";
import { numberBuilders } from "./number-builders.ts";
import { typeUnsupported } from "./row-errors.ts";
import { temporalBuilders } from "./temporal-builders.ts";
import { formatTypeText } from "./type-text.ts";

const builders: Readonly<Record<string, ColumnBuilder>> = {
  null: (context, values) => {
    const index = values.findIndex((value) => value !== null && value !== undefined);
    if (index >= 0) rejectValue(context, index, { value: values[index], reason: "the column holds null alone" });
    return {};
  },
  ...numberBuilders,
  ...bytesBuilders,
  ...decimalBuilders,
  ...temporalBuilders,
};

/**
 * Checks that columns of a type can be built of JavaScript values: not unions, dictionaries, run-end encodings, views and
 * list views. Throws `ROWS.TYPE_UNSUPPORTED {path, type}`.
 */
export function checkBuildable(type: FieldType, path: string): void {
  if (!(type.type in builders) && !(type.type in nestedBuilders)) {
    throw typeUnsupported(path, formatTypeText(type), "Use the plain type of its values and cast in the query.");
  }
  for (const child of childFields(type)) checkBuildable(child.type, `${path}.${child.name}`);
}

interface Nulls {
  readonly validity: Uint8Array | null;
  readonly nullCount: number;
}

function nullsOf(context: BuildContext, values: readonly unknown[]): Nulls {
  let validity: Uint8Array | null = null;
  let nullCount = 0;
  for (let index = 0; index < values.length; index++) {
    const value = values[index];
    if (value !== null && value !== undefined) continue;
    if (!context.field.nullable && !context.masked(index)) {
      rejectValue(context, index, { value, reason: "the field is not nullable" });
    }
    validity ??= new Uint8Array((values.length + 7) >> 3).fill(255);
    validity[index >> 3] = (validity[index >> 3] ?? 0) & ~(1 << (index & 7));
    nullCount += 1;
  }
  return { validity, nullCount };
}

function build(context: BuildContext, values: readonly unknown[]): ColumnView {
  const { type } = context.field;
  const nulls = nullsOf(context, values);
  const flat = builders[type.type];
  const parts = flat === undefined ? nestedBuilders[type.type]?.(context, values, build) : flat(context, values);
  if (parts === undefined) {
    throw typeUnsupported(
      context.path,
      formatTypeText(type),
      "Use the plain type of its values and cast in the query.",
    );
  }
  return columnView({ type, length: values.length, ...nulls, ...parts });
}

/**
 * Builds a column of JavaScript values: lossless and plain row values are taken, null and undefined are null. Row numbers
 * in errors start at `firstRow`. Throws `ROWS.VALUE_INVALID {path, row, type, actual, reason}`, `ROWS.TYPE_UNSUPPORTED`.
 */
export function buildColumn(field: NestedField, values: readonly unknown[], firstRow: number): ColumnView {
  return build({ field, path: field.name, rowOf: (index) => firstRow + index, masked: () => false }, values);
}
