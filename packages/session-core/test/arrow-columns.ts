import * as arrow from "apache-arrow";
import { toColumnBatch } from "../src/arrow-batch.ts";
import type { ColumnBatch } from "../src/column-batch.ts";

type Values = readonly unknown[];

function list(item: arrow.DataType): arrow.DataType {
  return new arrow.List(new arrow.Field("item", item, true));
}

const point = new arrow.Struct([
  new arrow.Field("x", new arrow.Int32(), true),
  new arrow.Field("name", new arrow.Utf8(), true),
]);

const entries = new arrow.Struct<{ key: arrow.Utf8; value: arrow.Int64 }>([
  new arrow.Field("key", new arrow.Utf8(), false),
  new arrow.Field("value", new arrow.Int64(), true),
]);

/** One column per type that apache-arrow can build, with a null in row 1. */
export const arrowColumns: Readonly<Record<string, readonly [arrow.DataType, Values]>> = {
  nothing: [new arrow.Null(), [null, null, null, null, null]],
  bool: [new arrow.Bool(), [true, null, false, true, true]],
  int8: [new arrow.Int8(), [-128, null, 127, 0, 1]],
  int16: [new arrow.Int16(), [-32768, null, 32767, 0, 1]],
  int32: [new arrow.Int32(), [-2147483648, null, 2147483647, 0, 1]],
  int64: [new arrow.Int64(), [-9007199254740991n, null, 9007199254740991n, 0n, -4294967297n]],
  uint8: [new arrow.Uint8(), [255, null, 0, 1, 2]],
  uint16: [new arrow.Uint16(), [65535, null, 0, 1, 2]],
  uint32: [new arrow.Uint32(), [4294967295, null, 0, 1, 2]],
  uint64: [new arrow.Uint64(), [9007199254740991n, null, 0n, 1n, 4294967296n]],
  float32: [new arrow.Float32(), [-1.5, null, 0.25, Infinity, NaN]],
  float64: [new arrow.Float64(), [-1.1, null, 1e300, -Infinity, NaN]],
  ascii: [new arrow.Utf8(), ["", null, "plain", "a longer text that is sliced", "z"]],
  mixed: [new arrow.Utf8(), ["", null, "żółć", "日本語 text", "plain"]],
  largeText: [new arrow.LargeUtf8(), ["", null, "żółć", "x", "plain"]],
  binary: [new arrow.Binary(), [new Uint8Array(0), null, Uint8Array.of(1, 255), Uint8Array.of(0), Uint8Array.of(7)]],
  fixedBinary: [
    new arrow.FixedSizeBinary(3),
    [Uint8Array.of(1, 2, 3), null, Uint8Array.of(4, 5, 6), Uint8Array.of(7, 8, 9), Uint8Array.of(0, 0, 0)],
  ],
  dictionary: [new arrow.Dictionary(new arrow.Utf8(), new arrow.Int8()), ["b", null, "a", "b", "c"]],
  list: [list(new arrow.Int64()), [[1n, null, 3n], null, [], [4n], [5n, 6n]]],
  lists: [list(list(new arrow.Utf8())), [[["a"], null, []], null, [], [["b", null]], [["ż"]]]],
  fixedList: [
    new arrow.FixedSizeList(2, new arrow.Field("item", new arrow.Float64(), true)),
    [[1, 2], null, [3, null], [4, 5], [6, 7]],
  ],
  struct: [point, [{ x: 1, name: "a" }, null, { x: null, name: "ż" }, { x: 2, name: null }, { x: 3, name: "c" }]],
  structs: [list(point), [[{ x: 1, name: "a" }], null, [null], [], [{ x: 2, name: null }]]],
  map: [
    new arrow.Map_(new arrow.Field("entries", entries, false)),
    [
      new Map([["a", 1n]]),
      null,
      new Map(),
      new Map([["b", null]]),
      new Map([
        ["c", 3n],
        ["__proto__", 4n],
      ]),
    ],
  ],
};

/** A RecordBatch of the named columns. */
export function arrowBatch(columns: Readonly<Record<string, readonly [arrow.DataType, Values]>>): arrow.RecordBatch {
  const fields = Object.entries(columns).map(([name, [type]]) => new arrow.Field(name, type, true));
  const data = Object.values(columns).map(([type, values]) => arrow.vectorFromArray([...values], type).data[0]);
  const schema = new arrow.Schema(fields);
  const length = Object.values(columns)[0]?.[1].length ?? 0;
  const struct = arrow.makeData({
    type: new arrow.Struct(fields),
    length,
    nullCount: 0,
    children: data.filter((one) => one !== undefined),
  });
  return new arrow.RecordBatch(schema, struct);
}

/** The same as columns. */
export function columnBatch(columns: Readonly<Record<string, readonly [arrow.DataType, Values]>>): ColumnBatch {
  return toColumnBatch(arrowBatch(columns));
}
