import { describeValue } from "./build-context.ts";
import type { ColumnValues, ColumnView } from "./column-batch.ts";
import { buildColumn } from "./column-builder.ts";
import { bufferRoles, valuesClass } from "./column-layout.ts";
import { columnView } from "./column-view.ts";
import type { FieldType, NestedField } from "./field-type.ts";
import { valueInvalid } from "./row-errors.ts";
import { formatTypeText } from "./type-text.ts";
import { bitAt } from "./validity.ts";

/** A typed array with the bits of the rows that have a value; null: every row has. */
export interface TypedColumn {
  readonly values: ColumnValues;
  readonly validity: Uint8Array | null;
}

/**
 * Data of one column: values row by row (null and undefined are null), the typed array that a {@link ColumnView} of the type
 * has, the same with a validity bitmap, or a view.
 */
export type ColumnInput = readonly unknown[] | ColumnValues | TypedColumn | ColumnView;

const wordsPerInterval = { year_month: 1, day_time: 2, month_day_nano: 4 } as const;

/** Elements of the typed array of a column with that many rows. */
export function elementCount(type: FieldType, rows: number): number {
  switch (type.type) {
    case "bool":
      return (rows + 7) >> 3;
    case "decimal":
      return (rows * type.bitWidth) / 32;
    case "interval":
      return rows * wordsPerInterval[type.unit];
    case "fixed_size_binary":
      return rows * type.byteWidth;
    default:
      return rows;
  }
}

/** Whether the values of a column are a typed array alone: numbers, dates, times, decimals, fixed_size_binary. */
export function hasTypedArray(type: FieldType): boolean {
  if (type.type === "dictionary" || type.type === "union") return false;
  return bufferRoles(type).join() === "validity,values";
}

function refuse(field: NestedField, actual: string, reason: string): never {
  throw valueInvalid({ path: field.name, row: null }, { type: formatTypeText(field.type), actual, reason });
}

function countNulls(validity: Uint8Array | null, rows: number): number {
  if (validity === null) return 0;
  let nulls = 0;
  for (let row = 0; row < rows; row++) if (!bitAt(validity, row)) nulls += 1;
  return nulls;
}

function typedView(field: NestedField, { values, validity }: TypedColumn, rows: number): ColumnView {
  const { type } = field;
  const actual = `${describeValue(values)} with ${values.length} elements`;
  if (!hasTypedArray(type)) {
    refuse(field, actual, "this type has no typed array of its own; give an array of values");
  }
  const arrayClass = valuesClass(type);
  if (!(values instanceof arrayClass)) refuse(field, actual, `${describeClass(arrayClass)} is wanted`);
  const wanted = elementCount(type, rows);
  if (values.length !== wanted) refuse(field, actual, `${rows} rows need ${wanted} elements`);
  if (validity !== null && validity.length < (rows + 7) >> 3) refuse(field, actual, "the validity has too few bits");
  const nullCount = countNulls(validity, rows);
  if (nullCount > 0 && !field.nullable) refuse(field, actual, "the field is not nullable");
  return columnView({ type, length: rows, nullCount, validity, values });
}

function describeClass(arrayClass: object): string {
  return "name" in arrayClass ? `a ${String(arrayClass.name)}` : "another typed array";
}

function isList(input: ColumnInput): input is readonly unknown[] {
  return Array.isArray(input);
}

function isValues(input: Exclude<ColumnInput, readonly unknown[]>): input is ColumnValues {
  return ArrayBuffer.isView(input);
}

function checkedView(field: NestedField, view: ColumnView, rows: number): ColumnView {
  const [wanted, actual] = [formatTypeText(field.type), formatTypeText(view.type)];
  if (wanted !== actual) refuse(field, `a column of ${actual}`, "the types differ");
  if (view.length !== rows) refuse(field, `a column of ${view.length} rows`, `${rows} rows are wanted`);
  if (view.nullCount > 0 && !field.nullable) refuse(field, "a column with nulls", "the field is not nullable");
  return view;
}

/** What a column needs besides its field. */
export interface ColumnTarget {
  readonly rows: number;
  /** Row of the data that errors count from. */
  readonly firstRow: number;
}

/** The input as a column of this field. Throws `ROWS.VALUE_INVALID`. */
export function toColumnView(field: NestedField, input: ColumnInput, target: ColumnTarget): ColumnView {
  const { rows, firstRow } = target;
  if (isList(input)) {
    if (input.length !== rows) refuse(field, `an array of ${input.length}`, `${rows} values are wanted`);
    return buildColumn(field, input, firstRow);
  }
  if (isValues(input)) return typedView(field, { values: input, validity: null }, rows);
  return "type" in input ? checkedView(field, input, rows) : typedView(field, input, rows);
}
