import { parseProfile } from "@deltafuse/config/profile";
import type { NestedField } from "@deltafuse/session-core/field-type";
import { openSession, type Session } from "@deltafuse/session-core/session";
import { formatTypeText, parseTypeText } from "@deltafuse/session-core/type-text";
import {
  dateValue,
  decimalValue,
  durationValue,
  intervalValue,
  timestampValue,
  timeValue,
} from "@deltafuse/session-core/values";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { registerFunction } from "../src/registry.ts";
import { storageType } from "../src/argument-storage.ts";
import { defineScalar } from "../src/scalar-function.ts";

let session: Session;

beforeAll(async () => {
  session = await openSession(parseProfile({ preset: "test" }));
});

afterAll(() => session.close());

/** Lossless values of each type that a function can return; plain values where they differ. */
const table: readonly (readonly [type: string, lossless: readonly unknown[], plain?: readonly unknown[]])[] = [
  ["bool", [true, false]],
  ["int8", [-128, 127]],
  ["int16", [-32_768, 32_767]],
  ["int32", [-(2 ** 31), 2 ** 31 - 1]],
  ["int64", [-(2n ** 63n), 2n ** 63n - 1n]],
  ["int64", [-7n, 7n], [-7, 7]],
  ["uint8", [0, 255]],
  ["uint16", [0, 65_535]],
  ["uint32", [0, 2 ** 32 - 1]],
  ["uint64", [0n, 2n ** 64n - 1n]],
  ["float16", [1.5, -0.25]],
  ["float32", [1.5, -(2 ** 100)]],
  ["float64", [0.1, -1e300, Infinity]],
  ["utf8", ["", "plain", "żółć 日本語 🙂"]],
  ["large_utf8", ["", "plain", "żółć"]],
  ["binary", [Uint8Array.of(0, 255), new Uint8Array()]],
  ["large_binary", [Uint8Array.of(0, 255)]],
  ["fixed_size_binary(2)", [Uint8Array.of(1, 2)]],
  ["date32", [dateValue(0), dateValue(-1)], [new Date(0), new Date(-86_400_000)]],
  ["date64", [dateValue(19_000)], [new Date(19_000 * 86_400_000)]],
  ["time32(s)", [timeValue(86_399n, "s")], ["23:59:59"]],
  ["time32(ms)", [timeValue(1n, "ms")], ["00:00:00.001"]],
  ["time64(us)", [timeValue(1n, "us")], ["00:00:00.000001"]],
  ["time64(ns)", [timeValue(1n, "ns")], ["00:00:00.000000001"]],
  ["timestamp(s)", [timestampValue(-1n, "s", null)], [new Date(-1000)]],
  ["timestamp(ms)", [timestampValue(1n, "ms", null)], [new Date(1)]],
  ["timestamp(us)", [timestampValue(1_000_001n, "us", null)]],
  ["timestamp(ns)", [timestampValue(-1n, "ns", null)]],
  ["timestamp(us, UTC)", [timestampValue(1000n, "us", "UTC")], [new Date(1)]],
  ["timestamp(ms, Europe/Vienna)", [timestampValue(5n, "ms", "Europe/Vienna")], [new Date(5)]],
  ["duration(s)", [durationValue(90n, "s")], [90_000]],
  ["duration(ns)", [durationValue(-1n, "ns")]],
  ["interval(year_month)", [intervalValue(14, 0, 0n)]],
  ["interval(day_time)", [intervalValue(0, 3, 4_000_000n)]],
  ["interval(month_day_nano)", [intervalValue(1, -2, 2n ** 40n)]],
  ["decimal128(10,2)", [decimalValue(-125n, 10, 2), decimalValue(1n, 10, 2)], ["-1.25", "0.01"]],
  ["decimal128(38,0)", [decimalValue(10n ** 37n, 38, 0)], [`1${"0".repeat(37)}`]],
  ["decimal32(9,2)", [decimalValue(-125n, 9, 2)], ["-1.25"]],
  ["decimal64(18,2)", [decimalValue(-125n, 18, 2)], ["-1.25"]],
  ["decimal256(30,2)", [decimalValue(-125n, 30, 2)], ["-1.25"]],
  ["decimal256(76,2)", [decimalValue(-(10n ** 60n) - 25n, 76, 2)], [`-1${"0".repeat(58)}.25`]],
  ["list<utf8>", [["a", null], []]],
  ["large_list<int64>", [[1n, null]]],
  ["fixed_size_list<float32,2>", [[1, 2.5]]],
  ["list<list<int32>>", [[[1], null, [2, 3]]]],
  [
    "struct<a: int64, b: list<utf8>>",
    [
      { a: 1n, b: ["x"] },
      { a: null, b: null },
    ],
  ],
  [
    "map<utf8,int64>",
    [
      new Map([
        ["a", 1n],
        ["b", null],
      ]),
      new Map(),
    ],
  ],
  ["null", [null]],
];

const cases = table.map(([text, lossless, plain]) => ({ text, lossless, plain }));

/** Types that arguments may have, with SQL for one value of them. */
const argumentsOnly: readonly (readonly [type: string, sql: string, value: unknown])[] = [
  ["utf8_view", "'a text of more than twelve bytes'", "a text of more than twelve bytes"],
  ["binary_view", "arrow_cast('abc', 'Binary')", Uint8Array.of(97, 98, 99)],
  ["dictionary<int32,utf8>", "'x'", "x"],
  ["list_view<int64>", "arrow_cast([1, NULL], 'ListView(Int64)')", [1n, null]],
  ["run_end_encoded<int32,utf8>", `arrow_cast('x', 'RunEndEncoded("run_ends": non-null Int32, "values": Utf8)')`, "x"],
];

let count = 0;

function nextName(): string {
  count += 1;
  return `f${count}`;
}

async function through(field: NestedField, values: readonly unknown[], name: string): Promise<unknown[]> {
  const data = values.map((value, row) => ({ row, value }));
  const schema: readonly NestedField[] = [{ name: "row", type: { type: "int32" }, nullable: false }, field];
  const frame = session.fromRows(data, { schema });
  const { call, col } = await import("@deltafuse/session-core/expression");
  const query = frame.select("row", call(name, col("value")).alias("value")).sort("row");
  return (await query.rows()).map((row) => row["value"]);
}

describe("values of each type", () => {
  it.each(cases)("$text: values cross into a function and back", async ({ text, lossless, plain }) => {
    const type = parseTypeText(text);
    const field: NestedField = { name: "value", type, nullable: true };
    const values = [...lossless, null, ...lossless];
    for (const [mode, expected] of [
      ["lossless", lossless],
      ["plain", plain],
    ] as const) {
      if (expected === undefined) continue;
      const seen: unknown[] = [];
      const name = nextName();
      const identity = defineScalar({
        name,
        args: { value: text },
        returns: text,
        nulls: "pass",
        values: mode,
        call: (value) => {
          seen.push(value);
          return value;
        },
      });
      await registerFunction(session, identity);
      expect(await through(field, values, name)).toEqual(values);
      expect(seen).toEqual([...expected, null, ...expected]);
    }
  });

  it.each(cases)("$text: columns are passed on as they are", async ({ text, lossless }) => {
    const type = parseTypeText(text);
    if (formatTypeText(storageType(type)) !== text) return;
    const name = nextName();
    await registerFunction(
      session,
      defineScalar({
        name,
        args: { value: text },
        returns: text,
        nulls: "pass",
        callColumns: ({ value }) => value,
      }),
    );
    const values = [...lossless, null, ...lossless];
    expect(await through({ name: "value", type, nullable: true }, values, name)).toEqual(values);
  });

  it.each(argumentsOnly)("%s is read as an argument", async (text, sql, value) => {
    const seen: unknown[] = [];
    const name = nextName();
    await registerFunction(
      session,
      defineScalar({
        name,
        args: { value: text },
        returns: "bool",
        call: (given) => {
          seen.push(given);
          return true;
        },
      }),
    );
    expect(await session.sql(`SELECT ${name}(v) AS ok FROM (SELECT ${sql} AS v FROM range(0, 2))`).count()).toBe(2);
    await session.sql(`SELECT ${name}(v) AS ok FROM (SELECT ${sql} AS v FROM range(0, 2))`).rows();
    expect(seen.slice(-1)).toEqual([value]);
  });

  it.each([
    ["float64", Float64Array.of(1.5, -2, 0)],
    ["float32", Float32Array.of(1.5, -2, 0)],
    ["int64", BigInt64Array.of(1n, -2n, 0n)],
    ["int32", Int32Array.of(1, -2, 0)],
    ["uint8", Uint8Array.of(1, 2, 0)],
  ])("typed arrays of %s are results", async (text, values) => {
    const name = nextName();
    const f = defineScalar({ name, args: { n: "int64" }, returns: text, callColumns: () => values as never });
    await registerFunction(session, f);
    const found = await session.sql(`SELECT ${name}(value) AS v FROM range(0, 3)`).rows();
    expect(found.map((row) => row["v"])).toEqual([...values]);
  });

  it("bits are results of bool, and words of decimal", async () => {
    const [flags, amounts] = [nextName(), nextName()];
    const args = { n: "int64" };
    await registerFunction(
      session,
      defineScalar({ name: flags, args, returns: "bool", callColumns: () => Uint8Array.of(0b101) }),
    );
    await registerFunction(
      session,
      defineScalar({
        name: amounts,
        args,
        returns: "decimal128(10,2)",
        callColumns: () => Uint32Array.of(125, 0, 0, 0, 2 ** 32 - 1, 2 ** 32 - 1, 2 ** 32 - 1, 2 ** 32 - 1, 0, 0, 0, 0),
      }),
    );
    const found = await session.sql(`SELECT ${flags}(value) AS f, ${amounts}(value) AS a FROM range(0, 3)`).rows();
    expect([...found]).toEqual([
      { f: true, a: decimalValue(125n, 10, 2) },
      { f: false, a: decimalValue(-1n, 10, 2) },
      { f: true, a: decimalValue(0n, 10, 2) },
    ]);
  });
});
