import { createRequire } from "node:module";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";

/** The files of the npm package vega-datasets. */
export const data: string = join(createRequire(import.meta.url).resolve("vega-datasets"), "../../data");

/** Rows of a query by another engine, each cell as the text that a table shows. */
export async function duckdbRows(sql: string): Promise<Record<string, string>[]> {
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  try {
    const result = await connection.runAndReadAll(sql);
    const cells = (row: object): [string, string][] =>
      Object.entries(row).map(([name, value]) => [name, value === null ? "NULL" : String(value)]);
    return result.getRowObjectsJson().map((row) => Object.fromEntries(cells(row)));
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
