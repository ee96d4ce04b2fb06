import { InternalError } from "@deltafuse/config/errors";
import { childFields } from "./column-layout.ts";
import type { FieldType, NestedField } from "./field-type.ts";
import { duplicateName } from "./row-errors.ts";

/** What a value becomes in JavaScript; `numbers` is `plain` with decimals and times as numbers. */
export type ValueMode = "lossless" | "plain" | "numbers" | "json";

/** What rows of one field need besides its type. */
export interface PlanOptions {
  readonly mode: ValueMode;
  readonly detachStrings: boolean;
  readonly duplicateNames: "error" | "suffix";
}

/** How the values of one field are read: the plan of a column, with those of its children. */
export interface ValuePlan {
  /** Names from the column down, for errors. */
  readonly path: string;
  /** The type the value has for the reader; never run-end encoded. */
  readonly logical: FieldType;
  /** The type of the column view. */
  readonly storage: FieldType;
  readonly mode: ValueMode;
  readonly detachStrings: boolean;
  /** The bytes are a UUID that is wanted as text. */
  readonly uuid: boolean;
  /** Plans of list items, struct and union fields, map keys and values, dictionary values. */
  readonly children: readonly ValuePlan[];
  /** Property names of a struct. */
  readonly names: readonly string[];
}

interface PlanTarget {
  readonly path: string;
  readonly field: NestedField;
  readonly storage: FieldType;
}

/**
 * Property names of columns or struct fields. A name that repeats gets `_1`, `_2`, … with `suffix`, else throws
 * `ROWS.DUPLICATE_NAME`.
 */
export function propertyNames(
  fields: readonly NestedField[],
  duplicates: "error" | "suffix",
  parent: string | null,
): readonly string[] {
  const taken = new Set(fields.map((field) => field.name));
  const seen = new Set<string>();
  return fields.map(({ name }) => {
    if (!seen.has(name)) {
      seen.add(name);
      return name;
    }
    if (duplicates === "error") throw duplicateName(name, parent);
    let number = 1;
    while (taken.has(`${name}_${number}`)) number += 1;
    taken.add(`${name}_${number}`);
    return `${name}_${number}`;
  });
}

/** The type without run-end encoding, and without a dictionary that was not kept in storage. */
function readType(logical: FieldType, storage: FieldType): FieldType {
  if (logical.type === "run_end_encoded") return readType(logical.values.type, storage);
  if (logical.type === "dictionary" && storage.type !== "dictionary") return readType(logical.value, storage);
  return logical;
}

/** Children that have values of their own: those of a map are its keys and values. */
function valueFields(type: FieldType): readonly NestedField[] {
  switch (type.type) {
    case "map":
      return [type.key, type.value];
    case "list_view":
    case "large_list_view":
      return [type.item];
    default:
      return childFields(type);
  }
}

function childPath(path: string, parent: FieldType, child: NestedField): string {
  if (parent.type === "struct" || parent.type === "union") return path === "" ? child.name : `${path}.${child.name}`;
  return parent.type === "map" ? `${path}{}` : `${path}[]`;
}

function planChildren(target: PlanTarget, logical: FieldType, options: PlanOptions): readonly ValuePlan[] {
  const { path, storage } = target;
  if (logical.type === "dictionary" && storage.type === "dictionary") {
    const field = { ...target.field, type: logical.value };
    return [planValue({ path, field, storage: storage.value }, options)];
  }
  const stored = valueFields(storage);
  const children = stored.length === 0 ? [] : valueFields(logical);
  return children.map((field, index) => {
    const type = stored[index]?.type;
    if (type === undefined) throw new InternalError(`${path} is stored with too few children`);
    return planValue({ path: childPath(path, logical, field), field, storage: type }, options);
  });
}

/** Plans how the values of a field are read from columns with the storage type. Throws `ROWS.DUPLICATE_NAME`. */
export function planValue(target: PlanTarget, options: PlanOptions): ValuePlan {
  const { path, field, storage } = target;
  const logical = readType(field.type, storage);
  const extension = field.metadata?.["ARROW:extension:name"];
  return {
    path,
    logical,
    storage,
    mode: options.mode,
    detachStrings: options.detachStrings,
    uuid: extension === "arrow.uuid" && options.mode !== "lossless" && storage.type === "fixed_size_binary",
    children: planChildren(target, logical, options),
    names: logical.type === "struct" ? propertyNames(logical.fields, options.duplicateNames, path) : [],
  };
}
