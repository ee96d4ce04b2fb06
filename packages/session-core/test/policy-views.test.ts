import { describe, expect, it } from "vitest";
import { attempts } from "./policy-attempts.ts";
import { openUnder, refusal } from "./policy-session.ts";

describe("attempts to get around the SQL policy through a view or a frame", () => {
  it("hidden in the body of a view are refused where the view is read", async () => {
    await using session = await openUnder("admin");
    await session.execute("CREATE VIEW inner_view AS SELECT random() AS r");
    await session.execute("CREATE VIEW outer_view AS SELECT * FROM inner_view");
    const policy = { functions: { deny: ["random"] } };
    for (const sql of [
      "SELECT * FROM inner_view",
      "SELECT * FROM outer_view",
      "SELECT (SELECT max(r) FROM outer_view)",
      "WITH x AS (SELECT * FROM outer_view) SELECT * FROM x",
      "SELECT a FROM t WHERE a IN (SELECT r FROM outer_view)",
    ]) {
      expect([sql, await refusal(() => session.sql(sql, { policy }).rows())]).toEqual([sql, "function"]);
      expect([sql, await refusal(() => session.execute(sql, { policy }))]).toEqual([sql, "function"]);
      expect([sql, await refusal(() => session.sql(sql, { policy }).artifact())]).toEqual([sql, "function"]);
      for (const verb of ["EXPLAIN", "EXPLAIN VERBOSE", "EXPLAIN FORMAT TREE", "EXPLAIN ANALYZE"]) {
        const explain = `${verb} ${sql}`;
        expect([explain, await refusal(() => session.execute(explain, { policy }))]).toEqual([explain, "function"]);
      }
    }
    await session.execute("CREATE TABLE kept AS SELECT 0.5::double AS a");
    for (const change of [
      "INSERT INTO kept SELECT r FROM outer_view",
      "DELETE FROM kept WHERE a IN (SELECT r FROM outer_view)",
      "CREATE TABLE made AS SELECT * FROM outer_view",
    ]) {
      for (const sql of [change, `EXPLAIN ${change}`, `EXPLAIN ANALYZE ${change}`]) {
        expect([sql, await refusal(() => session.execute(sql, { policy }))]).toEqual([sql, "function"]);
      }
    }
  });

  it("with functions are refused through a view, whatever kind of function it is", async () => {
    await using session = await openUnder("admin");
    const cannotBeViews: string[] = [];
    let views = 0;
    for (const { policy, refused } of attempts) {
      if (typeof policy === "string" || policy.functions === undefined) continue;
      const queries = (refused["function"] ?? []).filter((sql) => /^(SELECT|WITH|VALUES)\b/.test(sql));
      for (const sql of queries) {
        const view = `hidden_${views}`;
        if ((await refusal(() => session.execute(`CREATE VIEW ${view} AS ${sql}`))) !== null) {
          cannotBeViews.push(sql);
          continue;
        }
        views += 1;
        const read = session.sql(`SELECT count(*) FROM (SELECT * FROM ${view}) WHERE true`, {
          policy: { functions: policy.functions },
        });
        expect([sql, await refusal(() => read.rows())]).toEqual([sql, "function"]);
      }
    }
    expect(cannotBeViews).toEqual([
      'SELECT "RANDOM"()',
      "SELECT public.random()",
      "SELECT 1 HAVING random() > 0",
      "SELECT array_transform(make_array(1), x -> random())",
      "SELECT * FROM (SELECT 1 AS a) PIVOT (count(a) FOR a IN (1))",
      'SELECT * FROM "range"(0, 3)',
      "SELECT * FROM TABLE(range(0, 3))",
      "WITH x AS (SELECT random() AS r) DELETE FROM t WHERE a = 1",
      "WITH x AS (SELECT random() AS r) UPDATE t SET a = x.r FROM x",
    ]);
    expect(views).toBeGreaterThan(30);
  });

  it("with functions are refused through a frame that is read under a narrower policy", async () => {
    await using session = await openUnder("admin");
    const narrow = { functions: { deny: ["range", "unnest", "generate_series"] } } as const;
    for (const sql of [
      "SELECT * FROM range(0, 3)",
      "SELECT * FROM generate_series(0, 3)",
      "SELECT unnest([1, 2]) AS value",
    ]) {
      const wide = session.sql(sql);
      const read = session.sql("SELECT * FROM hidden", { tables: { hidden: wide }, policy: narrow });
      expect([sql, await refusal(() => read.rows())]).toEqual([sql, "function"]);
      const joined = session.sql("SELECT 1 AS value", { policy: narrow }).join(wide.rename({ value: "other" }), {
        on: [["value", "other"]],
      });
      expect([sql, await refusal(() => joined.rows())]).toEqual([sql, "function"]);
    }
  });
});
