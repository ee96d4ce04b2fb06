import { createHash } from "node:crypto";
import { parseProfile } from "@deltafuse/config/profile";
import { openSession } from "@deltafuse/session-core/session";
import { createDatasetCatalog } from "../src/dataset-catalog.ts";
import { datasets } from "../src/register.ts";

/** What identifies a plan: digests of its stages and of what is told of it. */
export interface PlanDigests {
  readonly p0: string;
  readonly p1: string;
  readonly fingerprint: string;
  readonly substrait: string;
  readonly lineage: string;
}

const queries = [
  "SELECT origin, sum(delay) AS total FROM flights WHERE month < 3 AND delay > $1 GROUP BY origin ORDER BY total DESC LIMIT 3",
  "SELECT f.origin, a.name FROM flights f JOIN airports a ON f.origin = a.code WHERE f.delay IN (SELECT max(delay) FROM flights)",
  "WITH late AS (SELECT origin, delay, rank() OVER (PARTITION BY origin ORDER BY delay) AS place FROM flights) SELECT * FROM late_flights, late",
];

const digest = (text: string): string => createHash("sha256").update(text).digest("hex");

/** The digests of some plans over files of a folder. */
export async function planDigests(folder: string): Promise<readonly PlanDigests[]> {
  const catalog = createDatasetCatalog({ flights: { uri: "flights/" }, airports: { uri: "airports.csv" } });
  const profile = parseProfile({ preset: "test", sql: { policy: "admin" } });
  const session = await openSession(profile, { extensions: [datasets({ catalog, base: folder })] });
  try {
    await session.execute(
      "CREATE VIEW late_flights AS SELECT origin AS start, delay AS late FROM flights WHERE delay > 5",
    );
    const found: PlanDigests[] = [];
    for (const [index, text] of queries.entries()) {
      const frame = session.sql(text, index === 0 ? { parameters: [1] } : {});
      const { p0, p1, planFingerprint, substrait, lineage } = await frame.artifact({ substrait: true, lineage: true });
      found.push({
        p0: p0.digest,
        p1: p1.digest,
        fingerprint: planFingerprint,
        substrait: digest(substrait ?? ""),
        lineage: digest(JSON.stringify(lineage)),
      });
    }
    return found;
  } finally {
    await session.close();
  }
}
