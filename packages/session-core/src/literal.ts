import type { ExpressionNode, LiteralNode } from "./frame-plan.ts";
import { typeUnsupported } from "./row-errors.ts";
import { formatTypeText, parseTypeText } from "./type-text.ts";
import { type AnyValue, type IntervalValue, isValueObject } from "./values.ts";

/** A JavaScript value that a literal can be made of. */
export type LiteralValue = null | boolean | number | bigint | string | Date | Uint8Array | AnyValue;

const int64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n } as const;
const uint64Max = 2n ** 64n - 1n;

/** The expression of a literal; `type` is a type text to which the value is cast. Throws `SQL.TYPE_UNKNOWN`. */
export function literalNode(value: LiteralValue, type?: string): ExpressionNode {
  const node = inferredNode(value);
  if (type === undefined) return node;
  const target = formatTypeText(parseTypeText(type));
  return node.e === "lit" && typeof node.value !== "boolean" && node.type !== "binary"
    ? { ...node, type: target }
    : { e: "cast", arg: node, type: target };
}

function literal(type: string | null, value: LiteralNode["value"]): LiteralNode {
  return { e: "lit", type, value };
}

function inferredNode(value: LiteralValue): ExpressionNode {
  if (value === null || typeof value === "boolean") return literal(null, value);
  if (typeof value === "string") return literal("utf8", value);
  if (typeof value === "number") return literal(Number.isSafeInteger(value) ? "int64" : "float64", String(value));
  if (typeof value === "bigint") return literal(bigintType(value), value.toString());
  if (value instanceof Date) return literal("timestamp(ms, UTC)", value.toISOString());
  if (value instanceof Uint8Array) return literal("binary", Buffer.from(value).toString("hex"));
  if (isValueObject(value)) return valueNode(value);
  throw typeUnsupported(
    "The literal",
    typeof value,
    "Pass null, a boolean, a number, a text, a Date, bytes or a value object.",
  );
}

function bigintType(value: bigint): string {
  if (value >= int64.min && value <= int64.max) return "int64";
  return value >= 0n && value <= uint64Max ? "uint64" : "decimal128(38,0)";
}

function valueNode(value: AnyValue): ExpressionNode {
  switch (value.kind) {
    case "decimal":
      return literal(`decimal${value.precision > 38 ? 256 : 128}(${value.precision},${value.scale})`, value.toString());
    case "date":
      return literal(Number.isInteger(value.days) ? "date32" : "date64", value.toString());
    case "time":
      return literal(`time${value.unit === "s" || value.unit === "ms" ? 32 : 64}(${value.unit})`, value.toString());
    case "timestamp":
      return literal(`timestamp(${value.unit}${value.zone === null ? "" : `, ${value.zone}`})`, value.toString());
    case "duration":
      return { e: "cast", arg: literal("int64", value.value.toString()), type: `duration(${value.unit})` };
    case "interval":
      return literal("interval(month_day_nano)", intervalText(value));
  }
}

function intervalText(value: IntervalValue): string {
  return `${value.months} months ${value.days} days ${value.nanoseconds} nanoseconds`;
}
