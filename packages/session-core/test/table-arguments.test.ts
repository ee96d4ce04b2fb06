import { parseProfile, type ProfileInput } from "@deltafuse/config/profile";
import { recordingHooks, type RecordingHooks } from "@deltafuse/hooks/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { col, sqlExpression } from "../src/expression.ts";
import type { Parameters } from "../src/parameters.ts";
import { openSession, type Session } from "../src/session.ts";
import { sql } from "../src/sql.ts";

let hooks: RecordingHooks;
let session: Session;

async function open(input: ProfileInput = {}): Promise<Session> {
  hooks = recordingHooks();
  return openSession(parseProfile({ preset: "test", sql: { policy: "admin" }, ...input }), { hooks });
}

beforeEach(async () => {
  session = await open();
});
afterEach(() => session.close());

const plain = { values: "plain" } as const;

function rows(text: string, parameters: Parameters): Promise<object[]> {
  return session.sql(text, { parameters }).rows(plain);
}

function values(...list: readonly (number | string)[]): readonly object[] {
  return list.map((value) => ({ value }));
}

function code(expected: string, details: object = {}): unknown {
  return expect.objectContaining({ code: expected, details: expect.objectContaining(details) });
}

describe("a parameter as an argument of a table function", () => {
  it("has the value of the call, and of each other call its own", async () => {
    const text = "SELECT * FROM range(0, $1) ORDER BY value";
    expect(await rows(text, [2])).toEqual(values(0, 1));
    expect(await rows(text, [3])).toEqual(values(0, 1, 2));
    expect(await rows(text, [3n])).toEqual(values(0, 1, 2));
    expect(hooks.of("plan.compiled").map(({ cacheResult }) => cacheResult)).toEqual(["skipped", "skipped", "skipped"]);
    expect(await rows("SELECT * FROM generate_series($a, $b, $by)", { a: -2, b: 2, by: 2 })).toEqual(values(-2, 0, 2));
    expect(await rows("SELECT * FROM range($1)", [null])).toEqual([]);
  });

  it("stands in expressions, and in the query too", async () => {
    const text = "SELECT value + $n AS value FROM range(-$n, $n + 1, CAST($by AS BIGINT)) WHERE value < $n ORDER BY 1";
    expect(await rows(text, { n: 2, by: "2" })).toEqual(values(0, 2));
    const parameters = ["2024-01-01", "2024-01-03"];
    const days = "SELECT * FROM generate_series(CAST($1 AS DATE), CAST($2 AS DATE), INTERVAL '1 day')";
    expect(await session.sql(days, { parameters }).count()).toBe(3);
  });

  it("may be a moment, which keeps its zone", async () => {
    const text = "SELECT * FROM generate_series($1, $2, INTERVAL '12 hours')";
    const parameters = [new Date("2024-01-01T00:00:00.250Z"), new Date("2024-01-01T13:00:00Z")];
    const frame = session.sql(text, { parameters });
    expect(await frame.schema()).toEqual([
      { name: "value", type: { type: "timestamp", unit: "ns", timezone: "UTC" }, nullable: false },
    ]);
    expect(await frame.rows({ values: "json" })).toEqual(
      values("2024-01-01T00:00:00.250000000Z", "2024-01-01T12:00:00.250000000Z"),
    );
  });

  it("reaches calls in common tables, subqueries, joins, set operations, EXPLAIN and statements", async () => {
    const ten = { n: 10 };
    for (const text of [
      "WITH t AS (SELECT * FROM range(0, $n)) SELECT count(*) AS value FROM t",
      "SELECT (SELECT max(value) + 1 FROM range(0, $n)) AS value",
      "SELECT count(*) AS value FROM range(0, 20) WHERE value IN (SELECT value FROM range(0, $n))",
      "SELECT count(*) AS value FROM range(0, 20) a JOIN range(0, $n) b ON a.value = b.value",
      "SELECT count(*) AS value FROM (SELECT * FROM range(0, 5) UNION ALL SELECT * FROM range(5, $n))",
      "SELECT count(*) AS value FROM range(0, 1) a, LATERAL (SELECT * FROM range(0, $n) b WHERE b.value >= a.value)",
    ])
      expect(await rows(text, ten)).toEqual(values(10));
    const plan = await rows("EXPLAIN SELECT * FROM range(0, $n)", ten);
    expect(JSON.stringify(plan)).toContain("end=10");
    await session.execute("CREATE TABLE t AS SELECT * FROM range(0, $n)", { parameters: ten });
    await session.execute("CREATE VIEW v AS SELECT * FROM range(0, $n)", { parameters: ten });
    const inserted = await session.execute("INSERT INTO t SELECT * FROM range(0, $n)", { parameters: ten });
    expect(inserted.rowsAffected).toBe(10);
    expect([await session.table("t").count(), await session.table("v").count()]).toEqual([20, 10]);
    const least = 7;
    expect(await session.sql(sql`SELECT * FROM range(${least}, ${9})`).rows(plain)).toEqual(values(7, 8));
  });

  it("is asked for, and must suit the function, as at every other place", async () => {
    const text = "SELECT * FROM range(0, $1)";
    await expect(rows(text, [])).rejects.toEqual(code("SQL.PARAMETER_MISSING", { names: ["1"] }));
    await expect(rows(text, [1, 2])).rejects.toEqual(code("SQL.PARAMETER_UNUSED", { names: ["2"] }));
    await expect(rows(text, ["x"])).rejects.toEqual(code("SQL.PLAN_ERROR"));
    await expect(rows(text, [[1, 2]])).rejects.toMatchObject({ code: expect.stringMatching(/^SQL\./) });
    const policy = { functions: { allow: null, deny: ["range"] } };
    await expect(session.sql(text, { parameters: [1], policy }).rows()).rejects.toEqual(
      code("SQL.POLICY_VIOLATION", { violation: "function", object: "range" }),
    );
    const named = { parameterNames: ["a"] };
    await expect(
      session.sql("SELECT * FROM range(0, $b)", { parameters: { b: 1 }, policy: named }).rows(),
    ).rejects.toEqual(code("SQL.POLICY_VIOLATION", { violation: "parameter_name" }));
  });

  it("has a value in SQL expressions of frames too", async () => {
    const few = session.table("v").filter(sqlExpression("value IN (SELECT value FROM range(0, $n))"));
    await session.execute("CREATE VIEW v AS SELECT * FROM range(0, 5)");
    expect(await few.bind({ n: 2 }).filter(col("value").gt(0)).rows(plain)).toEqual(values(1));
    await expect(few.rows()).rejects.toEqual(code("SQL.PARAMETER_MISSING", { names: ["n"] }));
  });
});

describe("a prepared statement with a parameter as an argument of a table function", () => {
  const text = "SELECT * FROM range(0, $1) WHERE value >= $2 ORDER BY value";

  it("is planned with the values of each run", async () => {
    await using statement = await session.prepare(text);
    expect(statement.fields).toEqual([{ name: "value", type: { type: "int64" }, nullable: false }]);
    expect(statement.parameters).toEqual([
      { name: "1", type: null },
      { name: "2", type: "int64" },
    ]);
    expect(await statement.bind([3, 1]).rows(plain)).toEqual(values(1, 2));
    expect(await statement.bind([2, 0]).rows(plain)).toEqual(values(0, 1));
    await expect(statement.bind([3]).rows()).rejects.toEqual(code("SQL.PARAMETER_MISSING", { names: ["2"] }));
    await expect(statement.bind([3, 1, 1]).rows()).rejects.toEqual(code("SQL.PARAMETER_UNUSED", { names: ["3"] }));
    await expect(statement.bind(["x", 1]).rows()).rejects.toEqual(code("SQL.PLAN_ERROR"));
  });

  it("takes tables of its own beside them", async () => {
    const joined = "SELECT t.value FROM t JOIN range(0, $1) r ON t.value = r.value ORDER BY 1";
    await using statement = await session.prepare(joined, { tables: { t: [{ value: 1n }, { value: 5n }] } });
    expect(await statement.bind([3]).rows(plain)).toEqual(values(1));
    expect(await statement.bind([9]).rows(plain)).toEqual(values(1, 5));
    expect(await statement.bind([3], { tables: { t: [{ value: 2n }] } }).rows(plain)).toEqual(values(2));
  });

  it("takes moments where its text allows it, and says so where it does not", async () => {
    const series = "SELECT * FROM generate_series($1, $2, INTERVAL '1 day')";
    const [from, to] = [new Date("2024-01-01T00:00:00Z"), new Date("2024-01-02T00:00:00Z")];
    await using statement = await session.prepare(series);
    expect(await statement.bind([from, to]).count()).toBe(2);
    await expect(session.prepare(`SELECT date_part('year', value) AS y FROM (${series})`)).rejects.toMatchObject({
      code: "SQL.PLAN_ERROR",
      message: expect.stringContaining("Until $1, $2 has a value"),
    });
  });

  it("is the same with PREPARE and EXECUTE, and in a profile", async () => {
    const executed = async (statement: string): Promise<unknown> => (await session.execute(statement)).table?.numRows;
    await session.execute(`PREPARE few AS ${text}`);
    await session.execute(`PREPARE typed(BIGINT, BIGINT) AS ${text}`);
    await expect(session.execute(`PREPARE wrong(BIGINT) AS ${text}`)).rejects.toEqual(code("SQL.PLAN_ERROR"));
    expect(await executed("EXECUTE few(3, 1)")).toBe(2);
    expect(await executed("EXECUTE typed(4, 1)")).toBe(3);
    expect(await session.prepared("few").bind([5, 1]).count()).toBe(4);
    await expect(session.execute("EXECUTE few(3)")).rejects.toEqual(code("SQL.PARAMETER_MISSING", { names: ["2"] }));
    await session.close();
    session = await open({ prepared: [{ name: "few", sql: text }] });
    expect(await executed("EXECUTE few(3, 1)")).toBe(2);
  });

  it("keeps the policy it was prepared under", async () => {
    await session.close();
    session = await open({ sql: { policy: { base: "admin", functions: { allow: null, deny: ["range"] } } } });
    await expect(session.prepare(text)).rejects.toEqual(code("SQL.POLICY_VIOLATION", { violation: "function" }));
  });
});
