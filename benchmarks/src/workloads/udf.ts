import { digestOf } from "../digest.ts";
import type { Engine } from "../contestant.ts";
import type { Counters, Suite, Workload, WorkloadContext } from "../workload.ts";
import { everySuite, outsideGate, sampleOf, wideNeed } from "./query-workload.ts";

interface UdfSpec {
  readonly name: string;
  readonly title: string;
  readonly suites: readonly Suite[];
  /** What is selected. */
  readonly select: string;
  readonly ceilings: readonly string[];
}

const overWide = (select: string): string => `SELECT ${select} FROM wide`;

/** A million rows with the columns that the functions take. */
const million = "SELECT value / 8e0 AS ratio, concat('key', CAST(value AS VARCHAR)) AS name FROM range(0, 1000000)";

/** How often the engine calls a function for a million rows. The functions of an engine are counted that is opened meanwhile. */
async function callbacks({ artifacts }: Engine, select: string, { open }: WorkloadContext): Promise<Counters> {
  const crossings = await artifacts?.crossings(async () => {
    const engine = await open();
    await engine.query(`SELECT ${select} FROM (${million}) AS wide`);
    await engine.close();
  });
  return crossings === undefined ? {} : { callbacksPerMillionRows: crossings.callbacks };
}

const udf = ({ name, select, ...spec }: UdfSpec): Workload => ({
  ...spec,
  id: `udf.js.${name}`,
  family: "udf.js",
  contestants: ["deltafuse", "duckdb"],
  data: [wideNeed],
  alone: false,
  watch: ["lag"],
  setup: (engine) => Promise.resolve({ run: async () => sampleOf(await engine.query(overWide(select))) }),
  digest: async (engine) => digestOf(await engine.table(overWide(select)), { ordered: true }),
  counters: (engine, context) => callbacks(engine, select, context),
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
    select: "sum(js_curve(ratio)) AS total",
    ceilings: ["udf-f64.duckdb", "udf.lag"],
  }),
  udf({
    name: "utf8",
    title: "function of a column of utf8",
    suites: everySuite,
    select: "max(js_label(name)) AS last, sum(length(js_label(name))) AS characters",
    ceilings: ["udf-utf8.duckdb", "udf.lag"],
  }),
  udf({
    name: "row",
    title: "function of single values",
    suites: outsideGate,
    select: "sum(js_curve_row(ratio)) AS total",
    ceilings: ["udf.lag"],
  }),
];
