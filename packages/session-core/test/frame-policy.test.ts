import { parseProfile } from "@deltafuse/config/profile";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { call, col, exists, sqlExpression } from "../src/expression.ts";
import { openSession, type Session } from "../src/session.ts";

let session: Session;

beforeAll(async () => {
  session = await openSession(parseProfile({ preset: "test", sql: { policy: "admin" } }));
});
afterAll(() => session.close());

const withoutRandom = { functions: { deny: ["random"] } };
const refused = (object: string): object => ({
  code: "SQL.POLICY_VIOLATION",
  details: { violation: "function", object },
});

describe("the policy of a frame", () => {
  it("is that of the statement it began with", async () => {
    const frame = session.sql("SELECT 1 AS a", { policy: withoutRandom });
    await expect(frame.select(call("random")).rows()).rejects.toMatchObject(refused("random"));
    await expect(frame.withColumn("r", sqlExpression("random()")).count()).rejects.toMatchObject(refused("random"));
    await expect(session.createView("hidden", frame.select(call("random")))).rejects.toMatchObject(refused("random"));
    expect(await session.sql("SELECT 1 AS a").select(call("random").gte(0).alias("ok")).scalar()).toBe(true);
  });

  it("is the narrowest of the frame and its operands", async () => {
    const one = session.sql("SELECT 1 AS a");
    const narrow = session.sql("SELECT 1 AS a", { policy: withoutRandom });
    await expect(one.union(narrow).withColumn("r", call("random")).rows()).rejects.toMatchObject(refused("random"));
    await expect(one.filter(exists(narrow)).select(call("random")).rows()).rejects.toMatchObject(refused("random"));
    const joined = one.select(call("random").alias("r")).union(narrow);
    await expect(joined.rows()).rejects.toMatchObject(refused("random"));
  });

  it("means a function by each of its names", async () => {
    const frame = session.sql("SELECT 2 AS a", { policy: { functions: { deny: ["pow"] } } });
    await expect(frame.select(call("power", col("a"), 2)).rows()).rejects.toMatchObject(refused("power"));
    await expect(frame.select(call("pow", col("a"), 2)).rows()).rejects.toMatchObject(refused("pow"));
  });

  it("holds for window and higher-order functions", async () => {
    const policy = { functions: { deny: ["row_number", "array_transform"] } };
    const frame = session.sql("SELECT 2 AS a, [1] AS l", { policy });
    await expect(frame.window(call("row_number").over().alias("n")).rows()).rejects.toMatchObject(
      refused("row_number"),
    );
    await expect(frame.select(sqlExpression("array_transform(l, x -> x + 1)")).rows()).rejects.toMatchObject(
      refused("array_transform"),
    );
  });

  it("holds inside SQL expressions: subqueries, named arguments, one expression only", async () => {
    const frame = session.sql("SELECT 2 AS a", { policy: { ...withoutRandom, namedArguments: false } });
    await expect(frame.select(sqlExpression("(SELECT random())")).rows()).rejects.toMatchObject(refused("random"));
    await expect(frame.select(sqlExpression("substr(str => 'abc', start_pos => 2)")).rows()).rejects.toMatchObject({
      code: "SQL.POLICY_VIOLATION",
      details: { violation: "named_arguments" },
    });
    await expect(frame.select(sqlExpression("1; DROP TABLE t")).rows()).rejects.toMatchObject({
      details: { violation: "multi_statement" },
    });
    await expect(frame.select(sqlExpression("1 FROM range(3)")).rows()).rejects.toMatchObject({
      code: "SQL.PARSE_ERROR",
    });
  });
});

describe("frames over EXPLAIN", () => {
  it("are frames like others", async () => {
    const explained = session.sql("EXPLAIN SELECT 1 AS a");
    expect(await explained.show()).toContain("physical_plan");
    expect(await explained.first()).toMatchObject({ plan_type: "logical_plan" });
    expect(await explained.filter(col("plan_type").eq("physical_plan")).select("plan_type").rows()).toEqual([
      { plan_type: "physical_plan" },
    ]);
    expect(await session.sql("EXPLAIN ANALYZE SELECT 1 AS a").select("plan").count()).toBe(1);
  });

  it("obey the policy of the statement", async () => {
    const policy = { explainAnalyze: false };
    await expect(session.sql("EXPLAIN ANALYZE SELECT 1", { policy }).first()).rejects.toMatchObject({
      details: { violation: "explain_analyze" },
    });
  });
});
