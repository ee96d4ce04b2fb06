import { parseProfile } from "@deltafuse/config/profile";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { NestedField } from "../src/field-type.ts";
import type { Frame } from "../src/frame.ts";
import { openSession, type Session } from "../src/session.ts";
import { arrowDisplay } from "./arrow-display.ts";

let session: Session;

beforeAll(async () => {
  session = await openSession(parseProfile({ preset: "test", sql: { policy: "admin" } }));
});

afterAll(() => session.close());

/** One value per row and a null, each cast to a type by its Arrow name. */
function cast(type: string, ...values: readonly string[]): string {
  const rows = [...values, "NULL"].map((value) => `(${value})`).join(", ");
  return `SELECT arrow_cast(x, '${type}') AS v FROM (VALUES ${rows}) AS t(x)`;
}

/** The values of one column as they are written, and a null. */
function plain(...values: readonly string[]): string {
  return `SELECT x AS v FROM (VALUES ${[...values, "NULL"].map((value) => `(${value})`).join(", ")}) AS t(x)`;
}

const zones = ["UTC", "+05:30", "-08:00", "Europe/Berlin", "America/St_Johns"];
const instants = ["'2024-03-31T00:59:59.987654321Z'", "'2024-03-31T01:00:00Z'", "'1969-12-31T23:59:59.999Z'"];
const decimals = ["'0'", "'-0.01'", "'99999.99'", "'-99999.99'"];
const wide = `'${"9".repeat(48)}.${"9".repeat(28)}'`;

const cases: readonly (readonly [string, string])[] = [
  ["null", "SELECT NULL AS v FROM (VALUES (1), (2)) AS t(x)"],
  ["boolean", plain("true", "false")],
  ...["Int8", "Int16", "Int32", "Int64"].map((type) => [type, cast(type, "'-128'", "'0'", "'127'")] as const),
  ["the ends of Int64", plain("-9223372036854775808", "9223372036854775807")],
  ...["UInt8", "UInt16", "UInt32"].map((type) => [type, cast(type, "'0'", "'255'")] as const),
  ["UInt64", cast("UInt64", "'0'", "'18446744073709551615'")],
  ["Float16", cast("Float16", "0.5", "-2.25", "65504.0")],
  ["Float32", cast("Float32", "'0.1'", "'-0.0'", "'3.4028235e38'", "'1e-7'", "'NaN'", "'inf'", "'-inf'", "'16777216'")],
  ["Float64", cast("Float64", "'0.1'", "'-0.0'", "'1.7976931348623157e308'", "'5e-324'", "'1e16'", "'NaN'", "'inf'")],
  ...["Decimal32(7, 2)", "Decimal64(7, 2)", "Decimal128(7, 2)", "Decimal256(7, 2)"].map(
    (type) => [type, cast(type, ...decimals)] as const,
  ),
  ["Decimal128(38, 10)", cast("Decimal128(38, 10)", `'${"9".repeat(28)}.0123456789'`, "'-0.0000000001'")],
  ["Decimal128(5, -3)", cast("Decimal128(5, -3)", "12345000", "-999000", "0")],
  ["Decimal256(76, 28)", cast("Decimal256(76, 28)", wide, "'-0.0000000000000000000000000001'")],
  ...["Utf8", "LargeUtf8", "Utf8View"].map(
    (type) => [type, cast(type, "''", "'plain'", "'naïve 📊'", "'a longer text than a view holds'")] as const,
  ),
  ...["Binary", "LargeBinary", "BinaryView"].map(
    (type) => [type, cast(type, "X''", "X'00ff10'", "X'000102030405060708090a0b0c0d0e0f'")] as const,
  ),
  ["FixedSizeBinary", cast("FixedSizeBinary(3)", "X'000102'", "X'fffefd'")],
  ["Date32", cast("Date32", "'1970-01-01'", "'1969-12-31'", "'0001-01-01'", "'9999-12-31'")],
  ["Date64", cast("Date64", "'1970-01-01T00:00:00'", "'1969-12-31T18:30:00.250'", "'2024-02-29T23:59:59.999'")],
  ["Time32(s)", cast("Time32(Second)", "'00:00:00'", "'23:59:59'")],
  ["Time32(ms)", cast("Time32(Millisecond)", "'00:00:00.001'", "'23:59:59.5'")],
  ["Time64(us)", cast("Time64(Microsecond)", "'00:00:00.000001'", "'23:59:59'")],
  ["Time64(ns)", cast("Time64(Nanosecond)", "'00:00:00.000000001'", "'12:34:56.789'")],
  ...["Second", "Millisecond", "Microsecond", "Nanosecond"].map(
    (unit) =>
      [`Timestamp(${unit})`, cast(`Timestamp(${unit}, None)`, "'2024-02-29T12:34:56.7891'", "'1960-06-01'")] as const,
  ),
  ...zones.map(
    (zone) => [`Timestamp(ns, ${zone})`, cast(`Timestamp(Nanosecond, Some("${zone}"))`, ...instants)] as const,
  ),
  ...["Second", "Millisecond", "Microsecond", "Nanosecond"].map(
    (unit) => [`Duration(${unit})`, cast(`Duration(${unit})`, "0", "-1", "90061001001", "-86400000000")] as const,
  ),
  ["Interval(YearMonth)", cast("Interval(YearMonth)", "arrow_cast(14, 'Int32')", "arrow_cast(-1, 'Int32')")],
  [
    "Interval(MonthDayNano)",
    plain("INTERVAL '1 month -2 days 3 hours 0.000000001 seconds'", "INTERVAL '-90 minutes'", "INTERVAL '0 days'"),
  ],
  ["dictionary", cast("Dictionary(Int8, Utf8)", "'a'", "'b'", "'a'")],
  ["dictionary of numbers", cast("Dictionary(UInt16, Int64)", "7", "7", "9")],
  ["run ends", cast('RunEndEncoded("run_ends": non-null Int32, "values": Utf8)', "'a'", "'a'", "'b'")],
  ["list", plain("[1, NULL, 3]", "[]", "[-9007199254740993]")],
  ["list of texts", plain("['a', '', NULL]")],
  ["large list", cast("LargeList(Float64)", "[1.5, NULL]", "[]")],
  ["list view", cast("ListView(Int64)", "[1, 2]", "[3]")],
  ["fixed size list", cast("FixedSizeList(2 x Int64)", "[1, 2]", "[3, NULL]")],
  ["list of lists", plain("[[1], [], NULL]", "[[2, 3]]")],
  ["struct", plain("{a: 1, b: 'x'}", "{a: NULL, b: NULL}")],
  ["struct in lists", plain("[{a: 1.5, b: [TIMESTAMP '2024-01-01T00:00:00']}, NULL]", "[]")],
  [
    "struct of decimals",
    plain("{d: arrow_cast('1.20', 'Decimal256(60, 2)'), e: arrow_cast('1.20', 'Decimal64(9, 2)')}"),
  ],
  ["map", plain("MAP {'a': 1, 'b': NULL}", "MAP {}")],
  ["map of lists", "SELECT MAP {1: ['x', NULL], 2: NULL} AS v"],
];

/** The rows and what the engine shows of the same values, before they leave it. */
async function shown(
  frame: Frame,
): Promise<{ readonly fields: readonly NestedField[]; readonly rows: readonly object[] }> {
  return { fields: await frame.schema(), rows: await frame.rows() };
}

function texts(rows: readonly object[], [field]: readonly NestedField[]): readonly string[] {
  return rows.map((row) => ("v" in row && field !== undefined ? arrowDisplay(row.v, field.type) : ""));
}

describe("values of the engine", () => {
  it.each(cases)("%s reach rows as they are", async (_name, query) => {
    const sql = `SELECT v, deltafuse_test_display(v) AS shown FROM (${query})`;
    const direct = await shown(session.sql(sql));
    expect(texts(direct.rows, direct.fields)).toEqual(
      direct.rows.map((row) => ("shown" in row ? (row.shown ?? "NULL") : undefined)),
    );
    expect(direct.rows.length).toBeGreaterThan(0);

    await using prepared = await session.prepare(sql);
    expect(await shown(prepared.bind([]))).toEqual(direct);

    const table = await session.execute(sql);
    expect(table.table?.numRows).toBe(direct.rows.length);

    const none = session.sql(`SELECT * FROM (${sql}) WHERE false`);
    expect([await none.schema(), await none.rows()]).toEqual([direct.fields, []]);
  });

  it("keep equal names apart", async () => {
    const frame = session.sql("SELECT * FROM (SELECT 1 AS id) AS a CROSS JOIN (SELECT 2 AS id) AS b");
    expect(await frame.rows({ duplicateNames: "suffix" })).toEqual([{ id: 1n, id_1: 2n }]);
    await expect(frame.rows()).rejects.toMatchObject({ code: "ROWS.DUPLICATE_NAME" });
  });
});

describe("columns of one name", () => {
  const sql = "SELECT * FROM (SELECT 1 AS id, NULL AS x) AS a CROSS JOIN (SELECT 'b' AS id, 2.5 AS x) AS b";
  const cells = (row: Iterable<readonly [unknown, unknown]> | null): readonly unknown[] =>
    [...(row ?? [])].map(([, value]) => value);

  it("keep their types in Arrow tables and batches", async () => {
    const { table } = await session.execute(sql);
    const gathered = await session.sql(sql).collect();
    for (const made of [table, gathered]) {
      expect(made?.schema.fields.map(({ name, type }) => `${name} ${String(type)}`)).toEqual([
        "id Int64",
        "x Null",
        "id Utf8",
        "x Float64",
      ]);
      expect(made?.schema.fields.map((_, index) => made.getChildAt(index)?.get(0))).toEqual([1n, null, "b", 2.5]);
    }
    for await (const batch of await session.sql(sql).stream()) {
      expect(batch.schema.fields.map(({ type }) => String(type))).toEqual(["Int64", "Null", "Utf8", "Float64"]);
      expect(cells(batch.get(0))).toEqual([1n, null, "b", 2.5]);
    }
  });
});

describe("rows without columns", () => {
  it("are as many as there are", async () => {
    const sql = "SELECT FROM (VALUES (1), (2), (3)) AS t";
    const { table } = await session.execute(sql);
    expect([table?.numRows, table?.numCols]).toEqual([3, 0]);
    expect((await session.sql(sql).collect()).numRows).toBe(3);
    expect(await session.sql(sql).rows()).toEqual([{}, {}, {}]);
  });
});

describe("errors of the engine", () => {
  it.each([
    ["SELECT 1 / 0", "ENGINE.EXECUTION", "Divide by zero"],
    ["SELECT CAST('x' AS INT)", "ENGINE.CAST_FAILED", "Cannot cast string 'x' to value of Int32 type"],
    ["SELECT CAST(300 AS TINYINT)", "ENGINE.CAST_FAILED", "Can't cast value 300 to type Int8"],
    ["SELECT a FROM (SELECT 1 AS b)", "SQL.PLAN_ERROR", "No field named a"],
    ["SELECT unknown_function(1)", "SQL.PLAN_ERROR", "Invalid function 'unknown_function'"],
    ["SELECT * FROM nowhere", "SQL.PLAN_ERROR", "table 'datafusion.public.nowhere' not found"],
    ["SELECT (SELECT x FROM (VALUES (1), (2)) AS t(x))", "ENGINE.EXECUTION", "more than one row"],
    [
      "SET datafusion.execution.batch_size = 'many'",
      "ENGINE.EXECUTION",
      "Error setting config datafusion.execution.batch_size",
    ],
  ])("%s", async (sql, code, words) => {
    const refused: unknown = await session.execute(sql).then(
      () => "no error",
      (error: unknown) => error,
    );
    expect(refused).toMatchObject({ code });
    expect(words.length > 0 && JSON.stringify([refused, causes(refused)])).toContain(words);
  });
});

/** Messages of an error and of what led to it. */
function causes(error: unknown): readonly string[] {
  return error instanceof Error ? [error.message, ...causes(error.cause)] : [];
}

describe("the information schema", () => {
  it("lists functions", async () => {
    const named =
      "SELECT DISTINCT routine_name FROM information_schema.routines WHERE routine_name IN ('abs', 'rank', 'sum')";
    expect(await session.sql(`${named} ORDER BY 1`).rows()).toEqual(
      ["abs", "rank", "sum"].map((name) => ({ routine_name: name })),
    );
    expect((await session.sql("SHOW FUNCTIONS LIKE 'abs'").rows()).length).toBeGreaterThan(0);
    await using prepared = await session.prepare("SELECT count(*) > 0 AS any FROM information_schema.parameters AS p");
    expect(await prepared.bind([]).rows()).toEqual([{ any: true }]);
  });
});
