import type pl from "nodejs-polars";
import type { DataFrame } from "nodejs-polars";
import { type RowMode, UnsupportedError } from "../contestant.ts";
import type { Cell, LogicalType, ResultTable } from "../digest.ts";
import { nestedText } from "../nested-text.ts";
import { cents, type WideRow } from "../wide-row.ts";

type Polars = typeof pl;

const logicalTypes: readonly (readonly [pattern: RegExp, type: LogicalType])[] = [
  [/^Bool/, "boolean"],
  [/^U?Int/, "int"],
  [/^Float/, "float"],
  [/^Decimal/, "decimal"],
  [/^(String|Utf8|Categorical)/, "text"],
  [/^Datetime/, "timestamp"],
  [/^Date/, "date"],
  [/^Binary/, "binary"],
];

const typesOf = (frame: DataFrame): readonly LogicalType[] =>
  frame.dtypes.map(({ variant }) => logicalTypes.find(([pattern]) => pattern.test(variant))?.[1] ?? "nested");

/**
 * A frame whose rows it can make: it has no values for decimals and asks for a cast, to text where digits count, to numbers
 * where speed does. It has no exact values and none for JSON.
 */
export function rowFrame(polars: Polars, frame: DataFrame, mode: RowMode): DataFrame {
  if (mode === "exact" || mode === "json") throw new UnsupportedError("nodejs-polars has no rows of this form.");
  const types = typesOf(frame);
  const decimals = frame.columns.filter((_, column) => types[column] === "decimal");
  if (decimals.length === 0) return frame;
  const type = mode === "numbers" ? polars.Float64 : polars.String;
  return frame.withColumns(...decimals.map((name) => polars.col(name).cast(type)));
}

/** The values of a row of `wide` in the form that all contestants share. */
export function wideRowOf([id, ratio, name, moment, amount]: readonly unknown[]): WideRow {
  return {
    id: Number(id),
    ratio: Number(ratio),
    name: String(name),
    moment: moment instanceof Date ? moment.getTime() : Number.NaN,
    amount: cents(Number(amount)),
  };
}

/** Types whose values are asked for as texts of whole numbers. */
const wholeNumbers: ReadonlySet<LogicalType> = new Set(["int", "timestamp"]);

/** A day, or a time inside of a list, which has no text. */
function cellOfDate(value: Date, type: LogicalType): Cell {
  return type === "date" ? value.toISOString().slice(0, 10) : BigInt(value.getTime()) * 1000n;
}

function cell(value: unknown, type: LogicalType): Cell {
  if (value === null || value === undefined) return null;
  if (wholeNumbers.has(type) && typeof value === "string") return BigInt(value);
  if (value instanceof Date) return cellOfDate(value, type);
  if (typeof value === "object") return nestedText(value, (inner) => cell(inner, "nested"));
  return typeof value === "string" ||
    typeof value === "number" ||
    typeof value === "boolean" ||
    typeof value === "bigint"
    ? value
    : null;
}

/** The frame with texts where its values would lose digits: its 64-bit integers as numbers, its times as a Date. */
function exactFrame(polars: Polars, frame: DataFrame, types: readonly LogicalType[]): DataFrame {
  const texts = frame.columns.flatMap((name, column) => {
    if (types[column] === "int") return [polars.col(name).cast(polars.String)];
    if (types[column] !== "timestamp") return [];
    return [polars.col(name).cast(polars.Datetime("us")).cast(polars.Int64).cast(polars.String)];
  });
  return texts.length === 0 ? frame : frame.withColumns(...texts);
}

/** A result in the values that all engines share. */
export function resultTable(polars: Polars, frame: DataFrame): ResultTable {
  const types = typesOf(frame);
  const readable = rowFrame(polars, exactFrame(polars, frame, types), "plain");
  return {
    columns: frame.columns.map((name, column) => ({ name, type: types[column] ?? "nested" })),
    rows: readable.rows().map((row) => row.map((value, column) => cell(value, types[column] ?? "nested"))),
  };
}
