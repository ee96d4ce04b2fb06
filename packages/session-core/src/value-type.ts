import type { FieldType, TimeUnit } from "./field-type.ts";
import { isValueObject } from "./values.ts";
import type { AnyValue } from "./values.ts";

function timeType(unit: TimeUnit): FieldType {
  return unit === "s" || unit === "ms" ? { type: "time32", unit } : { type: "time64", unit };
}

function valueObjectType(value: AnyValue): FieldType {
  switch (value.kind) {
    case "decimal": {
      const { precision, scale } = value;
      return { type: "decimal", precision, scale, bitWidth: precision > 38 ? 256 : 128 };
    }
    case "date":
      return { type: Number.isInteger(value.days) ? "date32" : "date64" };
    case "time":
      return timeType(value.unit);
    case "timestamp":
      return value.zone === null
        ? { type: "timestamp", unit: value.unit }
        : { type: "timestamp", unit: value.unit, timezone: value.zone };
    case "duration":
      return { type: "duration", unit: value.unit };
    default:
      return { type: "interval", unit: "month_day_nano" };
  }
}

/** Type of a value that stands for itself: no number, no bigint, nothing with children. Null for all others. */
export function scalarType(value: unknown): FieldType | null {
  if (typeof value === "string") return { type: "utf8" };
  if (typeof value === "boolean") return { type: "bool" };
  if (value instanceof Date) return { type: "timestamp", unit: "ms", timezone: "UTC" };
  if (value instanceof Uint8Array) return { type: "binary" };
  return isValueObject(value) ? valueObjectType(value) : null;
}

/** Item type of a typed array; null for everything else (bytes are no list). */
export function typedArrayItem(value: unknown): FieldType | null {
  if (value instanceof Float64Array) return { type: "float64" };
  if (value instanceof Float32Array) return { type: "float32" };
  if (value instanceof Int32Array) return { type: "int32" };
  if (value instanceof BigInt64Array) return { type: "int64" };
  if (value instanceof Int16Array) return { type: "int16" };
  if (value instanceof Int8Array) return { type: "int8" };
  if (value instanceof Uint32Array) return { type: "uint32" };
  if (value instanceof Uint16Array) return { type: "uint16" };
  return value instanceof BigUint64Array ? { type: "uint64" } : null;
}
