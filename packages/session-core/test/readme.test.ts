// #region imports
import { parseProfile } from "@deltafuse/config/profile";
import { call, col } from "@deltafuse/session-core/expression";
import { openSession } from "@deltafuse/session-core/session";
// #endregion
import { expect, it } from "vitest";

it("runs the example of the README", async () => {
  const printed: string[] = [];
  const print = (text: string): number => printed.push(text);
  // #region example
  const session = await openSession(parseProfile({ memory: { limit: "1GiB" }, sql: { policy: "read_only" } }));
  try {
    const flights = session.fromRows([
      { origin: "ATL", delay: 12 },
      { origin: "ATL", delay: 30 },
      { origin: "ORD", delay: 7 },
    ]);
    const late = flights.filter(col("delay").gt(10)).aggregate({ by: ["origin"], values: { flights: call("count") } });
    print(await late.show());

    const stream = await session.sql("SELECT value FROM range(0, 1000000) WHERE value % 3 = 0").stream();
    let rows = 0;
    for await (const batch of stream.columns({ lent: true })) rows += batch.rows;
    print(`${rows} rows`);
  } finally {
    await session.close();
  }
  // #endregion
  expect(printed).toEqual([
    [
      "+--------+---------+",
      "| origin | flights |",
      "+--------+---------+",
      "| ATL    |       2 |",
      "+--------+---------+",
    ].join("\n"),
    "333334 rows",
  ]);
});
