import { parseProfile } from "@deltafuse/config/profile";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { NestedField } from "../src/field-type.ts";
import { openSession, type Session } from "../src/session.ts";
import { formatTypeText, parseTypeText } from "../src/type-text.ts";
import { dateValue, decimalValue, intervalValue } from "../src/values.ts";
import { valueCases } from "./value-cases.ts";
import type { ValueCase } from "./temporal-cases.ts";

let session: Session;

beforeAll(async () => {
  session = await openSession(parseProfile({ preset: "test" }));
});

afterAll(() => session.close());

const modes = [
  ["lossless", {}],
  ["plain", { values: "plain" }],
  ["numbers", { values: "plain", numbers: true }],
  ["json", { values: "json" }],
] as const;

/** Values of a case in each mode. */
function expected(one: ValueCase, mode: (typeof modes)[number][0]): readonly unknown[] {
  const plain = one.plain ?? one.lossless;
  return { lossless: one.lossless, plain, numbers: one.numbers ?? plain, json: one.json ?? plain }[mode];
}

const readOnly = ["view", "run_end", "decimal32", "decimal64", "as text"];
const written = valueCases.filter(
  ({ name, type }) => !readOnly.some((part) => name.includes(part) || type.includes(part)),
);

describe("values that cross into the engine and back", () => {
  it.each(written)("of $name are the same in every mode", async (one) => {
    const base: NestedField = { name: "c", type: parseTypeText(one.type), nullable: true };
    const field = one.metadata === undefined ? base : { ...base, metadata: one.metadata };
    const nested: readonly NestedField[] = [
      field,
      { name: "list", type: { type: "list", item: { ...field, name: "item" } }, nullable: true },
      { name: "struct", type: { type: "struct", fields: [{ ...field, name: "a" }] }, nullable: true },
    ];
    const rows = [...one.lossless, null].map((c) => ({ c, list: [c, null], struct: { a: c } }));
    const frame = session.fromRows(rows, { schema: nested });
    for (const [mode, options] of modes) {
      const read: object[] = [];
      const stream = await frame.stream();
      for await (const batch of stream.rowBatches(options)) read.push(...batch);
      const values = [...expected(one, mode), null];
      expect({ mode, read }).toEqual({ mode, read: values.map((c) => ({ c, list: [c, null], struct: { a: c } })) });
    }
  });
});

describe("types that only the engine makes", () => {
  it.each([
    ["utf8_view", "arrow_cast('a text of more than twelve', 'Utf8View')", ["a text of more than twelve"]],
    ["large_utf8", "arrow_cast('x', 'LargeUtf8')", ["x"]],
    ["binary_view", "arrow_cast('abc', 'BinaryView')", [Uint8Array.of(97, 98, 99)]],
    ["dictionary<int32,utf8>", "arrow_cast('x', 'Dictionary(Int32, Utf8)')", ["x"]],
    [
      "run_end_encoded<int32,utf8>",
      `arrow_cast('x', 'RunEndEncoded("run_ends": non-null Int32, "values": Utf8)')`,
      ["x"],
    ],
    ["large_list<int64>", "arrow_cast([1, NULL], 'LargeList(Int64)')", [[1n, null]]],
    ["list_view<int64>", "arrow_cast([1, NULL], 'ListView(Int64)')", [[1n, null]]],
    ["fixed_size_list<int64,2>", "arrow_cast([1, 2], 'FixedSizeList(2 x Int64)')", [[1n, 2n]]],
    [
      "map<utf8,int64>",
      "MAP {'a': 1, 'b': NULL}",
      [
        new Map([
          ["a", 1n],
          ["b", null],
        ]),
      ],
    ],
    ["float16", "arrow_cast(1.5, 'Float16')", [1.5]],
    ["decimal32(9,2)", "arrow_cast('-1.25', 'Decimal32(9, 2)')", [decimalValue(-125n, 9, 2)]],
    ["decimal64(18,2)", "arrow_cast('-1.25', 'Decimal64(18, 2)')", [decimalValue(-125n, 18, 2)]],
    ["decimal256(38,2)", "arrow_cast('-1.25', 'Decimal256(38, 2)')", [decimalValue(-125n, 38, 2)]],
    ["decimal256(50,2)", "arrow_cast('-1.25', 'Decimal256(50, 2)')", [decimalValue(-125n, 50, 2)]],
    ["date64", "arrow_cast('2001-01-01', 'Date64')", [dateValue(11_323)]],
    ["interval(month_day_nano)", "INTERVAL '1 month 2 days 3 seconds'", [intervalValue(1, 2, 3_000_000_000n)]],
    ["list<utf8_view>", "arrow_cast(['a', NULL], 'List(Utf8View)')", [["a", null]]],
    ["struct<a: utf8_view>", `arrow_cast(named_struct('a', 'x'), 'Struct("a": Utf8View)')`, [{ a: "x" }]],
  ])("%s", async (type, expression, [value]) => {
    const frame = session.sql(`SELECT CASE WHEN value = 0 THEN ${expression} END AS c FROM range(2) ORDER BY value`);
    const [field] = await frame.schema();
    const rows = await frame.rows();
    expect(field === undefined ? "" : formatTypeText(field.type)).toBe(type);
    expect(rows).toEqual([{ c: value }, { c: null }]);
  });
});
