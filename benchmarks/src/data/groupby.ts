import type { DataSet } from "../data-set.ts";
import { spread, writeSqlFiles } from "./sql-files.ts";

const text = (prefix: string, expression: string): string => `concat('${prefix}', CAST(${expression} AS VARCHAR))`;

/** Keys of few and of many values; `v3` has eighths, whose sums are exact in any order. */
function factsSql(rows: number): string {
  const many = Math.max(1, Math.floor(rows / 100));
  return `SELECT
    ${text("id", `${spread(1)} % 100`)} AS id1,
    ${text("id", `${spread(2)} % 100`)} AS id2,
    ${text("id", `(${spread(3)} * 1000003 + ${spread(4)}) % ${many}`)} AS id3,
    ${spread(5)} % 100 AS id4,
    ${spread(6)} % 1000 AS id5,
    (${spread(7)} * 1000003 + ${spread(8)}) % ${many} AS id6,
    1 + ${spread(9)} % 5 AS v1,
    1 + ${spread(10)} % 15 AS v2,
    ${spread(11)} / 8e0 AS v3
    FROM range(0, ${rows})`;
}

const keysSql = (name: string, key: string, rows: number): string =>
  `SELECT ${key} AS ${name}, ${spread(12)} / 8e0 AS v4 FROM range(0, ${rows})`;

/** One table of facts and three to join it with; the scale is the number of rows of the facts. */
export const groupbyData: DataSet = {
  id: "groupby",
  version: 1,
  tables: {
    x: { path: "x.parquet", format: "parquet" },
    small: { path: "small.parquet", format: "parquet" },
    medium: { path: "medium.parquet", format: "parquet" },
    big: { path: "big.parquet", format: "parquet" },
  },
  make: ({ folder, scale }) =>
    writeSqlFiles(folder, {
      x: factsSql(scale),
      small: keysSql("id4", "value", 90),
      medium: `SELECT value AS id5, ${text("id", "value")} AS id2, ${spread(12)} / 8e0 AS v4 FROM range(0, 900)`,
      big: keysSql("id6", "value", Math.max(1, Math.floor(scale / 110))),
    }),
};
