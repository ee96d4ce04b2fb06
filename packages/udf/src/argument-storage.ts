import type { FieldType, NestedField } from "@deltafuse/session-core/field-type";

const decimal128Digits = 38;

function storageField(field: NestedField): NestedField {
  return { ...field, type: storageType(field.type) };
}

/** The type that crosses for a type without children; the engine casts while it packs a batch. */
function flatStorage(type: FieldType): FieldType {
  switch (type.type) {
    case "utf8_view":
      return { type: "utf8" };
    case "binary_view":
      return { type: "binary" };
    case "decimal":
      return type.precision <= decimal128Digits ? { ...type, bitWidth: 128 } : { type: "utf8" };
    default:
      return type;
  }
}

/** The type of the columns in which arguments of a type cross: what JavaScript has no reader for is cast. */
export function storageType(type: FieldType): FieldType {
  switch (type.type) {
    case "list":
    case "list_view":
      return { type: "list", item: storageField(type.item) };
    case "large_list":
    case "large_list_view":
      return { type: "large_list", item: storageField(type.item) };
    case "fixed_size_list":
      return { ...type, item: storageField(type.item) };
    case "struct":
    case "union":
      return { ...type, fields: type.fields.map(storageField) };
    case "map":
      return { ...type, key: storageField(type.key), value: storageField(type.value) };
    case "dictionary":
      return { ...type, value: storageType(type.value) };
    case "run_end_encoded":
      return storageType(type.values.type);
    default:
      return flatStorage(type);
  }
}
