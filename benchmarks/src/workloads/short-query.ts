import { groupKeys } from "../data/wide.ts";

const shortSql = (first: string, end: string): string => `SELECT category, count(*) AS n FROM groups
  WHERE key >= ${first} AND key < ${end} GROUP BY category ORDER BY n DESC, category LIMIT 10`;

/** The bounds of a short query, others for every number. */
export function shortBounds(query: number): readonly [first: number, end: number] {
  const first = (query * 7919) % (groupKeys - 1000);
  return [first, first + 1000];
}

/** A short query over Parquet, another one for every number. */
export function shortQuery(query: number): string {
  const [first, end] = shortBounds(query);
  return shortSql(String(first), String(end));
}

/** The same with its bounds as the parameters `$1` and `$2`. */
export const shortPrepared: string = shortSql("$1", "$2");
