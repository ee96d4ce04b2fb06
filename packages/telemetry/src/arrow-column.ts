import { blindCast } from "@deltafuse/config/casts";
import type * as apacheArrow from "apache-arrow";
import type { Data, DataType, Field } from "apache-arrow";
import type { Column, ColumnType } from "./column-notation.ts";
import type { RecordBody, RecordValue } from "./record.ts";

/** The package apache-arrow, loaded. */
export type Arrow = typeof apacheArrow;

type Values = readonly RecordValue[];
type ScalarName = Exclude<ColumnType["type"], "list" | "struct">;

function mapType({ Field, Map_, Struct, Utf8 }: Arrow): DataType {
  const entry = new Struct<{ key: InstanceType<Arrow["Utf8"]>; value: InstanceType<Arrow["Utf8"]> }>([
    new Field("key", new Utf8(), false),
    new Field("value", new Utf8(), true),
  ]);
  return new Map_(new Field("entries", entry, false));
}

const scalarTypes: Readonly<Record<ScalarName, (arrow: Arrow) => DataType>> = {
  s: ({ Utf8 }) => new Utf8(),
  b: ({ Bool }) => new Bool(),
  i32: ({ Int32 }) => new Int32(),
  i64: ({ Int64 }) => new Int64(),
  ts: ({ TimestampMicrosecond }) => new TimestampMicrosecond("UTC"),
  m: mapType,
};

function arrowType(arrow: Arrow, type: ColumnType): DataType {
  if (type.type === "list") return new arrow.List(new arrow.Field("item", arrowType(arrow, type.item), true));
  if (type.type === "struct") return new arrow.Struct(type.columns.map((column) => arrowField(arrow, column)));
  return scalarTypes[type.type](arrow);
}

/** The Arrow field of a column. */
export function arrowField(arrow: Arrow, { name, type, nullable }: Column): Field {
  return new arrow.Field(name, arrowType(arrow, type), nullable);
}

function validity(values: Values): { readonly nullCount: number; readonly nullBitmap: Uint8Array } {
  const nullBitmap = new Uint8Array(Math.ceil(values.length / 8));
  let nullCount = 0;
  for (const [index, value] of values.entries()) {
    if (value === null) nullCount += 1;
    else nullBitmap[index >> 3] = (nullBitmap[index >> 3] ?? 0) | (1 << (index & 7));
  }
  return { nullCount, nullBitmap };
}

function offsetsOf(lengths: readonly number[]): Int32Array {
  const offsets = new Int32Array(lengths.length + 1);
  for (const [index, length] of lengths.entries()) offsets[index + 1] = (offsets[index] ?? 0) + length;
  return offsets;
}

function isList(value: RecordValue): value is Values {
  return Array.isArray(value);
}

function bodies(values: Values): readonly RecordBody[] {
  return values.map((value) => (typeof value === "object" && value !== null && !isList(value) ? value : {}));
}

/** Values of a type whose arrays are fixed-width or text, through the builder of that type. */
function built(arrow: Arrow, type: DataType, values: readonly unknown[]): Data {
  const builder = arrow.makeBuilder({ type, nullValues: [null] });
  for (const value of values) builder.append(value);
  return builder.finish().flush();
}

function integerData(arrow: Arrow, type: DataType, values: Values): Data {
  const integers = BigInt64Array.from(values, (value) => (typeof value === "number" ? BigInt(value) : 0n));
  const layout = { type, length: values.length, ...validity(values), data: integers };
  return arrow.makeData(blindCast<{ type: DataType }, "the layout of 64-bit integers and timestamps">(layout));
}

interface Nested {
  readonly type: DataType;
  readonly values: Values;
  /** How many values of the child belong to each value. */
  readonly lengths: readonly number[];
  readonly child: Data;
}

function nestedData(arrow: Arrow, { type, values, lengths, child }: Nested): Data {
  const layout = { type, length: values.length, ...validity(values), valueOffsets: offsetsOf(lengths), child };
  return arrow.makeData(blindCast<{ type: DataType }, "the layout of lists and maps">(layout));
}

function structData(arrow: Arrow, type: DataType, layout: { values: Values; children: readonly Data[] }): Data {
  const { values, children } = layout;
  const given = { type, length: values.length, ...validity(values), children };
  return arrow.makeData(blindCast<{ type: DataType }, "the layout of structs">(given));
}

function mapData(arrow: Arrow, type: DataType, values: Values): Data {
  const entries = bodies(values).map((body) => Object.entries(body));
  const flat = entries.flat();
  const texts = [flat.map(([key]) => key), flat.map(([, value]) => value)];
  const children = texts.map((text) => built(arrow, new arrow.Utf8(), text));
  const [{ type: entry }] = blindCast<readonly [Field], "a map has one child">(type.children);
  const child = structData(arrow, entry, { values: flat.map(([key]) => key), children });
  return nestedData(arrow, { type, values, lengths: entries.map(({ length }) => length), child });
}

/** The Arrow data of a column, from values that are valid for it. */
export function columnData(arrow: Arrow, type: ColumnType, values: Values): Data {
  const arrowed = arrowType(arrow, type);
  if (type.type === "list") {
    const lists = values.map((value) => (isList(value) ? value : []));
    const child = columnData(arrow, type.item, lists.flat());
    return nestedData(arrow, { type: arrowed, values, lengths: lists.map(({ length }) => length), child });
  }
  if (type.type === "struct") {
    const members = bodies(values);
    const children = type.columns.map((column) => {
      const own = members.map((body) => body[column.member] ?? null);
      return columnData(arrow, column.type, own);
    });
    return structData(arrow, arrowed, { values, children });
  }
  if (type.type === "m") return mapData(arrow, arrowed, values);
  return type.type === "i64" || type.type === "ts"
    ? integerData(arrow, arrowed, values)
    : built(arrow, arrowed, values);
}
