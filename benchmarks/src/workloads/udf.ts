import { digestOf } from "../digest.ts";
import type { Suite, Workload } from "../workload.ts";
import { everySuite, outsideGate, sampleOf, wideNeed } from "./query-workload.ts";

interface UdfSpec {
  readonly name: string;
  readonly title: string;
  readonly suites: readonly Suite[];
  readonly sql: string;
  readonly ceilings: readonly string[];
}

const udf = ({ name, sql, ...spec }: UdfSpec): Workload => ({
  ...spec,
  id: `udf.js.${name}`,
  family: "udf.js",
  contestants: ["deltafuse", "duckdb"],
  data: [wideNeed],
  alone: false,
  watch: ["lag"],
  setup: (engine) => Promise.resolve({ run: async () => sampleOf(await engine.query(sql)) }),
  digest: async (engine) => digestOf(await engine.table(sql), { ordered: true }),
  counters: null,
  plan: null,
});

/**
 * Functions in JavaScript over all rows of a table. Functions that answer later and aggregates are not among them: neither
 * engine takes them from JavaScript.
 */
export const udfWorkloads: readonly Workload[] = [
  udf({
    name: "float64",
    title: "function of a column of float64",
    suites: everySuite,
    sql: "SELECT sum(js_curve(ratio)) AS total FROM wide",
    ceilings: ["udf-f64.duckdb", "udf.lag"],
  }),
  udf({
    name: "utf8",
    title: "function of a column of utf8",
    suites: everySuite,
    sql: "SELECT max(js_label(name)) AS last, sum(length(js_label(name))) AS characters FROM wide",
    ceilings: ["udf-utf8.duckdb", "udf.lag"],
  }),
  udf({
    name: "row",
    title: "function of single values",
    suites: outsideGate,
    sql: "SELECT sum(js_curve_row(ratio)) AS total FROM wide",
    ceilings: ["udf.lag"],
  }),
];
