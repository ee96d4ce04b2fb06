import { describe, expect, it } from "vitest";
import { call, col, lit, sqlExpression, when } from "../src/expression.ts";
import { dateValue, decimalValue, durationValue, intervalValue, timestampValue, timeValue } from "../src/values.ts";

const a = { e: "col", name: "a" };
const one = { e: "lit", type: "int64", value: "1" };

describe("col", () => {
  it("takes names as data", () => {
    expect(col('x."y" + 1').node).toEqual({ e: "col", name: 'x."y" + 1' });
    expect(col("t", "a").node).toEqual({ e: "col", table: "t", name: "a" });
  });
});

describe("lit", () => {
  it.each([
    [null, { e: "lit", type: null, value: null }],
    [true, { e: "lit", type: null, value: true }],
    ["x", { e: "lit", type: "utf8", value: "x" }],
    [-5, { e: "lit", type: "int64", value: "-5" }],
    [1.5, { e: "lit", type: "float64", value: "1.5" }],
    [Number.NaN, { e: "lit", type: "float64", value: "NaN" }],
    [2 ** 53, { e: "lit", type: "float64", value: "9007199254740992" }],
    [2n ** 63n - 1n, { e: "lit", type: "int64", value: "9223372036854775807" }],
    [2n ** 63n, { e: "lit", type: "uint64", value: "9223372036854775808" }],
    [2n ** 64n, { e: "lit", type: "decimal128(38,0)", value: "18446744073709551616" }],
    [new Date(0), { e: "lit", type: "timestamp(ms, UTC)", value: "1970-01-01T00:00:00.000Z" }],
    [Uint8Array.of(1, 255), { e: "lit", type: "binary", value: "01ff" }],
    [decimalValue(-5n, 4, 2), { e: "lit", type: "decimal128(4,2)", value: "-0.05" }],
    [dateValue(1), { e: "lit", type: "date32", value: "1970-01-02" }],
    [timeValue(1n, "us"), { e: "lit", type: "time64(us)", value: "00:00:00.000001" }],
    [timestampValue(1n, "s", null), { e: "lit", type: "timestamp(s)", value: "1970-01-01T00:00:01" }],
    [durationValue(7n, "ms"), { e: "cast", arg: { e: "lit", type: "int64", value: "7" }, type: "duration(ms)" }],
    [intervalValue(1, 2, 3n), { e: "lit", type: "interval(month_day_nano)", value: "1 months 2 days 3 nanoseconds" }],
  ])("encodes %s", (value, node) => {
    expect(lit(value).node).toEqual(node);
  });

  it("casts to a type text in its canonical form", () => {
    expect(lit("2001-01-01", "DATE").node).toEqual({ e: "lit", type: "date32", value: "2001-01-01" });
    expect(lit(5, "decimal(10, 2)").node).toEqual({ e: "lit", type: "decimal128(10,2)", value: "5" });
    expect(lit(true, "utf8").node).toEqual({ e: "cast", arg: { e: "lit", type: null, value: true }, type: "utf8" });
  });

  it("refuses an unknown type", () => {
    expect(() => lit(1, "int65")).toThrow(expect.objectContaining({ code: "SQL.TYPE_UNKNOWN" }));
  });
});

describe("expressions", () => {
  it("build trees and leave their inputs alone", () => {
    const column = col("a");
    expect(column.add(1).gt(col("b")).and(column.isNotNull()).node).toEqual({
      e: "binary",
      op: "and",
      left: {
        e: "binary",
        op: ">",
        left: { e: "binary", op: "+", left: a, right: one },
        right: { e: "col", name: "b" },
      },
      right: { e: "isNotNull", arg: a },
    });
    expect(column.node).toEqual(a);
  });

  it("cover ranges, lists, patterns, casts, members and names", () => {
    expect(col("a").notBetween(1, 1).node).toEqual({ e: "between", arg: a, low: one, high: one, negated: true });
    expect(col("a").inList([1]).node).toEqual({ e: "inList", arg: a, list: [one], negated: false });
    expect(col("a").notIlike("x%").node).toEqual({
      e: "like",
      arg: a,
      pattern: { e: "lit", type: "utf8", value: "x%" },
      negated: true,
      caseInsensitive: true,
    });
    expect(col("a").tryCast("BIGINT").node).toEqual({ e: "tryCast", arg: a, type: "int64" });
    expect(col("a").field("b").at(1).alias("c").node).toEqual({
      e: "alias",
      name: "c",
      arg: { e: "at", arg: { e: "field", arg: a, name: "b" }, index: one },
    });
  });

  it("build CASE in the order of its branches", () => {
    const test = when(col("a").eq(1)).then("x").when(col("a").isNull()).then("y");
    const branch = (condition: object, value: string): object => {
      // oxlint-disable-next-line unicorn/no-thenable -- a member of the wire.
      return { when: condition, then: { e: "lit", type: "utf8", value } };
    };
    const branches = [branch({ e: "binary", op: "=", left: a, right: one }, "x"), branch({ e: "isNull", arg: a }, "y")];
    expect(test.node).toEqual({ e: "case", branches });
    expect(test.otherwise(1).node).toEqual({ e: "case", branches, otherwise: one });
  });

  it("build calls with their additions", () => {
    expect(
      call("sum", col("a"))
        .distinct()
        .filter(col("a").gt(1))
        .orderBy("a", col("a").desc({ nulls: "first" })).node,
    ).toEqual({
      e: "call",
      name: "sum",
      args: [a],
      distinct: true,
      filter: { e: "binary", op: ">", left: a, right: one },
      orderBy: [
        { value: a, descending: false, nullsFirst: false },
        { value: a, descending: true, nullsFirst: true },
      ],
    });
  });

  it("carry SQL text as it is", () => {
    expect(sqlExpression("a + 1").node).toEqual({ e: "sql", text: "a + 1" });
  });

  it("have no value in JavaScript", () => {
    const misuse = expect.objectContaining({ code: "FRAME.TYPE_MISMATCH" });
    expect(() => Number(col("a"))).toThrow(misuse);
    // @ts-expect-error an expression is not a number
    expect(() => col("a") > 1).toThrow(misuse);
  });
});
