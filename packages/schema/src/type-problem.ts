import type { DecimalType, FieldType, NestedField } from "@deltafuse/session-core/field-type";
import { formatTypeText } from "@deltafuse/session-core/type-text";
import type { SpecProblem } from "./errors.ts";

const digits: Readonly<Record<DecimalType["bitWidth"], number>> = { 32: 9, 64: 18, 128: 38, 256: 76 };
const indexTypes = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"];
const endTypes = ["int16", "int32", "int64"];

type Problems = readonly SpecProblem[];

function one(path: string, message: string, wrong: boolean): Problems {
  return wrong ? [{ path, message }] : [];
}

function decimalProblems({ precision, scale, bitWidth }: DecimalType, path: string): Problems {
  const most = digits[bitWidth];
  return [
    ...one(
      path,
      `${bitWidth} bits hold a precision of 1 to ${most}, not ${precision}.`,
      !(precision >= 1 && precision <= most),
    ),
    ...one(path, `The scale ${scale} is larger than the precision ${precision}.`, scale > precision),
  ];
}

function sizeProblems(size: number, path: string): Problems {
  return one(path, `${size} is not a size.`, !Number.isSafeInteger(size) || size < 0);
}

/** Problems of the names of fields side by side, and of their types. */
export function fieldProblems(fields: readonly NestedField[], path: string): Problems {
  return fields.flatMap((field, index) => {
    const at = `${path}.${field.name === "" ? String(index) : field.name}`;
    const first = fields.findIndex(({ name }) => name === field.name);
    return [
      ...one(at, "The name is empty.", field.name === ""),
      ...one(at, "The name is used twice.", first !== index),
      ...typeProblems(field.type, at),
    ];
  });
}

function nestedProblems(type: FieldType, path: string): Problems {
  switch (type.type) {
    case "list":
    case "large_list":
    case "list_view":
    case "large_list_view":
      return typeProblems(type.item.type, `${path}.item`);
    case "fixed_size_list":
      return [...sizeProblems(type.size, path), ...typeProblems(type.item.type, `${path}.item`)];
    case "struct":
      return fieldProblems(type.fields, path);
    case "union":
      return [
        ...one(path, "It needs one type id per member.", type.typeIds.length !== type.fields.length),
        ...fieldProblems(type.fields, path),
      ];
    case "map":
      return [
        ...one(path, "The key of a map is never nullable.", type.key.nullable),
        ...typeProblems(type.key.type, `${path}.key`),
        ...typeProblems(type.value.type, `${path}.value`),
      ];
    default:
      return [];
  }
}

/** Problems of the members of a type, and of the types in it. */
function typeProblems(type: FieldType, path: string): Problems {
  switch (type.type) {
    case "decimal":
      return decimalProblems(type, path);
    case "fixed_size_binary":
      return sizeProblems(type.byteWidth, path);
    case "dictionary": {
      const index = `The index of a dictionary is an integer, not ${formatTypeText(type.index)}.`;
      return [...one(path, index, !indexTypes.includes(type.index.type)), ...typeProblems(type.value, path)];
    }
    case "run_end_encoded": {
      const ends = `Run ends are int16, int32 or int64, not ${formatTypeText(type.runEnds.type)}.`;
      return [...one(path, ends, !endTypes.includes(type.runEnds.type.type)), ...typeProblems(type.values.type, path)];
    }
    default:
      return nestedProblems(type, path);
  }
}
