import type { DataSet } from "../data-set.ts";
import { writeSqlFiles } from "./sql-files.ts";

/** Rows of `groups`, whose `key` is `wide.id` modulo this number. */
export const groupKeys = 100_000;

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

/** The scale is the number of rows of `wide`. */
export const wideData: DataSet = {
  id: "wide",
  version: 1,
  tables: {
    wide: { path: "wide.parquet", format: "parquet" },
    groups: { path: "groups.parquet", format: "parquet" },
  },
  make: ({ folder, scale }) => writeSqlFiles(folder, { wide: wideSql(scale), groups: groupsSql }),
};
