import { blindCast } from "@deltafuse/config/casts";
import { describe, expect, it } from "vitest";
import { toColumnBatch } from "../src/arrow-batch.ts";
import { columnView } from "../src/column-view.ts";
import type { NestedField } from "../src/field-type.ts";
import { ipcWriter } from "../src/ipc-writer.ts";
import { rowReader } from "../src/rows.ts";
import { parseTypeText } from "../src/type-text.ts";
import { dateValue, decimalValue, durationValue, intervalValue, timestampValue, timeValue } from "../src/values.ts";
import { arrowBatch, arrowColumns } from "./arrow-columns.ts";
import { readStream, writerOf } from "./ipc-stream.ts";
import type { ValueCase } from "./temporal-cases.ts";
import { valueCases } from "./value-cases.ts";

function field(name: string, type: string, nullable = true): NestedField {
  return { name, type: parseTypeText(type), nullable };
}

function write(fields: readonly NestedField[], rows: readonly object[]): object[] {
  const writer = writerOf(fields);
  const batches = readStream(writer, writer.rows(rows));
  return batches.flatMap((batch) => [...rowReader(fields).bind(batch)]);
}

const readOnly = ["view", "run_end", "decimal32", "decimal64", "as text"];
const buildable = valueCases.filter(
  ({ name, type }) => !readOnly.some((part) => name.includes(part) || type.includes(part)),
);

function fieldOf(one: ValueCase): NestedField {
  const base = field("c", one.type);
  return one.metadata === undefined ? base : { ...base, metadata: one.metadata };
}

function rowsOf(values: readonly unknown[]): object[] {
  return [...values.map((c) => ({ c })), { c: null }, {}, { c: undefined }];
}

describe("ipcWriter", () => {
  it.each(buildable)("writes lossless and plain values of $name", (one) => {
    const expected = [...one.lossless, null, null, null].map((c) => ({ c }));
    const fields = [fieldOf(one)];
    expect(write(fields, rowsOf(one.lossless))).toEqual(expected);
    const lossy = ["timestamp(us)", "timestamp(ns, Europe/Berlin)"].includes(one.name);
    if (!lossy) expect(write(fields, rowsOf(one.plain ?? one.lossless))).toEqual(expected);
  });

  it.each(buildable)("writes $name in lists, structs and maps", (one) => {
    const inner = fieldOf(one);
    const item: NestedField = { ...inner, name: "item" };
    const fields: NestedField[] = [
      { name: "list", type: { type: "list", item }, nullable: true },
      { name: "large", type: { type: "large_list", item }, nullable: true },
      { name: "pair", type: { type: "fixed_size_list", item, size: 2 }, nullable: true },
      { name: "struct", type: { type: "struct", fields: [inner, { ...inner, name: "__proto__" }] }, nullable: true },
      {
        name: "map",
        type: { type: "map", key: field("key", "utf8", false), value: { ...inner, name: "value" }, keysSorted: false },
        nullable: true,
      },
    ];
    const values = one.lossless;
    const [first] = values;
    const object = Object.fromEntries([
      ["c", first],
      ["__proto__", null],
    ]);
    const rows = [
      {
        list: values,
        large: values,
        pair: [first, null],
        struct: object,
        map: new Map([
          ["a", first],
          ["b", null],
        ]),
      },
      { list: null, large: null, pair: null, struct: null, map: null },
      { list: [], large: [null], pair: [null, first], struct: { c: null }, map: new Map() },
    ];
    const [a, b, c] = rows;
    const last = {
      ...c,
      struct: Object.fromEntries([
        ["c", null],
        ["__proto__", null],
      ]),
    };
    expect(write(fields, rows)).toEqual([a, b, last]);
  });

  it("writes what apache-arrow and the row readers agree on", () => {
    const { dictionary, ...columns } = arrowColumns;
    const { fields, ...batch } = toColumnBatch(arrowBatch(columns));
    const rows = [...rowReader(fields).bind({ ...batch, fields })];
    expect(dictionary).toBeDefined();
    expect(write(fields, rows)).toEqual(rows);
  });

  it("takes every form a value may have", () => {
    const fields = [
      field("small", "int32"),
      field("wide", "int64"),
      field("unsigned", "uint64"),
      field("float", "float64"),
      field("half", "float16"),
      field("amount", "decimal128(15,2)"),
      field("big", "decimal256(60,3)"),
      field("short", "decimal128(5,-2)"),
      field("day", "date32"),
      field("at", "timestamp(us, UTC)"),
      field("clock", "time64(us)"),
      field("length", "duration(us)"),
    ];
    const utc = new Date("2001-02-03T04:05:06.789Z");
    const day = new Date("2001-02-03T00:00:00Z");
    const forms = [
      [1n, 1, 1, 1, 1.5, 12.5, "1e3", 1200, dateValue(1), utc, timeValue(1n, "s"), 1.5],
      [-2, -2n, 2n, 2n, 0.1, "12.5", 7n, "-1.2e3", day, timestampValue(1n, "s", "UTC"), "01:02:03.5", 0.001],
      [
        2 ** 31 - 1,
        -(2 ** 40),
        2n ** 64n - 1n,
        -0.5,
        65_519,
        1250n,
        decimalValue(5n, 1, 1),
        100n,
        null,
        null,
        "23:59:59",
        0,
      ],
      [
        0,
        2n ** 63n - 1n,
        0,
        Infinity,
        2 ** -25,
        decimalValue(125n, 3, 1),
        -0.001,
        "0",
        null,
        null,
        null,
        durationValue(1n, "ms"),
      ],
    ];
    const rows = forms.map((values) => Object.fromEntries(fields.map(({ name }, index) => [name, values[index]])));
    const decimal = (unscaled: bigint) => decimalValue(unscaled, 15, 2);
    const at = (value: bigint) => timestampValue(value, "us", "UTC");
    expect(write(fields, rows)).toEqual([
      {
        small: 1,
        wide: 1n,
        unsigned: 1n,
        float: 1,
        half: 1.5,
        amount: decimal(1250n),
        big: decimalValue(1_000_000n, 60, 3),
        short: decimalValue(12n, 5, -2),
        day: dateValue(1),
        at: at(981_173_106_789_000n),
        clock: timeValue(1_000_000n, "us"),
        length: durationValue(1500n, "us"),
      },
      {
        small: -2,
        wide: -2n,
        unsigned: 2n,
        float: 2,
        half: 0.0999755859375,
        amount: decimal(1250n),
        big: decimalValue(7000n, 60, 3),
        short: decimalValue(-12n, 5, -2),
        day: dateValue(11_356),
        at: at(1_000_000n),
        clock: timeValue(3_723_500_000n, "us"),
        length: durationValue(1n, "us"),
      },
      {
        small: 2 ** 31 - 1,
        wide: -(2n ** 40n),
        unsigned: 2n ** 64n - 1n,
        float: -0.5,
        half: 65_504,
        amount: decimal(125_000n),
        big: decimalValue(500n, 60, 3),
        short: decimalValue(1n, 5, -2),
        day: null,
        at: null,
        clock: timeValue(86_399_000_000n, "us"),
        length: durationValue(0n, "us"),
      },
      {
        small: 0,
        wide: 2n ** 63n - 1n,
        unsigned: 0n,
        float: Infinity,
        half: 0,
        amount: decimal(1250n),
        big: decimalValue(-1n, 60, 3),
        short: decimalValue(0n, 5, -2),
        day: null,
        at: null,
        clock: null,
        length: durationValue(1000n, "us"),
      },
    ]);
  });

  it.each([
    ["bool", 1],
    ["int8", 128],
    ["int8", 1.5],
    ["int8", "1"],
    ["uint32", -1],
    ["int64", 2 ** 53],
    ["int64", 2n ** 63n],
    ["uint64", -1n],
    ["float64", "1"],
    ["float64", 2n ** 60n],
    ["utf8", 1],
    ["binary", "x"],
    ["fixed_size_binary(2)", new Uint8Array(3)],
    ["date32", "2001-01-01"],
    ["date32", new Date(1)],
    ["date32", new Date(Number.NaN)],
    ["time32(s)", timeValue(1n, "ms")],
    ["time64(us)", "24:00:00"],
    ["time64(us)", "1:2:3"],
    ["timestamp(s)", new Date(1)],
    ["timestamp(us)", 0],
    ["timestamp(us)", timestampValue(0n, "us", "UTC")],
    ["timestamp(us, UTC)", timestampValue(0n, "us", null)],
    ["timestamp(ns)", timestampValue(2n ** 62n, "s", null)],
    ["duration(s)", 1.5],
    ["duration(us)", Number.NaN],
    ["interval(year_month)", intervalValue(1, 1, 0n)],
    ["interval(day_time)", intervalValue(0, 1, 1n)],
    ["decimal128(5,2)", 1000],
    ["decimal128(5,2)", "1.005"],
    ["decimal128(5,2)", 1.005],
    ["decimal128(5,2)", "x"],
    ["decimal128(5,2)", Number.NaN],
    ["decimal128(5,2)", ""],
    ["list<int64>", "abc"],
    ["list<int64>", [1, "x"]],
    ["list<int64!>", [1, null]],
    ["fixed_size_list<int8,2>", [1]],
    ["struct<a: int64>", [1]],
    ["struct<a: int64!>", {}],
    ["map<utf8,int64>", { a: 1 }],
    ["map<utf8,int64>", new Map([[null, 1]])],
    ["null", 0],
  ])("refuses for %s the value %s", (type, value) => {
    const writer = writerOf([field("c", type)]);
    const rows = [{ c: null }, { c: value }];
    expect(() => [...writer.rows(rows)]).toThrow(
      expect.objectContaining({ code: "ROWS.VALUE_INVALID", details: expect.objectContaining({ row: 1 }) }),
    );
  });

  it("names path, row, type and value of what it refuses", () => {
    const writer = writerOf([field("s", "struct<tags: list<int8>>")]);
    const rows = Array.from({ length: 70_000 }, (_, row) => ({ s: { tags: [1, row === 69_999 ? 300 : 2] } }));
    expect(() => [...writer.rows(rows)]).toThrow(
      expect.objectContaining({
        code: "ROWS.VALUE_INVALID",
        details: { path: "s.tags[]", row: 69_999, type: "int8", actual: "300", reason: "it is outside -128 to 127" },
      }),
    );
  });

  it("refuses null where the field has none, and rows that are no objects", () => {
    const writer = writerOf([field("c", "int8", false)]);
    const refused = (rows: readonly object[]): unknown => {
      try {
        return [...writer.rows(rows)];
      } catch (error) {
        return error;
      }
    };
    expect(refused([{ c: 1 }, {}])).toMatchObject({
      details: { path: "c", row: 1, reason: "the field is not nullable" },
    });
    const broken: readonly object[] = JSON.parse("[{}, 5]");
    expect(refused(broken)).toMatchObject({ code: "ROWS.VALUE_INVALID", details: { row: 1, actual: "5" } });
  });

  it.each(["dictionary<int8,utf8>", "utf8_view", "list<binary_view>", "dense_union<a: int8>"])(
    "refuses fields of %s before any row",
    (type) => {
      expect(() => ipcWriter([field("c", type)], new Uint8Array(0))).toThrow(
        expect.objectContaining({ code: "ROWS.TYPE_UNSUPPORTED" }),
      );
    },
  );

  it("does not read properties that every object inherits", () => {
    const fields = [field("constructor", "utf8"), field("__proto__", "utf8"), field("toString", "utf8")];
    const own = Object.fromEntries([
      ["constructor", "a"],
      ["__proto__", "b"],
      ["toString", "c"],
    ]);
    const none = Object.fromEntries([
      ["constructor", null],
      ["__proto__", null],
      ["toString", null],
    ]);
    expect(write(fields, [{}, own])).toEqual([none, own]);
  });

  it("cuts batches after 8192 rows, earlier where rows have many columns", () => {
    const writer = writerOf([field("n", "int64")]);
    const rows = Array.from({ length: 16_385 }, (_, n) => ({ n }));
    const batches = readStream(writer, writer.rows(rows));
    expect(batches.map((batch) => batch.rows)).toEqual([8192, 8192, 1]);
    const last = batches.slice(2).flatMap((batch) => [...rowReader([field("n", "int64")]).bind(batch)]);
    expect(last).toEqual([{ n: 16_384n }]);
    expect([...writer.rows([])]).toEqual([]);
    const wide = writerOf(Array.from({ length: 100 }, (_, index) => field(`n${index}`, "int64")));
    expect(readStream(wide, wide.rows(rows.slice(0, 1500))).map((batch) => batch.rows)).toEqual([1024, 476]);
  });

  it("names the row that is no object in a later batch", () => {
    const rows: unknown[] = Array.from({ length: 9000 }, (_, n) => ({ n }));
    rows[8500] = 7;
    const given = blindCast<object[], "the mistake under test">(rows);
    expect(() => [...writerOf([field("n", "int64")]).rows(given)]).toThrow(
      expect.objectContaining({ details: expect.objectContaining({ path: "The data", row: 8500 }) }),
    );
  });

  it("keeps texts apart whose halves would make one character", () => {
    const texts = ["a\ud83d", "\ude00b", "ż", ""];
    const read = write(
      [field("c", "utf8")],
      texts.map((c) => ({ c })),
    );
    expect(read).toEqual(["a\ufffd", "\ufffdb", "ż", ""].map((c) => ({ c })));
  });
});

describe("columns", () => {
  const fields = [
    field("f", "float64"),
    field("n", "int64", false),
    field("s", "utf8"),
    field("d", "decimal128(10,2)"),
  ];
  const floats = Float64Array.of(1, 2, 3);
  const integers = BigInt64Array.of(1n, 2n, 3n);

  it("takes typed arrays, validity, views and values, and copies no typed array", () => {
    const writer = writerOf(fields);
    const view = columnView({
      type: { type: "utf8" },
      length: 3,
      nullCount: 0,
      offsets: Int32Array.of(0, 1, 2, 3),
      values: new Uint8Array(Buffer.from("xyz")),
    });
    const batch = writer.columns(
      [{ values: floats, validity: Uint8Array.of(0b101) }, integers, view, ["1", null, 2.5]],
      3,
    );
    const [rows] = readStream(writer, [batch]).map((one) => [...rowReader(fields).bind(one)]);
    expect(rows).toEqual([
      { f: 1, n: 1n, s: "x", d: decimalValue(100n, 10, 2) },
      { f: null, n: 2n, s: "y", d: null },
      { f: 3, n: 3n, s: "z", d: decimalValue(250n, 10, 2) },
    ]);
    expect(batch.body.filter(({ buffer }) => buffer === floats.buffer || buffer === integers.buffer)).toHaveLength(2);
    expect(batch.header.byteLength % 64).toBe(0);
  });

  it.each([
    ["too few values", [1, 2]],
    ["a typed array that is too long", new Float64Array(4)],
    ["another typed array", new Float32Array(3)],
    ["a validity that is too short", { values: floats, validity: new Uint8Array(0) }],
    ["a view of another type", columnView({ type: { type: "float32" }, length: 3, nullCount: 0 })],
    ["a view of another length", columnView({ type: { type: "float64" }, length: 2, nullCount: 0 })],
  ])("refuses %s", (_, input) => {
    const only = fields.slice(0, 1);
    expect(() => writerOf(only).columns([input], 3)).toThrow(expect.objectContaining({ code: "ROWS.VALUE_INVALID" }));
  });

  it("refuses nulls in a field that has none, and typed arrays of texts", () => {
    const [, n, s] = fields;
    const invalid = expect.objectContaining({ code: "ROWS.VALUE_INVALID" });
    expect(() =>
      writerOf([n ?? field("n", "int64")]).columns([{ values: integers, validity: Uint8Array.of(0b011) }], 3),
    ).toThrow(invalid);
    expect(() => writerOf([s ?? field("s", "utf8")]).columns([new Uint8Array(3)], 3)).toThrow(invalid);
  });
});
