// #region imports
import { parseProfile } from "@deltafuse/config/profile";
import { openSession } from "@deltafuse/session-core/session";
// #endregion
import { tableFromIPC } from "apache-arrow";
import { expect, it } from "vitest";

it("reads rows, batches and columns of a stream", async () => {
  await using session = await openSession(parseProfile({ preset: "test" }));
  // #region rows
  const orders = session.sql("SELECT value AS id, value * 0.5 AS price FROM range(0, 100000)");

  let total = 0;
  await using stream = await orders.stream();
  for await (const batch of stream.rowBatches<{ id: number; price: number }>({ values: "plain" })) {
    for (const { price } of batch) total += price;
  }
  // #endregion
  // #region columns
  let sum = 0;
  await using columnar = await orders.stream();
  for await (const { rows, columns } of columnar.columns({ lent: true })) {
    const [, price] = columns;
    if (price?.values instanceof Float64Array) for (let row = 0; row < rows; row += 1) sum += price.values[row] ?? 0;
  }
  // #endregion
  expect([total, sum]).toEqual([2_499_975_000, 2_499_975_000]);
});

it("gives a whole result, and stops at a limit", async () => {
  await using session = await openSession(parseProfile({ preset: "test" }));
  const orders = session.sql("SELECT value AS id FROM range(0, 100000)");
  // #region whole
  const first = await orders.first(); // { id: 0n }, or null
  const count = await orders.count(); // 100_000
  const some = await orders.rows({ maxRows: 10, onLimit: "truncate" });
  // some.length: 10, some.truncated: true
  const refused = await orders.rows({ maxRows: 10 }).catch((error: unknown) => error);
  // QUERY.RESULT_TOO_LARGE { limit: 10, unit: "rows", … }
  // #endregion
  expect([first, count, some.length, some.truncated]).toEqual([{ id: 0n }, 100_000, 10, true]);
  expect(refused).toMatchObject({ code: "QUERY.RESULT_TOO_LARGE" });
});

it("answers a request with Arrow IPC", async () => {
  await using session = await openSession(parseProfile({ preset: "test" }));
  // #region ipc
  const stream = await session.sql("SELECT value FROM range(0, 1000)").stream();
  const response = new Response(stream.ipc(), { headers: { "content-type": "application/vnd.apache.arrow.stream" } });
  // #endregion
  expect(tableFromIPC(new Uint8Array(await response.arrayBuffer())).numRows).toBe(1000);
});
