import { describe, expect, it } from "vitest";
import { inferFields, inferType } from "../src/infer-fields.ts";
import { rowReader } from "../src/rows.ts";
import { formatTypeText } from "../src/type-text.ts";
import { dateValue, decimalValue, durationValue, intervalValue, timestampValue, timeValue } from "../src/values.ts";
import { readStream, writerOf } from "./ipc-stream.ts";

function types(rows: readonly object[]): Record<string, string> {
  return Object.fromEntries(inferFields(rows).map(({ name, type }) => [name, formatTypeText(type)]));
}

describe("inferType", () => {
  it.each([
    [null, "null"],
    [undefined, "null"],
    ["x", "utf8"],
    [true, "bool"],
    [1, "int64"],
    [-0.5, "float64"],
    [Number.NaN, "float64"],
    [2 ** 53, "float64"],
    [1n, "int64"],
    [2n ** 63n - 1n, "int64"],
    [2n ** 63n, "uint64"],
    [2n ** 64n, "decimal128(38,0)"],
    [-(2n ** 63n) - 1n, "decimal128(38,0)"],
    [new Date(0), "timestamp(ms, UTC)"],
    [new Uint8Array(1), "binary"],
    [Buffer.from("x"), "binary"],
    [[1, null, 2n], "list<int64>"],
    [[], "list<null>"],
    [[[1.5]], "list<list<float64>>"],
    [new Float32Array(2), "list<float32>"],
    [new BigInt64Array(0), "list<int64>"],
    [new Uint16Array(2), "list<uint16>"],
    [{ a: 1, b: { c: "x" } }, "struct<a: int64, b: struct<c: utf8>>"],
    [new Map([["a", 1]]), "map<utf8,int64>"],
    [decimalValue(1n, 10, 2), "decimal128(10,2)"],
    [decimalValue(1n, 50, 2), "decimal256(50,2)"],
    [dateValue(1), "date32"],
    [timeValue(1n, "ms"), "time32(ms)"],
    [timeValue(1n, "ns"), "time64(ns)"],
    [timestampValue(1n, "us", null), "timestamp(us)"],
    [timestampValue(1n, "us", "Europe/Berlin"), "timestamp(us, Europe/Berlin)"],
    [durationValue(1n, "s"), "duration(s)"],
    [intervalValue(1, 2, 3n), "interval(month_day_nano)"],
  ])("of %s is %s", (value, type) => {
    expect(formatTypeText(inferType(value, "p"))).toBe(type);
  });

  it.each([
    [Symbol("x"), "a symbol"],
    [() => 1, "a function"],
    [new Set(), "an object of Set"],
    [10n ** 38n, "100000000000000000000000000000000000000n"],
  ])("of %s is an error", (value, type) => {
    expect(() => inferType(value, "p")).toThrow(
      expect.objectContaining({ code: "ROWS.TYPE_UNSUPPORTED", details: { path: "p in row 0", type } }),
    );
  });
});

describe("inferFields", () => {
  it("takes the properties of all rows, in order of appearance, nullable", () => {
    expect(inferFields([{ a: 1 }, { b: "x" }, { a: null, c: undefined }])).toEqual([
      { name: "a", type: { type: "int64" }, nullable: true },
      { name: "b", type: { type: "utf8" }, nullable: true },
      { name: "c", type: { type: "null" }, nullable: true },
    ]);
    expect(inferFields([])).toEqual([]);
  });

  it("joins integers and floats, and integers by their range", () => {
    expect(
      types([
        { a: 1, b: 1.5, c: 1n, d: 2n ** 63n, e: -1n },
        { a: 0.5, b: 2n, c: 1.5, d: 1, e: 2n ** 63n },
      ]),
    ).toEqual({
      a: "float64",
      b: "float64",
      c: "float64",
      d: "uint64",
      e: "decimal128(38,0)",
    });
  });

  it("joins nested values child by child", () => {
    const rows = [
      { list: [], struct: { a: 1 }, map: new Map() },
      { list: [{ x: 1 }], struct: { b: "x" }, map: new Map([["k", [1]]]) },
      { list: [{ x: 1.5, y: null }], struct: null, map: new Map([["l", [null, 2.5]]]) },
    ];
    expect(types(rows)).toEqual({
      list: "list<struct<x: float64, y: null>>",
      struct: "struct<a: int64, b: utf8>",
      map: "map<utf8,list<float64>>",
    });
  });

  it.each([
    [[{ a: 1 }, { a: "x" }], { path: "a", row: 1, type: "int64", actual: "utf8" }],
    [[{ a: "x" }, {}, { a: 1 }], { path: "a", row: 2, type: "utf8", actual: "int64" }],
    [[{ a: true }, { a: 1.5 }], { path: "a", row: 1, type: "bool", actual: "float64" }],
    [[{ a: [1, "x"] }], { path: "a[]", row: 0, type: "int64", actual: "utf8" }],
    [[{ a: { b: 1 } }, { a: { b: false } }], { path: "a.b", row: 1, type: "int64", actual: "bool" }],
    [[{ a: { b: 1 } }, { a: [1] }], { path: "a", row: 1, type: "struct<b: int64>", actual: "list<null>" }],
    [[{ a: 2n ** 60n }, { a: 0.5 }], { path: "a", row: 1, type: "int64", actual: "float64" }],
    [[{ a: 0.5 }, { a: 2n ** 60n }], { path: "a", row: 1, type: "float64", actual: "int64" }],
    [
      [{ a: decimalValue(1n, 5, 2) }, { a: decimalValue(1n, 6, 2) }],
      { path: "a", row: 1, type: "decimal128(5,2)", actual: "decimal128(6,2)" },
    ],
    [
      [{ a: new Date(0) }, { a: timestampValue(0n, "us", "UTC") }],
      { path: "a", row: 1, type: "timestamp(ms, UTC)", actual: "timestamp(us, UTC)" },
    ],
    [[{ a: new Map([["k", 1]]) }, { a: new Map([[1, 1]]) }], { path: "a{}", row: 1, type: "utf8", actual: "int64" }],
  ])("refuses the mixture in %#", (rows, details) => {
    expect(() => inferFields(rows)).toThrow(
      expect.objectContaining({ code: "ROWS.VALUE_INVALID", details: expect.objectContaining(details) }),
    );
  });

  it("refuses a cycle instead of running out of stack", () => {
    const loop: Record<string, unknown> = {};
    loop["self"] = loop;
    expect(() => inferFields([loop])).toThrow(expect.objectContaining({ code: "ROWS.TYPE_UNSUPPORTED" }));
  });

  it("gives fields that the rows can be written with and read back", () => {
    const rows = [
      { id: 1n, name: "a", price: 1.5, tags: ["x", null], at: timestampValue(1n, "ms", "UTC"), big: 2n ** 63n },
      { id: null, name: null, price: 2, tags: [], at: null, big: 1n },
    ];
    const fields = inferFields(rows);
    const writer = writerOf(fields);
    const read = readStream(writer, writer.rows(rows)).flatMap((batch) => [...rowReader(fields).bind(batch)]);
    expect(read).toEqual(rows);
  });
});
