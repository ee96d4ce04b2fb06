// #region example
import { parseProfile } from "@deltafuse/config/profile";
import { upsertRows } from "@deltafuse/delta/merge";
import { readTable } from "@deltafuse/delta/scan";
import { writeTable } from "@deltafuse/delta/write";
import { openSession } from "@deltafuse/session-core/session";

const session = await openSession(parseProfile({ memory: { limit: "1GiB" } }));
try {
  const trips = { location: "lake/trips" };
  const source = { sql: "SELECT * FROM (VALUES (1, 'Wien', 12.5), (2, 'Graz', 3.1)) AS t (id, city, km)" };
  const written = await writeTable(session, trips, { source, mode: "overwrite" });
  const corrections = { rows: [{ id: 2, city: "Graz", km: 4.5 }] };
  await upsertRows(session, trips, { source: corrections, keys: ["id"] });

  await session.createView("before", await readTable(session, { ...trips, version: written.version }));
  await session.createView("now", await readTable(session, trips));
  const both = session.sql("SELECT now.city, before.km AS was, now.km FROM before JOIN now USING (id) ORDER BY id");
  console.log(await both.show());
} finally {
  await session.close();
}
// #endregion
