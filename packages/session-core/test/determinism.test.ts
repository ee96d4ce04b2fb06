import { parseProfile } from "@deltafuse/config/profile";
import { describe, expect, it } from "vitest";
import { call, col, sqlExpression } from "../src/expression.ts";
import { openSession } from "../src/session.ts";
import { openSessionPool } from "../src/session-pool.ts";
import { fromSubstrait } from "../src/substrait.ts";
import { openUnder, refusal, tables } from "./policy-session.ts";

const canonical = { determinism: "canonical" } as const;

/** Statements that call a function whose value is another one at another time, in every place. */
const unstable: readonly string[] = [
  "SELECT random()",
  "SELECT RaNdOm()",
  'SELECT "random"()',
  "SELECT /**/uuid/**/(/**/)",
  "SELECT now()",
  "SELECT CURRENT_TIMESTAMP",
  "SELECT current_date",
  "SELECT CURRENT_TIME",
  "SELECT today()",
  "SELECT 1 WHERE now() IS NULL",
  "SELECT 1 LIMIT cast(random() AS INT)",
  "SELECT 1 ORDER BY random()",
  "SELECT sum(1) FILTER (WHERE random() > 0)",
  "SELECT sum(1) OVER (PARTITION BY random())",
  "SELECT array_transform(make_array(1), x -> random())",
  "SELECT (SELECT now())",
  "SELECT 1 WHERE EXISTS (SELECT 1 WHERE random() > 0)",
  "WITH x AS (SELECT now() AS n) SELECT 1 FROM x",
  "SELECT 1 UNION SELECT random()",
  "VALUES (now())",
  "SELECT * FROM range(0, cast(random() * 3 AS BIGINT))",
  "EXPLAIN SELECT now()",
  "EXPLAIN ANALYZE SELECT random()",
  "CREATE VIEW nv AS SELECT now() AS n",
  "CREATE TABLE nt AS SELECT random() AS r",
  "CREATE TABLE x (a INT DEFAULT random())",
  "COPY (SELECT now()) TO '/tmp/never.csv'",
  "INSERT INTO kept SELECT random()",
  "INSERT INTO kept VALUES (random())",
  "EXPLAIN INSERT INTO kept VALUES (random())",
  "UPDATE kept SET a = random()",
  "DELETE FROM kept WHERE a IN (SELECT random())",
  "MERGE INTO kept USING (SELECT 1 AS a) AS s ON random() > 0 WHEN NOT MATCHED THEN INSERT *",
  "PREPARE p AS SELECT now()",
  "EXECUTE known(random())",
];

/** Statements that look as if they did. */
const fixed: readonly string[] = [
  "SELECT 'random()' AS text, 1 AS now, 2 AS \"uuid\"",
  'WITH "now" AS (SELECT 1 AS random) SELECT random FROM "now"',
  "SELECT to_timestamp('2024-01-01T00:00:00Z'), date_trunc('day', TIMESTAMP '2024-01-01')",
  "SELECT DATE '2024-01-01' + INTERVAL '1 day', md5('a'), abs(-1), sum(1), row_number() OVER (ORDER BY 1)",
  "SELECT * FROM range(0, 3)",
  "SELECT a FROM kept -- now()",
  "SHOW TABLES",
  "SHOW ALL",
  "DESCRIBE kept",
  "EXPLAIN SELECT a FROM kept",
  "INSERT INTO kept VALUES (2)",
];

describe("a session whose determinism is canonical", () => {
  it("refuses functions that are not immutable, wherever a statement calls them", async () => {
    await using session = await openUnder("admin", canonical);
    await session.execute("CREATE TABLE kept AS SELECT 1.0::double AS a");
    await session.execute("PREPARE known(DOUBLE) AS SELECT $1 AS a");
    for (const sql of unstable) {
      expect([sql, await refusal(() => session.execute(sql))]).toEqual([sql, "volatile_function"]);
      // Again, where the plan cache may have kept something.
      expect([sql, await refusal(() => session.execute(sql))]).toEqual([sql, "volatile_function"]);
      const lazy = await refusal(() => session.sql(sql).rows());
      expect([sql, ["volatile_function", "SQL.NOT_A_QUERY"].includes(lazy ?? "")]).toEqual([sql, true]);
      const prepared = await refusal(() => session.prepare(sql));
      expect([sql, ["volatile_function", "SQL.NOT_A_QUERY"].includes(prepared ?? "")]).toEqual([sql, true]);
    }
    expect(await session.table("kept").rows()).toEqual([{ a: 1 }]);
    for (const sql of fixed) expect([sql, await refusal(() => session.execute(sql))]).toEqual([sql, null]);
  });

  it("says which function, what it is and what to do", async () => {
    await using session = await openUnder("admin", canonical);
    const error: unknown = await session
      .sql("SELECT now() AS n")
      .rows()
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: "SQL.POLICY_VIOLATION",
      details: { violation: "volatile_function", statementKind: "query", policy: "admin", object: "now" },
      message: expect.stringMatching(/now is stable.*parameter.*determinism 'stable'/s),
    });
    const volatile: unknown = await session.execute("EXPLAIN SELECT uuid()").catch((reason: unknown) => reason);
    expect(volatile).toMatchObject({
      details: { object: "uuid" },
      message: expect.stringContaining("uuid is volatile"),
    });
  });

  it("refuses them in frames, fragments and views that programs make", async () => {
    await using session = await openUnder("admin", canonical);
    const frame = session.table("t");
    for (const expression of [call("random"), call("now"), sqlExpression("random()"), sqlExpression("current_date")]) {
      const places = [
        frame.select(expression.alias("r")),
        frame.filter(expression.isNotNull()),
        frame.aggregate({ values: [call("max", expression).alias("r")] }),
        frame.withColumn("r", expression),
      ];
      for (const place of places) {
        expect(await refusal(() => place.rows())).toBe("volatile_function");
        expect(await refusal(() => place.explain())).toBe("volatile_function");
        expect(await refusal(() => place.artifact())).toBe("volatile_function");
      }
      const throughView = async (): Promise<unknown> => {
        await session.createView("v", frame.select(expression.alias("r")), { replace: true });
        return session.sql("SELECT count(*) FROM (SELECT * FROM v) WHERE true").rows();
      };
      expect(await refusal(throughView)).toBe("volatile_function");
    }
    expect(await refusal(() => frame.select(call("abs", col("a")).alias("a")).rows())).toBeNull();
  });

  it("refuses plans that another session wrote", async () => {
    await using free = await openUnder("admin");
    await free.execute("CREATE VIEW rv AS SELECT random() AS r");
    const texts = [
      "SELECT random() AS r",
      "SELECT * FROM rv",
      "SELECT v.a FROM (VALUES (1)) AS v(a) ORDER BY random()",
    ];
    await using session = await openUnder("admin", canonical);
    for (const text of texts) {
      const { bytes } = await free.sql(text).toSubstrait();
      expect([text, await refusal(() => fromSubstrait(session, bytes).rows())]).toEqual([text, "volatile_function"]);
    }
  });

  it("refuses them in leases of a pool, and in queries of the profile", async () => {
    const profile = parseProfile({ preset: "test", ...canonical });
    await using pool = await openSessionPool(profile, { size: 1, extensions: [tables] });
    for (let turn = 0; turn < 2; turn += 1) {
      await using lease = await pool.acquire();
      expect(await refusal(() => lease.session.sql("SELECT now()").rows())).toBe("volatile_function");
      expect(await refusal(() => lease.session.table("t").rows())).toBeNull();
    }
    const prepared = [{ name: "today", sql: "SELECT now() AS n" }];
    const opening = openSession(parseProfile({ preset: "test", ...canonical, prepared }));
    await expect(opening).rejects.toMatchObject({
      code: "SESSION.INSTALL_FAILED",
      cause: { details: { violation: "volatile_function" } },
    });
  });
});

it("takes a value in the place of a function", async () => {
  // #region canonical
  await using session = await openSession(parseProfile({ determinism: "canonical" }));

  const refused = await session
    .sql("SELECT value, now() AS at FROM range(0, 3)")
    .rows()
    .catch((error: unknown) => error);
  // SQL.POLICY_VIOLATION { violation: "volatile_function", object: "now", … }

  const parameters = { at: new Date("2026-01-31T12:00:00Z") };
  const rows = await session.sql("SELECT value, $at AS at FROM range(0, 3)", { parameters }).rows();
  // #endregion
  expect(refused).toMatchObject({ details: { violation: "volatile_function", object: "now" } });
  expect(rows).toHaveLength(3);
});

it("calls them where the determinism is fast or stable", async () => {
  for (const determinism of ["fast", "stable"] as const) {
    await using session = await openUnder("admin", { determinism });
    expect(await refusal(() => session.sql("SELECT random(), now(), current_date, uuid()").rows())).toBeNull();
  }
});
