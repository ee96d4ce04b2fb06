import type { DataNeed, Workload } from "../workload.ts";
import { outsideGate, type QuerySpec, queryWorkload } from "./query-workload.ts";

const events: DataNeed = { set: "events", scale: { smoke: 5000, gate: 1_000_000, full: 1_000_000 } };

type TextSpec = Pick<QuerySpec, "title" | "sql" | "ordered"> & Partial<QuerySpec>;

const scan = (format: "csv" | "json", name: string, spec: TextSpec): Workload =>
  queryWorkload({
    id: `scan.${format}.${name}`,
    family: `scan.${format}`,
    suites: outsideGate,
    contestants: ["deltafuse", "floor", "duckdb", "polars"],
    data: [events],
    ceilings: ["floor"],
    ...spec,
  });

const csvColumns = "SELECT id, kind, name, city, value, note FROM events_csv";

const jsonSums = (city: string, tags: string): string =>
  `SELECT ${city} AS city, count(*) AS n, sum(value) AS total, max(note) AS note, sum(${tags}) AS tags
    FROM events_json GROUP BY ${city} ORDER BY city NULLS LAST`;

/** Queries over files of text, whose values have quotes, escapes and nulls. */
export const textScanWorkloads: readonly Workload[] = [
  scan("csv", "full", {
    title: "all columns of CSV",
    sql: csvColumns,
    digestSql: `${csvColumns} WHERE id < 5000`,
    ordered: false,
  }),
  scan("csv", "aggregates", {
    title: "group by over CSV",
    sql: `SELECT city, count(*) AS n, sum(value) AS total, max(note) AS note FROM events_csv
      GROUP BY city ORDER BY city NULLS LAST`,
    ordered: true,
  }),
  scan("json", "full", {
    title: "columns of JSON, without the nested ones",
    sql: "SELECT id, kind, value, note FROM events_json",
    digestSql: "SELECT id, kind, value, note FROM events_json WHERE id < 5000",
    ordered: false,
  }),
  scan("json", "nested", {
    title: "group by a member of objects in JSON, with the lengths of lists",
    sql: jsonSums("person['city']", "array_length(tags)"),
    dialects: { polars: jsonSums("person.city", "ARRAY_LENGTH(tags)") },
    ordered: true,
  }),
];
