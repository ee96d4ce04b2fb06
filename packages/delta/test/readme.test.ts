// #region imports
import { parseProfile } from "@deltafuse/config/profile";
import { registerDataset } from "@deltafuse/dataset-io/register";
import { delta } from "@deltafuse/delta/extension";
import { history } from "@deltafuse/delta/history";
import { upsertRows } from "@deltafuse/delta/merge";
import { readTable } from "@deltafuse/delta/scan";
import { writeTable } from "@deltafuse/delta/write";
import { openSession } from "@deltafuse/session-core/session";
// #endregion
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";

it("runs the example of the README", async () => {
  const folder = mkdtempSync(join(tmpdir(), "deltafuse-"));
  const location = join(folder, "flights");
  const printed: string[] = [];
  const print = (text: string): number => printed.push(text);
  // #region example
  const session = await openSession(parseProfile({}), { extensions: [delta()] });
  try {
    const source = { sql: "SELECT value AS id, value % 12 + 1 AS month, 0 AS delay FROM range(0, 1000)" };
    await writeTable(session, { location }, { source, partitionBy: ["month"] });
    await registerDataset(session, "flights", location);

    const corrections = { sql: "SELECT 7 AS id, 30 AS delay UNION ALL SELECT 1000, 5" };
    const { metrics } = await upsertRows(session, { dataset: "flights" }, { source: corrections, keys: ["id"] });
    print(`${metrics.rowsUpdated} updated, ${metrics.rowsInserted} inserted`);

    const before = await readTable(session, { location, version: 0 });
    print(`${await before.count()} rows at version 0, ${await session.table("flights").count()} now`);
    for (const { version, operation } of await history(session, { location })) print(`${version} ${operation}`);
  } finally {
    await session.close();
  }
  // #endregion
  rmSync(folder, { recursive: true });
  expect(printed).toEqual([
    "1 updated, 1 inserted",
    "1000 rows at version 0, 1001 now",
    "1 MERGE",
    expect.stringMatching(/^0 /),
  ]);
});
