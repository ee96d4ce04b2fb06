import { join } from "node:path";
import { registerDataset } from "@deltafuse/dataset-io/register";
import { deleteRows } from "@deltafuse/delta/delete";
import { history } from "@deltafuse/delta/history";
import { upsertRows } from "@deltafuse/delta/merge";
import { readTable } from "@deltafuse/delta/scan";
import { writeTable } from "@deltafuse/delta/write";
import { col } from "@deltafuse/session-core/expression";
import type { Session } from "@deltafuse/session-core/session";
import { output } from "./folders.ts";
import { count, print } from "./step.ts";

const table = { location: join(output, "flights") };

/** Step 5: a Delta table that is written, appended to, corrected and cut, then read as it was and as it is. */
export async function changeTable(session: Session): Promise<void> {
  const numbered = session.sql(`
    SELECT row_number() OVER (ORDER BY date, delay, distance, origin, destination) AS id, *,
           CAST(date_part('month', date) AS INT) AS month
    FROM flights`);
  const isEarly = col("month").lte(3);
  await writeTable(session, table, { source: numbered.filter(isEarly), partitionBy: ["month"] });
  await writeTable(session, table, { source: numbered.filter(isEarly.not()), mode: "append" });

  // Nobody departs two hours early: these delays are wrong.
  const current = await readTable(session, table);
  const wrong = await current.filter(col("delay").lt(-120)).rows();
  const corrections = { rows: wrong.map((flight) => ({ ...flight, delay: 0n })), schema: await current.schema() };
  await upsertRows(session, table, { source: corrections, keys: ["id"] });
  const deleted = await deleteRows(session, table, { where: "distance < 100", userMetadata: "no short hops" });
  print(`Corrected ${wrong.length} flights by id, deleted ${count(deleted.metrics.rowsDeleted)}.`);

  await registerDataset(session, "lake", table.location);
  const first = await readTable(session, { ...table, version: 0 });
  print(
    `Version 0 has ${count(await first.count())} flights, now there are ${count(await session.table("lake").count())}:`,
  );
  print(
    await session
      .sql("SELECT month, count(*) AS flights, min(delay) AS earliest FROM lake GROUP BY month ORDER BY month")
      .show(),
  );

  const commits = await history(session, table);
  const rows = commits.map(({ version, operation, userMetadata }) => ({
    version,
    operation,
    note: userMetadata ?? null,
  }));
  print(await session.fromRows(rows).show());
}
