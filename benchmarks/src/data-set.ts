/** The tables of a run, each one Parquet file. */
export interface DataSet {
  /** Rows of `wide`. */
  readonly rows: number;
  /** Absolute path by name of the table. */
  readonly tables: Readonly<Record<TableName, string>>;
}

/** Name of a table. */
export type TableName = "wide" | "groups";

/** Rows of `groups`, whose `key` is `wide.id` modulo this number. */
export const groupKeys = 100_000;
