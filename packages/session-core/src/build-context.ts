import type { ColumnParts } from "./column-view.ts";
import type { NestedField } from "./field-type.ts";
import { valueInvalid } from "./row-errors.ts";
import { formatTypeText } from "./type-text.ts";
import { isValueObject } from "./values.ts";

/** Where the values of a column come from. */
export interface BuildContext {
  readonly field: NestedField;
  /** Names from the column down, for errors. */
  readonly path: string;
  /** Row of the data that value `index` belongs to. */
  readonly rowOf: (index: number) => number;
  /** Whether value `index` belongs to a parent that is null, so that it may be missing. */
  readonly masked: (index: number) => boolean;
}

/** The part of a column that its type decides; validity, length and type come besides. */
export type BuiltParts = Pick<ColumnParts, "offsets" | "values" | "children">;

/** Builds a column of values; null and undefined are left out. */
export type ColumnBuilder = (context: BuildContext, values: readonly unknown[]) => BuiltParts;

/** A value that is there. */
export function isPresent(value: unknown): boolean {
  return value !== null && value !== undefined;
}

function shortened(text: string): string {
  return text.length <= 40 ? text : `${text.slice(0, 40)}…`;
}

/** A few words that say what a value is, for errors. */
export function describeValue(value: unknown): string {
  switch (typeof value) {
    case "string":
      return `the text ${JSON.stringify(shortened(value))}`;
    case "bigint":
      return `${shortened(String(value))}n`;
    case "number":
    case "boolean":
    case "undefined":
      return String(value);
    case "function":
    case "symbol":
      return `a ${typeof value}`;
    default:
      return typeof value === "object" && value !== null ? describeObject(value) : "null";
  }
}

function describeObject(value: object): string {
  if (isValueObject(value)) return `the ${value.kind} ${value.toString()}`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (value instanceof Date)
    return Number.isNaN(value.getTime()) ? "an invalid Date" : `the Date ${value.toISOString()}`;
  const name: unknown = value.constructor?.name;
  return typeof name === "string" && name !== "Object" ? `an object of ${name}` : "an object";
}

/** Throws `ROWS.VALUE_INVALID` for value `index`. `reason` is a clause. */
export function rejectValue(context: BuildContext, index: number, problem: RejectedValue): never {
  throw valueInvalid(
    { path: context.path, row: context.rowOf(index) },
    { type: formatTypeText(context.field.type), actual: describeValue(problem.value), reason: problem.reason },
  );
}

/** A value and why it does not fit. */
export interface RejectedValue {
  readonly value: unknown;
  readonly reason: string;
}
