import type { FieldType } from "@deltafuse/session-core/field-type";
import type { Frame } from "@deltafuse/session-core/frame";
import { isValueObject } from "@deltafuse/session-core/values";
import type { Cell, LogicalType, ResultTable } from "../digest.ts";
import { nestedText } from "../nested-text.ts";

const logicalTypes: readonly (readonly [pattern: RegExp, type: LogicalType])[] = [
  [/^bool$/, "boolean"],
  [/^u?int/, "int"],
  [/^float/, "float"],
  [/^decimal/, "decimal"],
  [/utf8/, "text"],
  [/^date/, "date"],
  [/^timestamp/, "timestamp"],
  [/binary/, "binary"],
];

function logicalType(type: FieldType): LogicalType {
  if (type.type === "dictionary") return logicalType(type.value);
  return logicalTypes.find(([pattern]) => pattern.test(type.type))?.[1] ?? "nested";
}

const microsecondsPer = { s: 1_000_000n, ms: 1000n, us: 1n } as const;

function cell(value: unknown): Cell {
  if (value === null || value === undefined) return null;
  if (isValueObject(value)) {
    if (value.kind !== "timestamp") return value.toString();
    return value.unit === "ns" ? value.value / 1000n : value.value * microsecondsPer[value.unit];
  }
  if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
  if (typeof value === "object") return nestedText(value, cell);
  return typeof value === "string" ||
    typeof value === "number" ||
    typeof value === "boolean" ||
    typeof value === "bigint"
    ? value
    : null;
}

/** The whole result of a frame in the values that all engines share. */
export async function resultTable(frame: Frame): Promise<ResultTable> {
  const stream = await frame.stream();
  const columns = stream.fields.map(({ name, type }) => ({ name, type: logicalType(type) }));
  const rows: Cell[][] = [];
  await stream.forEachRow((row) => rows.push(columns.map(({ name }) => cell(row[name]))), {
    values: "lossless",
  });
  return { columns, rows };
}
