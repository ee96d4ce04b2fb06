import { readJsonLines } from "@deltafuse/telemetry/json-lines";
import type { Telemetry } from "@deltafuse/telemetry/telemetry";
import type { Session } from "@deltafuse/session-core/session";
import { records } from "./folders.ts";
import { count, print } from "./step.ts";

/** Step 6: a query that would run for hours is stopped after a second, its work in the engine too. */
export async function abortQuery(session: Session): Promise<void> {
  const pairs = "SELECT count(*) FROM flights a JOIN flights b ON a.delay * b.distance > b.delay * a.distance";
  const signal = AbortSignal.timeout(1000);
  const began = performance.now();
  try {
    await session.sql(pairs).rows({ signal });
  } catch (error) {
    if (error !== signal.reason) throw error;
  }
  const late = Math.round(performance.now() - began - 1000);
  print(`Comparing 9 trillion pairs was aborted after 1 s and ended ${late} ms later.`);
  print(`The session still works: ${count(await session.table("airports").count())} airports.`);
}

/** Step 7: what a query is, as data, and the records of everything that ran. */
export async function showEvidence(session: Session, telemetry: Telemetry): Promise<void> {
  const states = session.sql(`
    SELECT state, count(*) AS flights, round(avg(delay), 1) AS "average delay"
    FROM airports JOIN lake ON iata = origin GROUP BY state ORDER BY flights DESC`);
  print(await states.show({ limit: 3 }));
  const { planFingerprint, tables } = await states.artifact();
  print(`The plan of this query has the fingerprint ${planFingerprint} and reads`);
  const read = tables.map(({ name, kind, deltaVersion }) => ({ table: name, kind, "Delta version": deltaVersion }));
  print(await session.fromRows(read).show());

  await telemetry.flush();
  const kinds = new Map<string, number>();
  for await (const { kind } of readJsonLines(records)) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  const counts = [...kinds].map(([kind, number]) => ({ kind, records: number }));
  print(await session.fromRows(counts).sort("kind").show());
}
