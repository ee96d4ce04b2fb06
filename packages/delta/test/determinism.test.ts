import { call, col, lit } from "@deltafuse/session-core/expression";
import { expect, it } from "vitest";
import { deleteRows } from "../src/delete.ts";
import { writeTable } from "../src/write.ts";
import { rowsOf, testSite } from "./test-session.ts";

it("changes rows by what stays the same where the determinism is canonical", async () => {
  await using site = await testSite({}, { determinism: "canonical", sql: { policy: "admin" } });
  const target = { location: site.path("table") };
  await writeTable(site.session, target, { source: { rows: [{ id: 1 }, { id: 2 }] } });
  const refused = { code: "SQL.POLICY_VIOLATION", details: { violation: "volatile_function", object: "now" } };
  for (const where of ["now() IS NOT NULL", call("now").isNotNull()]) {
    await expect(deleteRows(site.session, target, { where })).rejects.toMatchObject(refused);
  }
  const source = site.session.sql("SELECT 3 AS id, now() AS at");
  await expect(writeTable(site.session, target, { source })).rejects.toMatchObject(refused);
  await deleteRows(site.session, target, {
    where: call("abs", lit(-1))
      .eq(lit(1))
      .and(call("abs", col("id")).eq(lit(2))),
  });
  expect(await rowsOf(site.session, target)).toEqual([{ id: 1 }]);
});
