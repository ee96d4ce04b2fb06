import { shapeNames } from "../data/shapes.ts";
import type { ColumnForm } from "../contestant.ts";
import type { DataNeed, Workload } from "../workload.ts";
import { everySuite, outsideGate, queryWorkload, sampleOf, wideNeed, wideSql } from "./query-workload.ts";
import { columnsDigest } from "./wide-touch.ts";

/** Rows of every shape in every suite. */
export const shapesNeed: DataNeed = { set: "shapes", scale: { smoke: 2000, gate: 100_000, full: 1_000_000 } };

const wide: Workload = {
  id: "transfer.columns.wide",
  family: "transfer.columns",
  title: "Parquet to columns in JavaScript",
  suites: everySuite,
  contestants: ["deltafuse", "floor", "duckdb", "polars"],
  data: [wideNeed],
  alone: false,
  watch: ["rss"],
  setup: async (engine) => ({ run: async () => sampleOf(await engine.columns(wideSql)) }),
  digest: columnsDigest,
  counters: async (engine) => (await engine.artifacts?.transfer(wideSql)) ?? {},
  plan: wideSql,
  ceilings: ["columns.floor", "columns.duckdb", "columns.polars", "columns.rss"],
};

const wideForm = (name: string, title: string, form: ColumnForm): Workload => ({
  ...wide,
  id: `transfer.columns.${name}`,
  title,
  suites: outsideGate,
  contestants: ["deltafuse", "duckdb", "polars"],
  setup: async (engine) => ({ run: async () => sampleOf(await engine.columns(wideSql, form)) }),
  digest: null,
  counters: null,
  plan: null,
  ceilings: [],
});

/** The first rows of a shape in an order that leaves nothing open. */
export const comparedShape = (table: string): string =>
  `SELECT * FROM ${table} ORDER BY ${table === "shape_dictionary" ? "1, 2" : "1"} LIMIT 2000`;

const shaped = (table: string): Workload => {
  const sql = `SELECT * FROM ${table}`;
  return {
    ...queryWorkload({
      id: `transfer.columns.${table.replace("shape_", "")}`,
      family: "transfer.columns",
      title: `columns of the shape ${table.replace("shape_", "")}`,
      suites: outsideGate,
      contestants: ["deltafuse", "floor", "duckdb", "polars"],
      data: [shapesNeed],
      sql,
      digestSql: comparedShape(table),
      ordered: false,
      ceilings: ["floor"],
      watch: ["rss"],
    }),
    counters: async (engine) => (await engine.artifacts?.transfer(sql)) ?? {},
  };
};

/** Tables as they leave the engines as columns. */
export const transferColumnsWorkloads: readonly Workload[] = [
  wide,
  wideForm("wide-owned", "Parquet to columns in JavaScript that stay", "owned"),
  wideForm("wide-table", "Parquet to one table of apache-arrow", "table"),
  ...shapeNames.map(shaped),
];
