import { parseProfile } from "@deltafuse/config/profile";
import { openSession } from "@deltafuse/session-core/session";
import { fromSubstrait, validateSubstrait } from "@deltafuse/session-core/substrait";
import { expect, it } from "vitest";

it("tells where columns come from", async () => {
  await using session = await openSession(parseProfile({ preset: "test", sql: { policy: "admin" } }));
  await session.execute("CREATE TABLE orders AS SELECT 1 AS customer, 10 AS amount, 'paid' AS state");
  // #region lineage
  const { columns, scans } = await session
    .sql("SELECT customer, sum(amount) AS total FROM orders WHERE state = 'paid' GROUP BY customer")
    .lineage();

  const total = columns[1]?.sources.map(({ column, direct, indirect }) => [column, direct, ...indirect]);
  // [["amount", "aggregate"], ["customer", "none", "group"], ["state", "none", "filter"]]
  const read = scans[0]?.projection; // ["customer", "amount", "state"]
  // #endregion
  expect([total, read]).toEqual([
    [
      ["amount", "aggregate"],
      ["customer", "none", "group"],
      ["state", "none", "filter"],
    ],
    ["customer", "amount", "state"],
  ]);
});

it("takes plans to other engines and back", async () => {
  await using session = await openSession(parseProfile({ preset: "test", sql: { policy: "admin" } }));
  await session.execute("CREATE TABLE orders AS SELECT value AS amount FROM range(0, 10)");
  // #region substrait
  const frame = session.sql("SELECT sum(amount) AS total FROM orders WHERE amount > 3");

  const { bytes, warnings } = await frame.toSubstrait(); // warnings: []
  const total = await fromSubstrait(session, bytes).scalar(); // 39n

  const { status, rowsEqual } = await validateSubstrait(frame, { execute: true }); // "same", true
  // #endregion
  expect([warnings, total, status, rowsEqual]).toEqual([[], 39n, "same", true]);
});
