import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { parseProfile } from "@deltafuse/config/profile";
import { writeDataset } from "@deltafuse/dataset-io/write";
import { openSession } from "@deltafuse/session-core/session";
import { type DataSet, groupKeys } from "./data-set.ts";

/** Part of the names of the files: raise it when the queries below change. */
const generation = 1;

/** int64, float64, utf8 of 11 characters, timestamp (whole milliseconds, so that a Date is exact), decimal(15,2). */
const wideSql = (rows: number): string => `
  SELECT
    value AS id,
    (value * 7919) % 1000003 / 7e0 AS ratio,
    concat('key', lpad(CAST((value * 31) % 99999989 AS VARCHAR), 8, '0')) AS name,
    arrow_cast(1577836800000000 + value * 1003000, 'Timestamp(Microsecond, None)') AS moment,
    CAST(CAST((value * 104729) % 1000000007 AS DECIMAL(15, 2)) / 100 AS DECIMAL(15, 2)) AS amount
  FROM range(0, ${rows})`;

const groupsSql = `
  SELECT value AS key, concat('category ', CAST((value * 17) % 97 AS VARCHAR)) AS category
  FROM range(0, ${groupKeys})`;

/** Makes the tables with DeltaFuse, unless the folder has them from an earlier run. */
export async function makeData(folder: string, rows: number): Promise<DataSet> {
  const path = (name: string): string => join(folder, `${name}-${generation}.parquet`);
  const data: DataSet = { rows, tables: { wide: path(`wide-${rows}`), groups: path("groups") } };
  const queries: readonly (readonly [target: string, sql: string])[] = [
    [data.tables.wide, wideSql(rows)],
    [data.tables.groups, groupsSql],
  ];
  const missing = queries.filter(([target]) => !existsSync(target));
  if (missing.length === 0) return data;
  mkdirSync(folder, { recursive: true });
  const session = await openSession(parseProfile({ preset: "default" }));
  try {
    for (const [target, sql] of missing) await writeDataset(session, { source: { sql }, target });
  } finally {
    await session.close();
  }
  return data;
}
