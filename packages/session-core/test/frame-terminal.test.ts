import { parseProfile } from "@deltafuse/config/profile";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { all, call, col, lambda, lit, outer, param, sqlExpression } from "../src/expression.ts";
import type { Frame } from "../src/frame.ts";
import { openSession, type Session } from "../src/session.ts";

let session: Session;
const numbers = (): Frame => session.sql("SELECT value AS n, value % 2 AS g FROM range(0, 10)");

beforeAll(async () => {
  session = await openSession(parseProfile({ preset: "test", sql: { policy: "admin" } }));
});
afterAll(() => session.close());

describe("terminals of one row", () => {
  it("give the only row, and the only value", async () => {
    expect(await numbers().filter(col("n").eq(3)).single()).toEqual({ n: 3n, g: 1n });
    expect(
      await numbers()
        .aggregate({ values: [call("sum", col("n"))] })
        .scalar<bigint>(),
    ).toBe(45n);
  });

  it("refuse any other number of rows and columns", async () => {
    const refused = (details: object): object => ({ code: "QUERY.NOT_SINGLE_ROW", details });
    await expect(numbers().single()).rejects.toMatchObject(refused({ rows: 2, columns: null }));
    await expect(numbers().filter(lit(false)).scalar()).rejects.toMatchObject(refused({ rows: 0, columns: null }));
    await expect(numbers().limit(1).scalar()).rejects.toMatchObject(refused({ rows: 1, columns: 2 }));
  });

  it("drain runs the query and counts its rows", async () => {
    expect(await numbers().drain()).toBe(10);
    await expect(numbers().select(col("n").div(0)).drain()).rejects.toMatchObject({ code: "ENGINE.EXECUTION" });
  });

  it("toSql writes a query that gives the same", async () => {
    await session.execute("CREATE TABLE numbers AS SELECT value AS n, value % 2 AS g FROM range(0, 10)");
    const frame = session
      .table("numbers")
      .filter(col("n").gt(4))
      .groupBy("g")
      .aggregate({ s: call("sum", col("n")) });
    const again = session.sql(await frame.toSql());
    expect(await again.sort("g").rows()).toEqual(await frame.sort("g").rows());
    expect(await session.sql("SELECT 1 AS a").toSql({ dialect: "mysql" })).toBe("SELECT 1 AS `a`");
  });
});

describe("parameters of frames", () => {
  it("are bound by name, in expressions and in SQL", async () => {
    const frame = numbers()
      .filter(col("n").gt(param("low")))
      .filter(sqlExpression("n < $high"));
    expect(await frame.bind({ low: 3, high: 6 }).select("n").rows({ values: "plain" })).toEqual([{ n: 4 }, { n: 5 }]);
    expect(await frame.bind({ low: 3 }).bind({ high: 8 }).count()).toBe(4);
  });

  it("are missed where they have no value", async () => {
    await expect(
      numbers()
        .filter(col("n").gt(param("low")))
        .count(),
    ).rejects.toMatchObject({
      code: "SQL.PARAMETER_MISSING",
      details: { names: ["low"] },
    });
    await expect(numbers().filter(sqlExpression("n < $high")).count()).rejects.toMatchObject({
      code: "SQL.PARAMETER_MISSING",
    });
  });
});

describe("errors of operations", () => {
  it("name what is unknown", async () => {
    const unknown = { code: "FRAME.UNKNOWN_COLUMN" };
    await expect(numbers().cast({ m: "utf8" }).schema()).rejects.toMatchObject(unknown);
    await expect(numbers().fillNull({ m: 1 }).schema()).rejects.toMatchObject(unknown);
    await expect(numbers().unnest(["m"]).schema()).rejects.toMatchObject(unknown);
    await expect(
      numbers()
        .select(all({ exclude: ["m"] }))
        .schema(),
    ).rejects.toMatchObject(unknown);
    await expect(numbers().select(outer("m")).schema()).rejects.toMatchObject(unknown);
    await expect(numbers().unionByName(numbers().select("n")).schema()).rejects.toMatchObject({
      ...unknown,
      details: { column: "g", step: 0 },
    });
  });

  it("name what does not fit", async () => {
    const mismatch = { code: "FRAME.TYPE_MISMATCH" };
    await expect(numbers().distinctOn(["g"], ["n"]).schema()).rejects.toMatchObject(mismatch);
    await expect(
      numbers()
        .select(call("abs", col("n")).distinct())
        .schema(),
    ).rejects.toMatchObject(mismatch);
    await expect(numbers().filter(col("n").inFrame(numbers())).schema()).rejects.toMatchObject(mismatch);
    await expect(numbers().select(call("row_number")).schema()).rejects.toMatchObject({ code: "SQL.PLAN_ERROR" });
  });

  it("mixes no frames of two sessions, inside expressions neither", async () => {
    await using other = await openSession(parseProfile({ preset: "test" }));
    const foreign = other.sql("SELECT 1 AS n");
    expect(() => numbers().filter(col("n").inFrame(foreign))).toThrow(
      expect.objectContaining({ code: "FRAME.FOREIGN_SESSION" }),
    );
  });

  it("takes lambdas of SQL in the default dialect too", async () => {
    const row = session.sql("SELECT [1, 2] AS l").select(sqlExpression("array_transform(l, x -> x + 1)").alias("m"));
    expect(await row.scalar({ values: "plain" })).toEqual([2, 3]);
    const nested = lambda(["x"], call("array_transform", col("x"), lambda(["y"], col("y").add(1))));
    const lists = session.sql("SELECT [[1], [2, 3]] AS l").select(call("array_transform", col("l"), nested).alias("m"));
    expect(await lists.scalar({ values: "plain" })).toEqual([[2], [3, 4]]);
  });
});

it("expressions have no value in JavaScript", () => {
  const thrown = expect.objectContaining({ code: "FRAME.TYPE_MISMATCH" });
  // @ts-expect-error -- the mistake that this is about.
  expect(() => col("a") > 1).toThrow(thrown);
  expect(() => Number(col("a"))).toThrow(thrown);
});
