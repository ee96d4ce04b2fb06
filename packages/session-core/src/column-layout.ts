import { InternalError } from "@deltafuse/config/errors";
import type { ColumnValues } from "./column-batch.ts";
import type { FieldType, FieldTypeName, NestedField } from "./field-type.ts";

/** What a buffer of a column holds. */
export type BufferRole = "validity" | "offsets" | "values";

/** A typed array class. */
export interface ArrayClass<T> {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): T;
}

/** Every type but its members that has an element or some bytes per row. */
const valueClasses: Readonly<Partial<Record<FieldTypeName, ArrayClass<ColumnValues>>>> = {
  bool: Uint8Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
  float16: Uint16Array,
  float32: Float32Array,
  float64: Float64Array,
  decimal: Uint32Array,
  fixed_size_binary: Uint8Array,
  date32: Int32Array,
  date64: BigInt64Array,
  time32: Int32Array,
  time64: BigInt64Array,
  timestamp: BigInt64Array,
  duration: BigInt64Array,
  interval: Int32Array,
  utf8: Uint8Array,
  large_utf8: Uint8Array,
  utf8_view: Uint8Array,
  binary: Uint8Array,
  large_binary: Uint8Array,
  binary_view: Uint8Array,
  union: Int8Array,
};

const offsetRoles: readonly BufferRole[] = ["validity", "offsets"];
const byteRoles: readonly BufferRole[] = ["validity", "offsets", "values"];

/** Buffers of the types that have other ones than validity and values, in Arrow's order. */
const roles: Readonly<Partial<Record<FieldTypeName, readonly BufferRole[]>>> = {
  null: [],
  utf8: byteRoles,
  large_utf8: byteRoles,
  binary: byteRoles,
  large_binary: byteRoles,
  list: offsetRoles,
  large_list: offsetRoles,
  map: offsetRoles,
  fixed_size_list: ["validity"],
  struct: ["validity"],
};

/** Buffers of a column of this type, in Arrow's order; data buffers of a view type follow them. */
export function bufferRoles(type: FieldType): readonly BufferRole[] {
  if (type.type === "union") return type.mode === "dense" ? ["values", "offsets"] : ["values"];
  return roles[type.type] ?? ["validity", "values"];
}

/** Children of a column of this type. A map has one: the struct of its keys and values. */
export function childFields(type: FieldType): readonly NestedField[] {
  switch (type.type) {
    case "list":
    case "large_list":
    case "fixed_size_list":
      return [type.item];
    case "struct":
    case "union":
      return type.fields;
    case "map":
      return [{ name: "entries", type: { type: "struct", fields: [type.key, type.value] }, nullable: false }];
    default:
      return [];
  }
}

/** Typed array class of the values of this type. */
export function valuesClass(type: FieldType): ArrayClass<ColumnValues> {
  const found = valueClasses[type.type === "dictionary" ? type.index.type : type.type];
  if (found === undefined) throw new InternalError(`A column of type ${type.type} has no values`);
  return found;
}

/** Typed array class of the offsets of this type. */
export function offsetsClass(type: FieldType): ArrayClass<Int32Array | BigInt64Array> {
  const large = type.type === "large_utf8" || type.type === "large_binary" || type.type === "large_list";
  return large ? BigInt64Array : Int32Array;
}
