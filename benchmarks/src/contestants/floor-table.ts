import type { Cell, LogicalType, ResultTable } from "../digest.ts";
import type { FloorResult } from "./floor-process.ts";

const missing = "∅";

const logicalTypes: Readonly<Record<string, LogicalType>> = {
  boolean: "boolean",
  integer: "int",
  float: "float",
  decimal: "decimal",
  text: "text",
  binary: "binary",
  date: "date",
  timestamp: "timestamp",
};

function cell(text: string, type: LogicalType): Cell {
  if (text === missing) return null;
  if (type === "int" || type === "timestamp") return BigInt(text);
  if (type === "boolean") return text === "true";
  return type === "float" ? Number(text) : text;
}

/** A result of the raw engine in the values that all engines share. */
export function resultTable({ columns, rows }: FloorResult): ResultTable {
  const types = columns.map(({ type }): LogicalType => logicalTypes[type] ?? "nested");
  return {
    columns: columns.map(({ name }, column) => ({ name, type: types[column] ?? "nested" })),
    rows: rows.map((row) => row.map((text, column) => cell(text, types[column] ?? "nested"))),
  };
}
