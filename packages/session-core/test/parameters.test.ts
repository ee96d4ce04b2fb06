import { parseProfile, type ProfileInput } from "@deltafuse/config/profile";
import { recordingHooks } from "@deltafuse/hooks/testing";
import { describe, expect, it } from "vitest";
import { encodeParameters, type Parameters, typed } from "../src/parameters.ts";
import { openSession, type Session, type SqlOptions } from "../src/session.ts";
import { formatTypeText } from "../src/type-text.ts";
import { dateValue, decimalValue, durationValue, intervalValue, timestampValue, timeValue } from "../src/values.ts";

function open(profile: ProfileInput = {}): Promise<Session> {
  return openSession(parseProfile({ preset: "test", ...profile }));
}

async function first(sql: string, options: SqlOptions): Promise<unknown> {
  await using session = await open();
  return await session.sql(sql, options).first();
}

describe("encodeParameters", () => {
  it.each([
    ["text", "utf8"],
    [true, "bool"],
    [7, "int64"],
    [0.5, "float64"],
    [2 ** 60, "float64"],
    [7n, "int64"],
    [2n ** 63n, "uint64"],
    [-(2n ** 64n), "decimal128(38,0)"],
    [new Date(0), "timestamp(ms, UTC)"],
    [Uint8Array.of(1), "binary"],
    [null, "null"],
    [[1, 2], "list<int64>"],
    [decimalValue(1n, 5, 2), "decimal128(5,2)"],
    [dateValue(1), "date32"],
    [timestampValue(1n, "ns", null), "timestamp(ns)"],
    [typed("1.50", "DECIMAL(10, 2)"), "decimal128(10,2)"],
    [typed(null, "date32"), "date32"],
  ])("infers the type of %s", (value, type) => {
    const encoded = encodeParameters([value]);
    expect(encoded?.fields.map((field) => [field.name, formatTypeText(field.type)])).toEqual([["1", type]]);
  });

  it("knows the form and the names", () => {
    expect(encodeParameters({ a: 1, _b2: 2 })).toMatchObject({ form: "named", names: ["a", "_b2"] });
    expect(encodeParameters([1, 2])).toMatchObject({ form: "positional", names: ["1", "2"] });
    expect(encodeParameters(undefined)).toBeUndefined();
    expect(encodeParameters({})).toBeUndefined();
  });

  it.each([
    [{ "1": 1 }, { code: "SQL.PARAMETER_NAME", details: { parameter: "1" } }],
    [{ "a b": 1 }, { code: "SQL.PARAMETER_NAME", details: { parameter: "a b" } }],
    [[undefined], { code: "SQL.PARAMETER_TYPE", details: { name: "1", given: "undefined" } }],
    [[typed(undefined, "int64")], { code: "SQL.PARAMETER_TYPE", details: { name: "1", given: "undefined" } }],
    [[Symbol("s")], { code: "SQL.PARAMETER_TYPE", details: { name: "1", given: "symbol" } }],
    [
      { day: typed("soon", "date32") },
      { code: "SQL.PARAMETER_TYPE", details: { name: "day", expected: "date32", given: "string" } },
    ],
    [[typed(1, "int65")], { code: "SQL.TYPE_UNKNOWN" }],
  ] as readonly (readonly [Parameters, object])[])("refuses %o", (parameters, error) => {
    expect(() => encodeParameters(parameters)).toThrow(expect.objectContaining(error));
  });
});

describe("parameters of a statement", () => {
  it("take positions and names", async () => {
    expect(await first("SELECT $1 AS a, $2 AS b, $1 AS c", { parameters: ["x", 2] })).toEqual({
      a: "x",
      b: 2n,
      c: "x",
    });
    expect(await first("SELECT $b AS b, $a AS a", { parameters: { a: null, b: [1, 2] } })).toEqual({
      b: [1n, 2n],
      a: null,
    });
  });

  it("cross as the types that are inferred, and come back as they went", async () => {
    const given: readonly (readonly [value: unknown, arrowType: string, back?: unknown])[] = [
      ["text", "Utf8"],
      ["", "Utf8"],
      [true, "Boolean"],
      [7, "Int64", 7n],
      [-0.5, "Float64"],
      [Number.NaN, "Float64"],
      [Number.POSITIVE_INFINITY, "Float64"],
      [2 ** 60, "Float64"],
      [-(2n ** 63n), "Int64"],
      [2n ** 63n, "UInt64"],
      [2n ** 64n, "Decimal128(38, 0)", decimalValue(2n ** 64n, 38, 0)],
      [new Date(-1), 'Timestamp(ms, "UTC")', timestampValue(-1n, "ms", "UTC")],
      [Uint8Array.of(0, 255), "Binary"],
      [null, "Null"],
      [[1, null, 3], "List(Int64)", [1n, null, 3n]],
      [["a"], "List(Utf8)"],
      [[[1.5]], "List(List(Float64))"],
      [{ a: 1, b: "x" }, 'Struct("a": Int64, "b": Utf8)', { a: 1n, b: "x" }],
      [decimalValue(-150n, 10, 2), "Decimal128(10, 2)"],
      [dateValue(-1), "Date32"],
      [timeValue(1n, "us"), "Time64(µs)"],
      [timeValue(1n, "s"), "Time32(s)"],
      [timestampValue(-1n, "ns", null), "Timestamp(ns)"],
      [timestampValue(1n, "s", "Europe/Berlin"), 'Timestamp(s, "Europe/Berlin")'],
      [durationValue(5n, "ms"), "Duration(ms)"],
      [intervalValue(1, 2, 3n), "Interval(MonthDayNano)"],
      [typed("12.50", "decimal(10, 2)"), "Decimal128(10, 2)", decimalValue(1250n, 10, 2)],
      [typed(7, "int8"), "Int8", 7],
      [typed(7, "float32"), "Float32", 7],
      [typed(null, "date32"), "Date32", null],
      [typed([], "list<utf8>"), "List(Utf8)", []],
    ];
    await using session = await open();
    const seen: unknown[] = [];
    for (const [value] of given) {
      seen.push(await session.sql("SELECT arrow_typeof($1) AS type, $1 AS value", { parameters: [value] }).first());
    }
    expect(seen).toEqual(given.map(([value, type, back = value]) => ({ type, value: back })));
  });

  it("stay data, whatever they hold", async () => {
    const text = "x'; DROP TABLE t; --";
    expect(await first("SELECT $v AS v", { parameters: { v: text } })).toEqual({ v: text });
  });

  it("are coerced to what the statement needs", async () => {
    const sql = "SELECT count(*) AS n FROM range(0, 10) WHERE value < $most";
    expect(await first(sql, { parameters: { most: 4 } })).toEqual({ n: 4n });
    const day = "SELECT DATE '2001-02-03' = $day AS same";
    expect(await first(day, { parameters: { day: "2001-02-03" } })).toEqual({ same: true });
    expect(await first(day, { parameters: { day: dateValue(11_356) } })).toEqual({ same: true });
  });

  describe("mean what a literal means", () => {
    const table = `(VALUES
      (1, 1.5::double, 1.25::decimal(10, 2), DATE '2001-02-03', TIMESTAMP '2001-02-03T12:00:00', 1::tinyint),
      (2, 2.5::double, 2.00::decimal(10, 2), DATE '2001-02-04', TIMESTAMP '2001-02-04T00:00:00', 2::tinyint)
    ) AS t (i, f, d, day, at, tiny)`;
    const noon = new Date("2001-02-03T12:00:00Z");
    const nanosecond = timestampValue(981_201_600_000_000_001n, "ns", null);
    const values: readonly (readonly [literal: string, value: unknown, columns: string])[] = [
      ["1.5::double", 1.5, "i f d tiny"],
      ["2::double", 2, "i f d tiny"],
      ["300::bigint", 300n, "i f d tiny"],
      ["1.255::decimal(10, 3)", decimalValue(1255n, 10, 3), "i d"],
      ["TIMESTAMP '2001-02-03T12:00:00'::timestamp(3)", noon, "day at"],
      ["arrow_cast(981201600000000001, 'Timestamp(Nanosecond, None)')", nanosecond, "day at"],
    ];
    const places = ["c < $1", "c <= $1", "c = $1", "c BETWEEN $1 AND $1", "c IN ($1)", "c NOT IN ($1, $1)"];
    const cases = values.flatMap(([literal, value, columns]) =>
      columns.split(" ").map((column) => [column, literal, value] as const),
    );

    it.each(cases)("%s with %s", async (column, literal, value) => {
      await using session = await open();
      for (const place of places) {
        const sql = `SELECT i FROM ${table} WHERE ${place.replaceAll("c ", `${column} `)} ORDER BY i`;
        const wanted = await session.sql(sql.replaceAll("$1", literal)).rows();
        const options = { parameters: [value] } as SqlOptions;
        expect([place, await session.sql(sql, options).rows()]).toEqual([place, wanted]);
        // The second time the plan is kept.
        expect([place, await session.sql(sql, options).rows()]).toEqual([place, wanted]);
        await using statement = await session.prepare(sql);
        expect([place, await statement.bind([value] as never).rows()]).toEqual([place, wanted]);
      }
    });

    it("in arithmetic, and where one value stands beside columns of two types", async () => {
      await using session = await open();
      const scaled = await session.sql(`SELECT i * $1 AS n FROM ${table} ORDER BY i`, { parameters: [1.5] }).rows();
      expect(scaled).toEqual([{ n: 1.5 }, { n: 3 }]);
      const both = `SELECT i FROM ${table} WHERE i > $1 AND f > $1`;
      expect(await session.sql(both, { parameters: [1.5] }).rows()).toEqual([{ i: 2n }]);
      await using statement = await session.prepare(both);
      expect(await statement.bind([1]).rows()).toEqual([{ i: 2n }]);
    });
  });

  it("are refused when missing, unused, mixed or of another nature", async () => {
    const rejected = async (sql: string, parameters: Parameters): Promise<unknown> => {
      try {
        return await first(sql, { parameters });
      } catch (error) {
        return error;
      }
    };
    expect(await rejected("SELECT $1, $2", [1])).toMatchObject({
      code: "SQL.PARAMETER_MISSING",
      details: { names: ["2"] },
    });
    expect(await rejected("SELECT $a", { a: 1, b: 2 })).toMatchObject({
      code: "SQL.PARAMETER_UNUSED",
      details: { names: ["b"] },
    });
    expect(await rejected("SELECT $1, $a", [1])).toMatchObject({
      code: "SQL.PARAMETER_MIXED",
      details: { positional: ["1"], named: ["a"] },
    });
    expect(await rejected("SELECT $1, $a", { a: 1 })).toMatchObject({
      code: "SQL.PARAMETER_MIXED",
      details: { positional: ["1"], named: ["a"] },
    });
    expect(await rejected("SELECT value FROM range(0, 10) WHERE value < $1", ["many"])).toMatchObject({
      code: "SQL.PARAMETER_TYPE",
      details: { name: "1" },
    });
    expect(await rejected("SELECT ?", [1])).toMatchObject({
      code: "SQL.PARSE_ERROR",
      message: expect.stringContaining("$1"),
    });
  });

  it("must have names the policy allows", async () => {
    await using session = await open({ sql: { policy: { parameterNames: ["id"] } } });
    expect(await session.sql("SELECT $id AS id", { parameters: { id: 1 } }).first()).toEqual({ id: 1n });
    await expect(session.sql("SELECT $x", { parameters: { x: 1 } }).rows()).rejects.toMatchObject({
      code: "SQL.POLICY_VIOLATION",
      details: { violation: "parameter_name", object: "x" },
    });
  });

  it("count in the fingerprint by type, not by value", async () => {
    const hooks = recordingHooks();
    await using session = await openSession(parseProfile({ preset: "test" }), { hooks });
    for (const value of [1, 2, "x"]) {
      await session.sql("SELECT $1 AS v", { parameters: [value] }).rows();
    }
    const fingerprints = hooks.of("plan.compiled").map((event) => event.fingerprint);
    expect(new Set(fingerprints).size).toBe(3);
    expect(hooks.of("sql.received").map((event) => event.parameterNames)).toEqual([["1"], ["1"], ["1"]]);
  });
});
