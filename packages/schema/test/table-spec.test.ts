import type { DateValue, DecimalValue, TimestampValue } from "@deltafuse/session-core/values";
import { formatTypeText, parseTypeText } from "@deltafuse/session-core/type-text";
import { lit, sqlExpression } from "@deltafuse/session-core/expression";
import { describe, expect, expectTypeOf, it } from "vitest";
import { check } from "../src/constraint.ts";
import { isSchemaError, type SpecProblem } from "../src/errors.ts";
import * as types from "../src/field-type.ts";
import { type InsertRowOf, parseTableSpec, type RowOf, table } from "../src/table-spec.ts";

const { bool, decimal, int64, list, map, struct, timestamp, utf8 } = types;

const orders = table(
  "orders",
  {
    id: int64().notNull(),
    at: timestamp("us", "UTC"),
    price: decimal(12, 2).notNull(),
    tags: list(utf8()),
    day: types.date32(),
    address: struct({ street: utf8().notNull(), zip: utf8() }),
    counts: map(utf8(), int64()),
  },
  { key: ["id"], requiredNonNull: ["at"], constraints: [check("price >= 0", "price_not_negative")] },
);

function problemsOf(make: () => unknown): readonly SpecProblem[] {
  try {
    make();
  } catch (error) {
    if (isSchemaError(error) && error.code === "SCHEMA.SPEC_INVALID" && "problems" in error.details) {
      return error.details.problems;
    }
    throw error;
  }
  throw new Error("nothing was thrown");
}

const everyBuilder = {
  nullType: types.nullType(),
  bool: bool(),
  int8: types.int8(),
  int16: types.int16(),
  int32: types.int32(),
  int64: int64(),
  uint8: types.uint8(),
  uint16: types.uint16(),
  uint32: types.uint32(),
  uint64: types.uint64(),
  float16: types.float16(),
  float32: types.float32(),
  float64: types.float64(),
  utf8: utf8(),
  largeUtf8: types.largeUtf8(),
  utf8View: types.utf8View(),
  json: types.json(),
  binary: types.binary(),
  largeBinary: types.largeBinary(),
  binaryView: types.binaryView(),
  fixedSizeBinary: types.fixedSizeBinary(16),
  date32: types.date32(),
  date64: types.date64(),
  time32: types.time32("ms"),
  time64: types.time64("ns"),
  timestamp: timestamp("ns"),
  zoned: timestamp("us", "Europe/Vienna"),
  duration: types.duration("s"),
  interval: types.interval("month_day_nano"),
  decimal: decimal(38, 10),
  decimal32: decimal(9, 2, 32),
  decimal256: decimal(76, 0, 256),
  list: list(utf8().notNull()),
  largeList: types.largeList(int64()),
  listView: types.listView(int64()),
  largeListView: types.largeListView(int64()),
  fixedSizeList: types.fixedSizeList(types.float32(), 3),
  struct: struct({ a: int64().notNull(), b: list(utf8()) }),
  map: map(utf8(), int64().notNull(), { keysSorted: true }),
  dictionary: types.dictionary(types.int8(), utf8(), { ordered: true }),
  runEndEncoded: types.runEndEncoded(types.int32(), utf8()),
  sparseUnion: types.union("sparse", { i: int64(), s: utf8() }),
  denseUnion: types.union("dense", { i: int64() }),
};

describe("table", () => {
  it("is plain data", () => {
    expect(orders).toEqual({
      kind: "table-spec",
      version: 1,
      name: "orders",
      fields: [
        { name: "id", type: { type: "int64" }, nullable: false },
        { name: "at", type: { type: "timestamp", unit: "us", timezone: "UTC" }, nullable: true },
        { name: "price", type: { type: "decimal", precision: 12, scale: 2, bitWidth: 128 }, nullable: false },
        { name: "tags", type: parseTypeText("list<utf8>"), nullable: true },
        { name: "day", type: { type: "date32" }, nullable: true },
        { name: "address", type: parseTypeText("struct<street: utf8!, zip: utf8>"), nullable: true },
        { name: "counts", type: parseTypeText("map<utf8,int64>"), nullable: true },
      ],
      keyFields: ["id"],
      requiredNonNull: ["at"],
      constraints: [{ type: "check", name: "price_not_negative", expression: { e: "sql", text: "price >= 0" } }],
    });
  });

  it("gives the type of its rows", () => {
    expectTypeOf<RowOf<typeof orders>>().toEqualTypeOf<{
      readonly id: bigint;
      readonly at: TimestampValue | null;
      readonly price: DecimalValue;
      readonly tags: (string | null)[] | null;
      readonly day: DateValue | null;
      readonly address: { street: string; zip: string | null } | null;
      readonly counts: Map<string, bigint | null> | null;
    }>();
    expectTypeOf<RowOf<typeof orders, "plain">["id"]>().toEqualTypeOf<number>();
    expectTypeOf<RowOf<typeof orders, "json">["price"]>().toEqualTypeOf<string>();
    expectTypeOf<{ id: bigint; price: DecimalValue }>().toExtend<InsertRowOf<typeof orders>>();
    expectTypeOf<{ id: bigint }>().not.toExtend<InsertRowOf<typeof orders>>();
    expectTypeOf<{ id: bigint; price: DecimalValue; at: string }>().not.toExtend<InsertRowOf<typeof orders>>();
  });

  it("keeps metadata of fields", () => {
    const field = types.json().withMetadata({ unit: "EUR" }).notNull();
    expect(table("t", { a: field }).fields).toEqual([
      {
        name: "a",
        type: { type: "utf8" },
        nullable: false,
        metadata: { "ARROW:extension:name": "arrow.json", unit: "EUR" },
      },
    ]);
  });

  it("reports every problem at once", () => {
    const make = (): unknown =>
      table(
        "",
        {
          "": int64(),
          a: decimal(40, 2),
          b: types.dictionary(utf8(), utf8()),
          c: struct({ x: decimal(3, 5) }),
          d: types.fixedSizeBinary(-1),
          e: types.runEndEncoded(types.int8(), utf8()),
        },
        {
          key: ["a"],
          constraints: [
            { type: "unique", columns: ["a", "gone"] },
            { type: "not_null", column: "gone" },
            { type: "unique", columns: [] },
            { type: "primary_key", columns: ["b", "b"] },
          ],
        },
      );
    expect(problemsOf(make)).toEqual([
      { path: "name", message: "The name is empty." },
      { path: "fields.0", message: "The name is empty." },
      { path: "fields.a", message: "128 bits hold a precision of 1 to 38, not 40." },
      { path: "fields.b", message: "The index of a dictionary is an integer, not utf8." },
      { path: "fields.c.x", message: "The scale 5 is larger than the precision 3." },
      { path: "fields.d", message: "-1 is not a size." },
      { path: "fields.e", message: "Run ends are int16, int32 or int64, not int8." },
      { path: "keyFields", message: "The key column a is nullable." },
      { path: "constraints.0", message: "There is no column gone." },
      { path: "constraints.1", message: "There is no column gone." },
      { path: "constraints.2", message: "It names no column." },
      { path: "constraints.3", message: "The key column b is nullable." },
      { path: "constraints.3", message: "The column b is named twice." },
      { path: "constraints.3", message: "The key column b is nullable." },
      { path: "constraints", message: "It declares two different primary keys." },
    ]);
  });

  it("accepts one key said twice", () => {
    const constraints = [{ type: "primary_key", columns: ["b", "a"] }] as const;
    const spec = table("t", { a: int64().notNull(), b: int64().notNull() }, { key: ["a", "b"], constraints });
    expect(spec.keyFields).toEqual(["a", "b"]);
  });
});

describe("parseTableSpec", () => {
  it.each(Object.entries(everyBuilder))("reads back what JSON writes: %s", (name, builder) => {
    const spec = table(name, { a: builder, b: builder.notNull() }, { constraints: [check(lit(true))] });
    expect(parseTableSpec(JSON.parse(JSON.stringify(spec)))).toEqual(spec);
  });

  it.each(Object.entries(everyBuilder))("reads types as text: %s", (_, builder) => {
    const text = formatTypeText(builder.type);
    const read = parseTableSpec({ name: "t", fields: [{ name: "a", type: text }] });
    expect(read.fields.map(({ type }) => formatTypeText(type))).toEqual([text]);
  });

  it("fills defaults in", () => {
    const json = {
      name: "t",
      fields: [
        { name: "a", type: { type: "decimal", precision: 5 } },
        {
          name: "b",
          type: { type: "map", key: { name: "key", type: "utf8" }, value: { name: "value", type: "int8" } },
        },
      ],
      constraints: [{ type: "check", expression: "a > 0" }],
    };
    expect(parseTableSpec(json)).toEqual(
      table("t", { a: decimal(5), b: map(utf8(), types.int8()) }, { constraints: [check(sqlExpression("a > 0"))] }),
    );
  });

  it("refuses unknown members, types and shapes, all at once", () => {
    const json = {
      name: "t",
      colour: "red",
      fields: [
        { name: "a", type: "int65" },
        { name: "b", type: { type: "int64", width: 3 } },
        { name: "c", type: { type: "money" } },
        { name: "d", type: { type: "map", key: { name: "key", type: "utf8", nullable: true }, value: { name: "v" } } },
        { name: "e", type: "int8", nullable: "no" },
      ],
      constraints: [{ type: "check", expression: { text: "a" } }],
    };
    expect(problemsOf(() => parseTableSpec(json)).map(({ path }) => path)).toEqual([
      "fields.0.type",
      "fields.1.type",
      "fields.2.type.type",
      "fields.3.type.key.nullable",
      "fields.3.type.value.type",
      "fields.4.nullable",
      "constraints.0.expression",
      "",
    ]);
  });

  it("says what a type text lacks", () => {
    const [problem] = problemsOf(() => parseTableSpec({ name: "t", fields: [{ name: "a", type: "int65" }] }));
    expect(problem?.message).toMatch(/int65.*Did you mean int16|int64/s);
  });

  it.each([null, 3, "spec", [], { name: 3 }])("refuses %j", (json) => {
    expect(problemsOf(() => parseTableSpec(json)).length).toBeGreaterThan(0);
  });

  it("checks what it has read", () => {
    const fields = [
      { name: "a", type: "int8" },
      { name: "a", type: "int8" },
    ];
    expect(problemsOf(() => parseTableSpec({ name: "t", fields, keyFields: ["a"] }))).toEqual([
      { path: "fields.a", message: "The name is used twice." },
      { path: "keyFields", message: "The key column a is nullable." },
    ]);
  });
});
