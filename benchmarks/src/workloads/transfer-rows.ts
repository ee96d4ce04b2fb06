import { shapeNames } from "../data/shapes.ts";
import { digestOf } from "../digest.ts";
import type { Engine, RowMode } from "../contestant.ts";
import type { Sample, Workload } from "../workload.ts";
import { everySuite, outsideGate, wideNeed, wideSql } from "./query-workload.ts";
import { comparedShape, shapesNeed } from "./transfer-columns.ts";
import { countingTouch, rowsDigest, wideTouch } from "./wide-touch.ts";

const shared = {
  family: "transfer.rows",
  contestants: ["deltafuse", "duckdb", "polars"],
  data: [wideNeed],
  alone: false,
  watch: ["rss"],
  // Rows of the peers take seconds.
  repetition: { longRuns: 1 },
  counters: null,
  plan: null,
} as const satisfies Partial<Workload>;

async function batches(engine: Engine, mode: RowMode): Promise<Sample> {
  const touch = wideTouch();
  await engine.rows({ sql: wideSql, mode }, touch.visit);
  return { answer: touch.answer() };
}

async function oneByOne(engine: Engine, mode: RowMode): Promise<Sample> {
  const touch = wideTouch();
  await engine.eachRow({ sql: wideSql, mode }, touch.visit);
  return { answer: touch.answer() };
}

async function gathered(engine: Engine, mode: RowMode): Promise<Sample> {
  const touch = wideTouch();
  for (const row of await engine.rowArray({ sql: wideSql, mode })) touch.visit(row);
  return { answer: touch.answer() };
}

interface RowSpec extends Pick<Workload, "title" | "ceilings" | "suites"> {
  readonly name: string;
  readonly mode: RowMode;
  readonly run: (engine: Engine, mode: RowMode) => Promise<Sample>;
  readonly against?: string;
}

const wide = ({ name, mode, run, ...spec }: RowSpec): Workload => ({
  ...shared,
  ...spec,
  id: `transfer.rows.${name}`,
  setup: (engine) => Promise.resolve({ run: () => run(engine, mode) }),
  digest: (engine) => rowsDigest(engine, mode),
});

const wideRows: readonly Workload[] = [
  wide({
    name: "lossless",
    title: "row batches, exact values",
    mode: "exact",
    run: batches,
    suites: everySuite,
    ceilings: ["rows-lossless.duckdb", "rows.rss"],
  }),
  wide({
    name: "plain",
    title: "row batches, plain values",
    mode: "plain",
    run: batches,
    suites: everySuite,
    ceilings: ["rows-plain.duckdb", "rows.rss"],
  }),
  wide({
    name: "numbers",
    title: "row batches, numbers",
    mode: "numbers",
    run: batches,
    suites: everySuite,
    ceilings: ["rows-numbers.duckdb", "rows.rss"],
  }),
  wide({
    name: "json",
    title: "row batches, values for JSON",
    mode: "json",
    run: batches,
    suites: outsideGate,
    ceilings: [],
  }),
  wide({
    name: "array",
    title: "all rows in one array, plain values",
    mode: "plain",
    run: gathered,
    suites: everySuite,
    ceilings: ["rows-array.duckdb"],
  }),
  wide({
    name: "loop",
    title: "row by row, plain values",
    mode: "plain",
    run: oneByOne,
    suites: everySuite,
    ceilings: ["rows-loop.batches"],
    against: "transfer.rows.plain",
  }),
];

const shaped = (table: string): Workload => {
  const sql = `SELECT * FROM ${table}`;
  const name = table.replace("shape_", "");
  return {
    ...shared,
    id: `transfer.rows.${name}`,
    title: `row batches of the shape ${name}, exact values`,
    suites: outsideGate,
    data: [shapesNeed],
    setup: (engine) =>
      Promise.resolve({
        run: async () => {
          const touch = countingTouch();
          await engine.rows({ sql, mode: "exact" }, touch.visit);
          return { answer: touch.answer() };
        },
      }),
    digest: async (engine) => digestOf(await engine.table(comparedShape(table)), { ordered: false }),
    ceilings: [],
  };
};

/** Tables as they leave the engines as row objects. */
export const transferRowsWorkloads: readonly Workload[] = [...wideRows, ...shapeNames.map(shaped)];
