import type { DecimalType, FieldType, FieldTypeName, MapType, NestedField } from "@deltafuse/session-core/field-type";
import { formatTypeText } from "@deltafuse/session-core/type-text";

/** Types without members that every value of a type has an equal value in. */
const wider: Readonly<Partial<Record<FieldTypeName, readonly FieldTypeName[]>>> = {
  int8: ["int16", "int32", "int64", "float32", "float64"],
  int16: ["int32", "int64", "float32", "float64"],
  int32: ["int64", "float64"],
  uint8: ["uint16", "uint32", "uint64", "int16", "int32", "int64", "float32", "float64"],
  uint16: ["uint32", "uint64", "int32", "int64", "float32", "float64"],
  uint32: ["uint64", "int64", "float64"],
  float16: ["float32", "float64"],
  float32: ["float64"],
  date32: ["date64"],
  time32: ["time64"],
};

/** Digits in front of the point that hold every value of an integer type. */
const integerDigits: Readonly<Partial<Record<FieldTypeName, number>>> = {
  int8: 3,
  uint8: 3,
  int16: 5,
  uint16: 5,
  int32: 10,
  uint32: 10,
  int64: 19,
  uint64: 20,
};

const timestampUnits: readonly string[] = ["s", "ms", "us"];

function toDecimal(from: FieldType, to: DecimalType): boolean {
  if (from.type === "decimal") {
    return to.scale >= from.scale && to.precision - to.scale >= from.precision - from.scale;
  }
  const digits = integerDigits[from.type];
  return digits !== undefined && to.scale >= 0 && to.precision - to.scale >= digits;
}

function childWidens(from: NestedField, to: NestedField): boolean {
  return (to.nullable || !from.nullable) && widens(from.type, to.type);
}

function structWidens(from: readonly NestedField[], to: readonly NestedField[]): boolean {
  const kept = from.every((field) => {
    const target = to.find(({ name }) => name === field.name);
    return target !== undefined && childWidens(field, target);
  });
  return kept && to.every((field) => field.nullable || from.some(({ name }) => name === field.name));
}

function mapWidens(from: MapType, to: MapType): boolean {
  const keys = formatTypeText(from.key.type) === formatTypeText(to.key.type) && (from.keysSorted || !to.keysSorted);
  return keys && childWidens(from.value, to.value);
}

function listWidens(from: FieldType, to: FieldType): boolean {
  if (to.type === "fixed_size_list") {
    return from.type === "fixed_size_list" && from.size === to.size && childWidens(from.item, to.item);
  }
  return (
    to.type === "list" && (from.type === "list" || from.type === "fixed_size_list") && childWidens(from.item, to.item)
  );
}

function nestedWidens(from: FieldType, to: FieldType): boolean {
  if (from.type === "struct" && to.type === "struct") return structWidens(from.fields, to.fields);
  if (from.type === "map" && to.type === "map") return mapWidens(from, to);
  return listWidens(from, to);
}

function timestampWidens(from: FieldType, to: FieldType): boolean {
  if (from.type !== "timestamp" || to.type !== "timestamp" || from.timezone !== to.timezone) return false;
  const start = timestampUnits.indexOf(from.unit);
  return start !== -1 && timestampUnits.indexOf(to.unit) > start;
}

/** Safe widening of type families. */
export function widens(from: FieldType, to: FieldType): boolean {
  if (from.type === "null" || formatTypeText(from) === formatTypeText(to)) return true;
  if (wider[from.type]?.includes(to.type) === true) return true;
  if (to.type === "decimal") return toDecimal(from, to);
  return timestampWidens(from, to) || nestedWidens(from, to);
}
