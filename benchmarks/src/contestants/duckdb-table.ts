import {
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  type DuckDBResultReader,
  DuckDBStructValue,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  type DuckDBType,
  DuckDBTypeId,
} from "@duckdb/node-api";
import type { Cell, LogicalType, ResultTable } from "../digest.ts";
import { nestedText } from "../nested-text.ts";

const logicalTypes: ReadonlyMap<DuckDBTypeId, LogicalType> = new Map([
  [DuckDBTypeId.BOOLEAN, "boolean"],
  [DuckDBTypeId.FLOAT, "float"],
  [DuckDBTypeId.DOUBLE, "float"],
  [DuckDBTypeId.DECIMAL, "decimal"],
  [DuckDBTypeId.VARCHAR, "text"],
  [DuckDBTypeId.DATE, "date"],
  [DuckDBTypeId.TIMESTAMP, "timestamp"],
  [DuckDBTypeId.TIMESTAMP_TZ, "timestamp"],
  [DuckDBTypeId.TIMESTAMP_MS, "timestamp"],
  [DuckDBTypeId.BLOB, "binary"],
]);

function logicalType({ typeId }: DuckDBType): LogicalType {
  return logicalTypes.get(typeId) ?? (/INT/.test(DuckDBTypeId[typeId]) ? "int" : "nested");
}

/** Values that the engine has objects for. */
function cellOfObject(value: object): Cell {
  if (value instanceof DuckDBTimestampValue || value instanceof DuckDBTimestampTZValue) return value.micros;
  if (value instanceof DuckDBTimestampMillisecondsValue) return value.millis * 1000n;
  if (value instanceof DuckDBDecimalValue || value instanceof DuckDBDateValue) return value.toString();
  if (value instanceof DuckDBBlobValue) return Buffer.from(value.bytes).toString("hex");
  if (value instanceof DuckDBListValue) return nestedText([...value.items], cell);
  return value instanceof DuckDBStructValue ? nestedText({ ...value.entries }, cell) : null;
}

function cell(value: unknown): Cell {
  if (value === null || value === undefined) return null;
  if (typeof value === "object") return cellOfObject(value);
  return typeof value === "string" ||
    typeof value === "number" ||
    typeof value === "boolean" ||
    typeof value === "bigint"
    ? value
    : null;
}

/** The whole result of a query in the values that all engines share. */
export function resultTable(result: DuckDBResultReader): ResultTable {
  const names = result.columnNames();
  const types = result.columnTypes();
  return {
    columns: names.map((name, column) => ({
      name,
      type: types[column] === undefined ? "text" : logicalType(types[column]),
    })),
    rows: result.getRows().map((row) => row.map(cell)),
  };
}
