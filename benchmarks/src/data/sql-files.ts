import { join } from "node:path";
import { writeDataset } from "@deltafuse/dataset-io/write";
import { parseProfile } from "@deltafuse/config/profile";
import { openSession, type Session } from "@deltafuse/session-core/session";

/** Does something with a session of DeltaFuse that is open for it alone. Its rows come in one order: it has one partition. */
export async function withSession(work: (session: Session) => Promise<void>): Promise<void> {
  const session = await openSession(parseProfile({ execution: { targetPartitions: 1 } }));
  try {
    await work(session);
  } finally {
    await session.close();
  }
}

/** Writes the rows of queries as one Parquet file each. The queries are by the names of the files, without their ending. */
export async function writeSqlFiles(folder: string, queries: Readonly<Record<string, string>>): Promise<void> {
  await withSession(async (session) => {
    for (const [name, sql] of Object.entries(queries)) {
      await writeDataset(session, { source: { sql }, target: join(folder, `${name}.parquet`) });
    }
  });
}

/**
 * A whole number from 0 to 1 000 002 for the row `value`, in SQL, different for every salt, evenly spread.
 *
 * @param salt - A whole number below 1000.
 */
export function spread(salt: number): string {
  return `((value * ${1_299_709 + 7919 * salt} + ${salt * 104_729}) % 1000003)`;
}

/** The same, but small numbers are much more frequent. */
export function skewed(salt: number): string {
  const even = spread(salt);
  return `((${even} * ${even} / 1000003) * ${even} / 1000003)`;
}
