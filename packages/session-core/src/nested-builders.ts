import { blindCast } from "@deltafuse/config/casts";
import { InternalError } from "@deltafuse/config/errors";
import { isPresent, rejectValue } from "./build-context.ts";
import type { BuildContext, BuiltParts } from "./build-context.ts";
import type { ColumnValues, ColumnView } from "./column-batch.ts";
import { childFields, offsetsClass, valuesClass } from "./column-layout.ts";
import { columnView } from "./column-view.ts";
import type { FieldType, NestedField } from "./field-type.ts";
import { propertyColumns } from "./property-columns.ts";

/** Builds a child column. */
export type ChildBuilder = (context: BuildContext, values: readonly unknown[]) => ColumnView;

/** Builds a column with children; `build` builds those. */
export type NestedBuilder = (context: BuildContext, values: readonly unknown[], build: ChildBuilder) => BuiltParts;

type Items = ArrayLike<unknown>;

function isTypedArray(value: unknown): value is Exclude<ColumnValues, never> {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

function itemsOf(context: BuildContext, index: number, value: unknown): Items {
  if (Array.isArray(value) || isTypedArray(value)) return value;
  return isPresent(value) ? rejectValue(context, index, { value, reason: "an array is wanted" }) : [];
}

function startsOf(lists: readonly Items[]): Int32Array {
  const starts = new Int32Array(lists.length + 1);
  for (const [index, list] of lists.entries()) starts[index + 1] = (starts[index] ?? 0) + list.length;
  return starts;
}

function flatten(lists: readonly Items[]): unknown[] {
  const items: unknown[] = [];
  for (const list of lists) for (let item = 0; item < list.length; item++) items.push(list[item]);
  return items;
}

/** The value that item `item` belongs to: the last one that does not start behind it. */
function ownerOf(starts: Int32Array, item: number): number {
  let low = 0;
  let high = starts.length - 2;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= item) low = middle;
    else high = middle - 1;
  }
  return low;
}

const numericTypes: readonly FieldType["type"][] = [
  "int8",
  "int16",
  "int32",
  "int64",
  "uint8",
  "uint16",
  "uint32",
  "uint64",
  "float32",
  "float64",
];

/** Items of typed arrays of exactly the item's class go over as they are. */
function typedItems(field: NestedField, lists: readonly Items[], length: number): ColumnView | null {
  if (!numericTypes.includes(field.type.type) || lists.length === 0) return null;
  const arrayClass = valuesClass(field.type);
  if (!lists.every((list) => list instanceof arrayClass || (list.length === 0 && Array.isArray(list)))) return null;
  const values = new arrayClass(new ArrayBuffer(length * arrayClass.BYTES_PER_ELEMENT), 0, length);
  let position = 0;
  for (const list of lists) {
    blindCast<Float64Array, "both are arrays of one class">(values).set(
      blindCast<Float64Array, "same">(list),
      position,
    );
    position += list.length;
  }
  return columnView({ type: field.type, length, nullCount: 0, values });
}

function offsetsOf(type: FieldType, starts: Int32Array): Int32Array | BigInt64Array {
  return offsetsClass(type) === Int32Array ? starts : BigInt64Array.from(starts, BigInt);
}

function onlyChild(context: BuildContext): NestedField {
  const [child] = childFields(context.field.type);
  if (child === undefined) throw new InternalError(`${context.path} has no child`);
  return child;
}

const lists: NestedBuilder = (context, values, build) => {
  const field = onlyChild(context);
  const items = values.map((value, index) => itemsOf(context, index, value));
  const starts = startsOf(items);
  const child: BuildContext = {
    field,
    path: `${context.path}[]`,
    rowOf: (item) => context.rowOf(ownerOf(starts, item)),
    masked: () => false,
  };
  const typed = typedItems(field, items, starts[items.length] ?? 0);
  return { offsets: offsetsOf(context.field.type, starts), children: [typed ?? build(child, flatten(items))] };
};

const fixedSizeLists: NestedBuilder = (context, values, build) => {
  const { type } = context.field;
  const size = type.type === "fixed_size_list" ? type.size : 0;
  const field = onlyChild(context);
  const missing: Items = Array.from({ length: size });
  const items = values.map((value, index) => {
    const list = isPresent(value) ? itemsOf(context, index, value) : missing;
    return list.length === size ? list : rejectValue(context, index, { value, reason: `${size} items are wanted` });
  });
  const child: BuildContext = {
    field,
    path: `${context.path}[]`,
    rowOf: (item) => context.rowOf(Math.floor(item / size)),
    masked: (item) => !isPresent(values[Math.floor(item / size)]),
  };
  return { children: [typedItems(field, items, size * items.length) ?? build(child, flatten(items))] };
};

const structs: NestedBuilder = (context, values, build) => {
  for (const [index, value] of values.entries()) {
    if (!isPresent(value)) continue;
    if (typeof value !== "object" || Array.isArray(value) || isTypedArray(value)) {
      rejectValue(context, index, { value, reason: "an object is wanted" });
    }
  }
  const fields = childFields(context.field.type);
  const properties = propertyColumns(fields.map(({ name }) => name))(values, 0, values.length);
  const children = fields.map((field, position) => {
    const child: BuildContext = {
      field,
      path: `${context.path}.${field.name}`,
      rowOf: context.rowOf,
      masked: (index) => !isPresent(values[index]),
    };
    return build(child, properties[position] ?? []);
  });
  return { children };
};

function entriesOf(context: BuildContext, index: number, value: unknown): readonly (readonly [unknown, unknown])[] {
  if (value instanceof Map) return [...value];
  return isPresent(value) ? rejectValue(context, index, { value, reason: "a Map is wanted" }) : [];
}

const maps: NestedBuilder = (context, values, build) => {
  const { type } = context.field;
  if (type.type !== "map") throw new InternalError(`${context.path} is not a map`);
  const pairs = values.map((value, index) => entriesOf(context, index, value));
  const starts = startsOf(pairs);
  const all = pairs.flat();
  const child = (field: NestedField, part: 0 | 1): ColumnView => {
    const rest = { path: `${context.path}{}`, masked: () => false };
    const rowOf = (entry: number): number => context.rowOf(ownerOf(starts, entry));
    return build(
      { field, rowOf, ...rest },
      all.map((pair) => pair[part]),
    );
  };
  const entries = columnView({
    type: onlyChild(context).type,
    length: all.length,
    nullCount: 0,
    children: [child({ ...type.key, nullable: false }, 0), child(type.value, 1)],
  });
  return { offsets: starts, children: [entries] };
};

/** Builders of lists, structs and maps. */
export const nestedBuilders: Readonly<Record<string, NestedBuilder>> = {
  list: lists,
  large_list: lists,
  fixed_size_list: fixedSizeLists,
  struct: structs,
  map: maps,
};
