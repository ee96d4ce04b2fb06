import type { FieldType, NestedField } from "@deltafuse/session-core/field-type";
import { formatTypeText, typeFamily } from "@deltafuse/session-core/type-text";
import { isSafeWidening } from "./field-type.ts";

/** How strictly types are compared: by what values they can have, or with their layout. */
export type TypeMatching = "logical" | "exact";

function free(field: NestedField): NestedField {
  return { ...field, nullable: true, type: withoutNullability(field.type) };
}

/** The type with every child nullable. */
function withoutNullability(type: FieldType): FieldType {
  switch (type.type) {
    case "list":
    case "large_list":
    case "list_view":
    case "large_list_view":
    case "fixed_size_list":
      return { ...type, item: free(type.item) };
    case "struct":
    case "union":
      return { ...type, fields: type.fields.map(free) };
    case "map":
      return { ...type, value: free(type.value) };
    case "dictionary":
      return { ...type, value: withoutNullability(type.value) };
    case "run_end_encoded":
      return { ...type, values: free(type.values) };
    default:
      return type;
  }
}

function comparable(type: FieldType, matching: TypeMatching): string {
  return formatTypeText(withoutNullability(matching === "exact" ? type : typeFamily(type)));
}

/** How a type differs from the expected one, the nullability of children apart. */
export function typeDifference(
  expected: FieldType,
  actual: FieldType,
  matching: TypeMatching,
): "none" | "widens" | "differs" {
  if (comparable(expected, matching) === comparable(actual, matching)) return "none";
  return isSafeWidening(withoutNullability(actual), withoutNullability(expected)) ? "widens" : "differs";
}

function childrenOf(type: FieldType): readonly NestedField[] {
  switch (type.type) {
    case "list":
    case "fixed_size_list":
      return [{ ...type.item, name: "item" }];
    case "struct":
    case "union":
      return type.fields;
    case "map":
      return [{ ...type.value, name: "value" }];
    default:
      return [];
  }
}

/** A child whose nullability differs. */
export interface NullabilityDifference {
  /** From the column down: `item`, `address.street`. */
  readonly path: string;
  readonly expected: boolean;
  readonly actual: boolean;
}

/** The children of equal types whose nullability differs. */
export function nullabilityDifferences(
  expected: FieldType,
  actual: FieldType,
  parent = "",
): readonly NullabilityDifference[] {
  const actuals = childrenOf(typeFamily(actual));
  return childrenOf(typeFamily(expected)).flatMap((child) => {
    const other = actuals.find(({ name }) => name === child.name);
    if (other === undefined) return [];
    const path = parent === "" ? child.name : `${parent}.${child.name}`;
    const own = child.nullable === other.nullable ? [] : [{ path, expected: child.nullable, actual: other.nullable }];
    return [...own, ...nullabilityDifferences(child.type, other.type, path)];
  });
}
