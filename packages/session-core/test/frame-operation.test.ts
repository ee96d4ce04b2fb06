import { describe, expect, it } from "vitest";
import { call, col } from "../src/expression.ts";
import {
  aggregateOperation,
  joinOperation,
  selectOperation,
  sortOperation,
  withColumnsOperation,
} from "../src/frame-operation.ts";

const a = { e: "col", name: "a" };
const sum = { e: "call", name: "sum", args: [a] };

describe("frame operations", () => {
  it("take columns by name or expression", () => {
    expect(selectOperation(["a", col("t", "b").alias("c")])).toEqual({
      op: "select",
      values: [a, { e: "alias", name: "c", arg: { e: "col", table: "t", name: "b" } }],
    });
  });

  it("turn values into literals", () => {
    expect(withColumnsOperation({ x: 1, y: col("a") })).toEqual({
      op: "withColumns",
      values: [
        { name: "x", value: { e: "lit", type: "int64", value: "1" } },
        { name: "y", value: a },
      ],
    });
  });

  it("name aggregates by alias or by record", () => {
    const expected = { op: "aggregate", by: [a], values: [{ e: "alias", name: "total", arg: sum }] };
    expect(aggregateOperation({ by: ["a"], values: [call("sum", col("a")).alias("total")] })).toEqual(expected);
    expect(aggregateOperation({ by: [col("a")], values: { total: call("sum", col("a")) } })).toEqual(expected);
    expect(aggregateOperation({ values: [call("sum", col("a"))] })).toEqual({ op: "aggregate", by: [], values: [sum] });
  });

  it("sort ascending with nulls last unless stated", () => {
    expect(sortOperation(["a", col("a").desc(), col("a").asc({ nulls: "first" })])).toEqual({
      op: "sort",
      keys: [
        { value: a, descending: false, nullsFirst: false },
        { value: a, descending: true, nullsFirst: false },
        { value: a, descending: false, nullsFirst: true },
      ],
    });
  });

  it("join on common names and on pairs", () => {
    expect(joinOperation({ on: ["id", ["a", "b"]] }, 2)).toEqual({
      op: "join",
      right: 2,
      on: [
        ["id", "id"],
        ["a", "b"],
      ],
      type: "inner",
      nullEquals: false,
    });
    expect(joinOperation({ type: "left", filter: col("a").isTrue(), nullEquals: true, suffix: "_r" }, 0)).toEqual({
      op: "join",
      right: 0,
      on: [],
      type: "left",
      filter: { e: "isTrue", arg: a },
      nullEquals: true,
      suffix: "_r",
    });
  });
});
