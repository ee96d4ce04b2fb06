import { parseProfile } from "@deltafuse/config/profile";
import { openSession } from "@deltafuse/session-core/session";
import { expect, it } from "vitest";
// #region imports
import { check } from "@deltafuse/schema/constraint";
import { checkContract, contractFromTable } from "@deltafuse/schema/contract";
import { float64, int64, timestamp, utf8 } from "@deltafuse/schema/field-type";
import { type RowOf, table } from "@deltafuse/schema/table-spec";
import { validateFrame } from "@deltafuse/schema/validate";
import { renderViolations } from "@deltafuse/schema/violation";
// #endregion

it("runs the example of the README", async () => {
  await using session = await openSession(parseProfile({ preset: "test" }));
  // #region example
  const orders = table(
    "orders",
    { id: int64().notNull(), at: timestamp("us", "UTC"), price: float64(), city: utf8() },
    { key: ["id"], constraints: [check("price >= 0", "price_not_negative")] },
  );
  type Order = RowOf<typeof orders>; // { id: bigint; at: TimestampValue | null; price: number | null; … }

  const frame = session.sql("SELECT * FROM (VALUES (1, 2.5, 'Wien'), (1, -1.0, 'Graz')) AS t(id, price, city)");
  const report = checkContract(contractFromTable(orders, { policy: "RELAXED" }), {
    name: "orders",
    fields: await frame.schema(),
  });
  const result = await validateFrame(frame, orders, { mode: "report" });
  const text = renderViolations([...report.violations, ...result.errors]);
  // #endregion
  const row: Pick<Order, "id"> = { id: 1n };
  expect(row).toEqual({ id: 1n });
  expect(text).toBe(
    [
      "orders: 3 violations",
      "  id: 2 rows with a key that another row has. [duplicate_keys]",
      "  at: The column is missing, expected timestamp(us, UTC). [missing_column]",
      "  price_not_negative: 1 row for which the check is false. [check_violation]",
    ].join("\n"),
  );
});
