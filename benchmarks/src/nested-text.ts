import { type Cell, cellText, type LogicalType } from "./digest.ts";

function typeOf(value: Cell): LogicalType {
  return typeof value === "number" && !Number.isInteger(value) ? "float" : "text";
}

/**
 * A list or a struct as the canonical text that all engines share: JSON of the texts of its members, lists as arrays,
 * structs as objects in the order of their fields.
 *
 * @param cell - What a member is in the values of a result.
 */
export function nestedText(value: object, cell: (member: unknown) => Cell): string {
  const text = (member: unknown): string => {
    const inner = cell(member);
    return cellText(inner, typeOf(inner));
  };
  if (Array.isArray(value)) return JSON.stringify(value.map(text));
  return JSON.stringify(Object.fromEntries(Object.entries(value).map(([name, member]) => [name, text(member)])));
}
