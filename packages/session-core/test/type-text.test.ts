import { describe, expect, it } from "vitest";
import type { FieldType, NestedField } from "../src/field-type.ts";
import { formatTypeText, parseTypeText, typeFamily } from "../src/type-text.ts";

function field(name: string, type: FieldType, nullable = true): NestedField {
  return { name, type, nullable };
}

const int64: FieldType = { type: "int64" };
const utf8: FieldType = { type: "utf8" };

const printed: readonly (readonly [string, FieldType])[] = [
  ["null", { type: "null" }],
  ["bool", { type: "bool" }],
  ["int8", { type: "int8" }],
  ["int16", { type: "int16" }],
  ["int32", { type: "int32" }],
  ["int64", int64],
  ["uint8", { type: "uint8" }],
  ["uint16", { type: "uint16" }],
  ["uint32", { type: "uint32" }],
  ["uint64", { type: "uint64" }],
  ["float16", { type: "float16" }],
  ["float32", { type: "float32" }],
  ["float64", { type: "float64" }],
  ["utf8", utf8],
  ["large_utf8", { type: "large_utf8" }],
  ["utf8_view", { type: "utf8_view" }],
  ["binary", { type: "binary" }],
  ["large_binary", { type: "large_binary" }],
  ["binary_view", { type: "binary_view" }],
  ["fixed_size_binary(16)", { type: "fixed_size_binary", byteWidth: 16 }],
  ["date32", { type: "date32" }],
  ["date64", { type: "date64" }],
  ["time32(s)", { type: "time32", unit: "s" }],
  ["time32(ms)", { type: "time32", unit: "ms" }],
  ["time64(us)", { type: "time64", unit: "us" }],
  ["time64(ns)", { type: "time64", unit: "ns" }],
  ["timestamp(us)", { type: "timestamp", unit: "us" }],
  ["timestamp(ns, America/New_York)", { type: "timestamp", unit: "ns", timezone: "America/New_York" }],
  ["timestamp(s, +02:00)", { type: "timestamp", unit: "s", timezone: "+02:00" }],
  ["duration(ms)", { type: "duration", unit: "ms" }],
  ["interval(year_month)", { type: "interval", unit: "year_month" }],
  ["interval(day_time)", { type: "interval", unit: "day_time" }],
  ["interval(month_day_nano)", { type: "interval", unit: "month_day_nano" }],
  ["decimal32(9,2)", { type: "decimal", precision: 9, scale: 2, bitWidth: 32 }],
  ["decimal64(18,0)", { type: "decimal", precision: 18, scale: 0, bitWidth: 64 }],
  ["decimal128(38,10)", { type: "decimal", precision: 38, scale: 10, bitWidth: 128 }],
  ["decimal256(76,-3)", { type: "decimal", precision: 76, scale: -3, bitWidth: 256 }],
  ["list<int64>", { type: "list", item: field("item", int64) }],
  ["list<int64!>", { type: "list", item: field("item", int64, false) }],
  ["large_list<utf8>", { type: "large_list", item: field("item", utf8) }],
  ["list_view<utf8>", { type: "list_view", item: field("item", utf8) }],
  ["large_list_view<utf8>", { type: "large_list_view", item: field("item", utf8) }],
  [
    "fixed_size_list<float32!,3>",
    { type: "fixed_size_list", item: field("item", { type: "float32" }, false), size: 3 },
  ],
  ["struct<>", { type: "struct", fields: [] }],
  [
    'struct<a: int64!, "b c": list<utf8>, "d""\\\\e": bool>',
    {
      type: "struct",
      fields: [
        field("a", int64, false),
        field("b c", { type: "list", item: field("item", utf8) }),
        field('d"\\e', { type: "bool" }),
      ],
    },
  ],
  ["map<utf8,int64>", { type: "map", key: field("key", utf8, false), value: field("value", int64), keysSorted: false }],
  [
    "map<utf8,int64!,sorted>",
    { type: "map", key: field("key", utf8, false), value: field("value", int64, false), keysSorted: true },
  ],
  ["dictionary<int32,utf8>", { type: "dictionary", index: { type: "int32" }, value: utf8, ordered: false }],
  ["dictionary<uint8,utf8,ordered>", { type: "dictionary", index: { type: "uint8" }, value: utf8, ordered: true }],
  [
    "run_end_encoded<int32,utf8>",
    {
      type: "run_end_encoded",
      runEnds: field("run_ends", { type: "int32" }, false),
      values: field("values", utf8),
    },
  ],
  [
    "sparse_union<a: int64, b: utf8!>",
    { type: "union", mode: "sparse", fields: [field("a", int64), field("b", utf8, false)], typeIds: [0, 1] },
  ],
  [
    "dense_union<a: int64 = 5, b: utf8>",
    { type: "union", mode: "dense", fields: [field("a", int64), field("b", utf8)], typeIds: [5, 1] },
  ],
];

describe("formatTypeText and parseTypeText", () => {
  it.each(printed)("print and read %s", (text, type) => {
    expect(formatTypeText(type)).toBe(text);
    expect(parseTypeText(text)).toEqual(type);
  });

  it("are inverse for a struct whose fields have every type", () => {
    const type: FieldType = {
      type: "struct",
      fields: printed.map(([, inner], index) => field(`f${index}`, inner, index % 2 === 0)),
    };
    expect(parseTypeText(formatTypeText(type))).toEqual(type);
  });
});

describe("parseTypeText", () => {
  it.each([
    ["string", "utf8"],
    ["int", "int64"],
    ["float", "float64"],
    ["bytes", "binary"],
    ["BOOLEAN", "bool"],
    ["TinyInt", "int8"],
    ["SMALLINT", "int16"],
    ["INTEGER", "int32"],
    ["BIGINT", "int64"],
    ["BIGINT UNSIGNED", "uint64"],
    ["tinyint unsigned", "uint8"],
    ["REAL", "float32"],
    ["DOUBLE PRECISION", "float64"],
    ["VARCHAR(20)", "utf8"],
    ["CHARACTER VARYING(20)", "utf8"],
    ["BYTEA", "binary"],
    ["DATE", "date32"],
    ["TIME", "time64(ns)"],
    ["TIMESTAMP", "timestamp(ns)"],
    ["TIMESTAMP(3)", "timestamp(ms)"],
    ["TIMESTAMP(6) WITH TIME ZONE", "timestamp(us, UTC)"],
    ["timestamp without time zone", "timestamp(ns)"],
    ["TIMESTAMPTZ", "timestamp(ns, UTC)"],
    ["INTERVAL", "interval(month_day_nano)"],
    ["DECIMAL", "decimal128(38,10)"],
    ["decimal(10, 2)", "decimal128(10,2)"],
    ["NUMERIC(12)", "decimal128(12,0)"],
    ["decimal(40,2)", "decimal256(40,2)"],
    ["int[]", "list<int64>"],
    ["int[3][]", "list<fixed_size_list<int64,3>>"],
    ["ARRAY<BIGINT>", "list<int64>"],
    ["MAP<VARCHAR, DOUBLE>", "map<utf8,float64>"],
    ["STRUCT<a INT NOT NULL, b VARCHAR(3)>", "struct<a: int64!, b: utf8>"],
    ["STRUCT(a bigint, B text[])", "struct<a: int64, B: list<utf8>>"],
  ])("reads the SQL spelling %s", (text, expected) => {
    expect(formatTypeText(parseTypeText(text))).toBe(expected);
  });

  it.each([
    ["Int64", "int64"],
    ["UInt8", "uint8"],
    ["LargeUtf8", "large_utf8"],
    ["Utf8View", "utf8_view"],
    ["FixedSizeBinary(16)", "fixed_size_binary(16)"],
    ["Timestamp(µs)", "timestamp(us)"],
    ['Timestamp(ns, "+00:00")', "timestamp(ns, +00:00)"],
    ["Timestamp(Nanosecond, None)", "timestamp(ns)"],
    ['Timestamp(Microsecond, Some("UTC"))', "timestamp(us, UTC)"],
    ["Time64(Nanosecond)", "time64(ns)"],
    ["Interval(MonthDayNano)", "interval(month_day_nano)"],
    ["Decimal128(10, 2)", "decimal128(10,2)"],
    ["List(non-null Int64)", "list<int64!>"],
    ["LargeList(Utf8, field: 'x')", "large_list<utf8>"],
    ["FixedSizeList(3 x non-null Float32)", "fixed_size_list<float32!,3>"],
    ['Struct("a": Int64, "b c": non-null Utf8)', 'struct<a: int64, "b c": utf8!>'],
    ['Map("entries": non-null Struct("key": non-null Utf8, "value": Int32), unsorted)', "map<utf8,int32>"],
    ['Map("entries": non-null Struct("key": non-null Utf8, "value": Int32), sorted)', "map<utf8,int32,sorted>"],
    ["Dictionary(Int32, Utf8)", "dictionary<int32,utf8>"],
    ['RunEndEncoded("run_ends": non-null Int32, "values": Utf8)', "run_end_encoded<int32,utf8>"],
    ['Union(Dense, 0: ("a": Int64), 7: ("b": non-null Utf8))', "dense_union<a: int64, b: utf8! = 7>"],
  ])("reads the engine's %s", (text, expected) => {
    expect(formatTypeText(parseTypeText(text))).toBe(expected);
  });

  it("keeps names and metadata that the engine prints", () => {
    expect(parseTypeText(`List(Int64, field: 'x', metadata: {"k": "v"})`)).toEqual({
      type: "list",
      item: { name: "x", type: int64, nullable: true, metadata: { k: "v" } },
    });
  });

  it.each([
    ["strnig", "string"],
    ["list<in64>", "int64"],
    ["timestmap(us)", "timestamp"],
    ["frobnicate", null],
    ["", null],
    ["int64 x", null],
    ["list<int64", null],
    ["list", null],
    ["decimal128(39,2)", null],
    ["decimal(5,6)", null],
    ["time32(ns)", null],
    ["time64(s)", null],
    ["duration(minutes)", null],
    ["bool unsigned", null],
    ["int64;", null],
    ["timestamp(us, )", null],
    ["toString", "string"],
    ["constructor", null],
  ])("refuses %j and names the nearest type", (text, nearest) => {
    expect(() => parseTypeText(text)).toThrow(
      expect.objectContaining({ code: "SQL.TYPE_UNKNOWN", details: { text, nearest } }),
    );
  });
});

describe("typeFamily", () => {
  it.each([
    ["large_utf8", "utf8"],
    ["utf8_view", "utf8"],
    ["large_binary", "binary"],
    ["binary_view", "binary"],
    ["dictionary<int8,large_utf8>", "utf8"],
    ["run_end_encoded<int16,utf8_view>", "utf8"],
    ["large_list<utf8_view!>", "list<utf8!>"],
    ["list_view<list<binary_view>>", "list<list<binary>>"],
    ["fixed_size_list<large_utf8,2>", "fixed_size_list<utf8,2>"],
    ["struct<a: large_utf8!, b: int32>", "struct<a: utf8!, b: int32>"],
    ["map<large_utf8,utf8_view>", "map<utf8,utf8>"],
    ["dense_union<a: utf8_view>", "dense_union<a: utf8>"],
    ["decimal256(10,2)", "decimal256(10,2)"],
    ["timestamp(us, UTC)", "timestamp(us, UTC)"],
  ])("of %s is %s", (text, family) => {
    expect(formatTypeText(typeFamily(parseTypeText(text)))).toBe(family);
  });

  it("gives list and map children their canonical names", () => {
    const list: FieldType = { type: "list", item: { ...field("element", int64), metadata: { k: "v" } } };
    expect(typeFamily(list)).toEqual({ type: "list", item: field("item", int64) });
  });
});
