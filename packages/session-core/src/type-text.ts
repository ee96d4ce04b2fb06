import type { DictionaryType, FieldType, MapType, NestedField, UnionType } from "./field-type.ts";
import { typeCursor } from "./type-cursor.ts";
import { parseType } from "./type-parser.ts";

/** A type as text: `int64`, `decimal128(15,2)`, `list<utf8!>`. {@link parseTypeText} says what is understood. */
export type TypeText = string;

/**
 * Reads a type text: the form {@link formatTypeText} prints, SQL names in any case (`BIGINT UNSIGNED`, `DECIMAL(10, 2)`,
 * `TIMESTAMP WITH TIME ZONE`, `ARRAY<T>`, `T[]`, `STRUCT<a T, b T>`), the engine's display text (`Timestamp(µs, "UTC")`,
 * `List(non-null Int64)`), and `string`, `int` = int64, `float` = float64, `bytes`.
 *
 * Children of lists and maps are called `item`, `key` and `value`. Throws `SQL.TYPE_UNKNOWN {text, nearest}`.
 *
 * @example
 * parseTypeText("decimal(10,2)"); // { type: "decimal", precision: 10, scale: 2, bitWidth: 128 }
 */
export function parseTypeText(text: TypeText): FieldType {
  const cursor = typeCursor(text);
  const type = parseType(cursor);
  if (cursor.next.kind !== "end") cursor.fail(`${JSON.stringify(cursor.next.text)} is too much`);
  return type;
}

function formatChild(field: NestedField): string {
  return `${formatTypeText(field.type)}${field.nullable ? "" : "!"}`;
}

function formatName(name: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? name : `"${name.replaceAll("\\", "\\\\").replaceAll('"', '""')}"`;
}

function formatNamed(field: NestedField): string {
  return `${formatName(field.name)}: ${formatChild(field)}`;
}

function formatUnion(type: UnionType): string {
  const fields = type.fields.map((field, index) => {
    const id = type.typeIds[index] ?? index;
    return id === index ? formatNamed(field) : `${formatNamed(field)} = ${id}`;
  });
  return `${type.mode}_union<${fields.join(", ")}>`;
}

function formatMap(type: MapType): string {
  return `map<${formatTypeText(type.key.type)},${formatChild(type.value)}${type.keysSorted ? ",sorted" : ""}>`;
}

function formatDictionary(type: DictionaryType): string {
  const order = type.ordered ? ",ordered" : "";
  return `dictionary<${formatTypeText(type.index)},${formatTypeText(type.value)}${order}>`;
}

function formatNested(type: FieldType): string | null {
  switch (type.type) {
    case "list":
    case "large_list":
    case "list_view":
    case "large_list_view":
      return `${type.type}<${formatChild(type.item)}>`;
    case "fixed_size_list":
      return `fixed_size_list<${formatChild(type.item)},${type.size}>`;
    case "struct":
      return `struct<${type.fields.map(formatNamed).join(", ")}>`;
    case "map":
      return formatMap(type);
    case "dictionary":
      return formatDictionary(type);
    case "run_end_encoded":
      return `run_end_encoded<${formatTypeText(type.runEnds.type)},${formatChild(type.values)}>`;
    case "union":
      return formatUnion(type);
    default:
      return null;
  }
}

function formatScalar(type: FieldType): string {
  switch (type.type) {
    case "decimal":
      return `decimal${type.bitWidth}(${type.precision},${type.scale})`;
    case "fixed_size_binary":
      return `fixed_size_binary(${type.byteWidth})`;
    case "timestamp":
      return type.timezone === undefined ? `timestamp(${type.unit})` : `timestamp(${type.unit}, ${type.timezone})`;
    case "time32":
    case "time64":
    case "duration":
    case "interval":
      return `${type.type}(${type.unit})`;
    default:
      return type.type;
  }
}

/**
 * Prints a type so that {@link parseTypeText} reads it back. Names of list and map children and metadata are not
 * printed; `!` stands behind a child that is not nullable (map keys and run ends never are).
 *
 * @example
 * formatTypeText({ type: "list", item: { name: "item", type: { type: "utf8" }, nullable: false } }); // "list<utf8!>"
 */
export function formatTypeText(type: FieldType): TypeText {
  return formatNested(type) ?? formatScalar(type);
}

function familyField(field: NestedField, name: string): NestedField {
  return { name, type: typeFamily(field.type), nullable: field.nullable };
}

function familyFields(fields: readonly NestedField[]): readonly NestedField[] {
  return fields.map((field) => familyField(field, field.name));
}

function nestedFamily(type: FieldType): FieldType {
  switch (type.type) {
    case "list":
    case "large_list":
    case "list_view":
    case "large_list_view":
      return { type: "list", item: familyField(type.item, "item") };
    case "fixed_size_list":
      return { ...type, item: familyField(type.item, "item") };
    case "struct":
    case "union":
      return { ...type, fields: familyFields(type.fields) };
    case "map":
      return { ...type, key: familyField(type.key, "key"), value: familyField(type.value, "value") };
    default:
      return type;
  }
}

/**
 * The type without its layout, for comparisons: all utf8 kinds are `utf8`, all binary kinds `binary`, all lists but
 * those of fixed size `list`; a dictionary and a run-end encoding are what their values are; recursively. List and map
 * children get their canonical names, metadata of children goes.
 */
export function typeFamily(type: FieldType): FieldType {
  switch (type.type) {
    case "large_utf8":
    case "utf8_view":
      return { type: "utf8" };
    case "large_binary":
    case "binary_view":
      return { type: "binary" };
    case "dictionary":
      return typeFamily(type.value);
    case "run_end_encoded":
      return typeFamily(type.values.type);
    default:
      return nestedFamily(type);
  }
}
