// #region imports
import { parseProfile } from "@deltafuse/config/profile";
import { assertPlanUnchanged, diffPlanArtifacts } from "@deltafuse/session-core/plan-diff";
import { openSession } from "@deltafuse/session-core/session";
import { sql } from "@deltafuse/session-core/sql";
// #endregion
import { expect, it } from "vitest";

it("refuses what the policy forbids", async () => {
  // #region policy
  await using session = await openSession(
    parseProfile({ sql: { policy: { base: "read_only", functions: { deny: ["random"] } } } }),
  );

  const refused = await session.execute("EXPLAIN ANALYZE DELETE FROM orders").catch((error: unknown) => error);
  // SQL.POLICY_VIOLATION { violation: "dml", statementKind: "dml", policy: "custom", object: "DELETE" }

  const narrowed = session.sql("EXPLAIN ANALYZE SELECT 1", { policy: { explainAnalyze: false } });
  // its terminals reject with SQL.POLICY_VIOLATION { violation: "explain_analyze", … }
  // #endregion
  expect(refused).toMatchObject({
    code: "SQL.POLICY_VIOLATION",
    details: { violation: "dml", statementKind: "dml", policy: "custom", object: "DELETE" },
  });
  await expect(narrowed.rows()).rejects.toMatchObject({ details: { violation: "explain_analyze" } });
});

it("makes parameters of the values of a tagged query", async () => {
  await using session = await openSession(parseProfile({ preset: "test" }));
  // #region tag
  const wanted = [2, 3, 5];
  const even = sql`value % ${2} = 0`;
  const rows = await session
    .sql(sql`SELECT value FROM range(0, 10) WHERE ${sql.in("value", wanted)} AND NOT ${even}`)
    .rows();
  // text: SELECT value FROM range(0, 10) WHERE "value" IN ($1, $2, $3) AND NOT value % $4 = 0
  // #endregion
  expect([...rows]).toEqual([{ value: 3n }, { value: 5n }]);
});

it("binds values to a prepared statement", async () => {
  await using session = await openSession(parseProfile({ preset: "test" }));
  // #region prepared
  await using below = await session.prepare("SELECT value FROM range(0, 10) WHERE value < $limit");
  // below.parameters: [{ name: "limit", type: "int64" }]
  const two = await below.bind({ limit: 2 }).rows();
  const three = await below.bind({ limit: 3 }).count();
  // #endregion
  expect([below.parameters, [...two], three]).toEqual([
    [{ name: "limit", type: "int64" }],
    [{ value: 0n }, { value: 1n }],
    3,
  ]);
});

it("gives tables to a statement", async () => {
  await using session = await openSession(parseProfile({ preset: "test" }));
  // #region tables
  const prices = [
    { id: 1, price: 9.5 },
    { id: 2, price: 12 },
  ];
  const orders = session.sql("SELECT value AS id FROM range(0, 3)");
  const named = await session
    .sql("SELECT o.id, p.price FROM orders o JOIN prices p ON o.id = p.id WHERE p.price > $least", {
      tables: { orders, prices },
      parameters: { least: 10 },
    })
    .rows();
  const tagged = await session.sql(sql`SELECT count(*) AS n FROM ${orders} AS o WHERE o.id < ${2}`).rows();
  // #endregion
  expect([[...named], [...tagged]]).toEqual([[{ id: 2n, price: 12 }], [{ n: 2n }]]);
});

it("keeps the rows of a query, and reads its partitions side by side", async () => {
  await using session = await openSession(parseProfile({ preset: "test", execution: { targetPartitions: 4 } }));
  // #region spool
  await using drawn = await session.sql("SELECT value, random() AS r FROM range(0, 1000)").spool();
  const [count, first] = [await drawn.count(), await drawn.head(1).rows()]; // the query has run once

  const grouped = "SELECT value % 1000 AS g, count(*) AS n FROM range(0, 40000) GROUP BY 1";
  const streams = await session.sql(grouped).streamPartitions();
  const counts = await Promise.all(
    streams.map(async (stream) => {
      let rows = 0;
      for await (const batch of stream.columns()) rows += batch.rows;
      return rows;
    }),
  );
  // #endregion
  expect([count, first.length, counts.length, counts.reduce((sum, rows) => sum + rows)]).toEqual([1000, 1, 4, 1000]);
});

it("shows where two plans part", async () => {
  await using session = await openSession(parseProfile({ preset: "test" }));
  // #region plans
  const before = await session.sql("SELECT value FROM range(0, 10) WHERE value > 3").artifact();
  const after = await session.sql("SELECT value FROM range(0, 10) WHERE value > 4").artifact();

  const { firstStage, text, summary } = diffPlanArtifacts(before, after);
  // firstStage: "p0", summary: "Changed: p0, p1.", text.p1: a unified diff of the optimised plans
  // #endregion
  expect([firstStage, summary, text.p1.startsWith("--- before p1")]).toEqual(["p0", "Changed: p0, p1.", true]);
  expect(() => assertPlanUnchanged(before, after)).toThrow(expect.objectContaining({ code: "PLAN.CHANGED" }));
});
