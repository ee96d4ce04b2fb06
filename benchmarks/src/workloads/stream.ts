import type { Workload } from "../workload.ts";
import { everySuite, sampleOf, wideNeed, wideSql } from "./query-workload.ts";

const shared = {
  family: "stream",
  alone: false,
  watch: ["rss"],
  digest: null,
  counters: null,
  plan: null,
} as const satisfies Partial<Workload>;

type FirstSpec = Pick<Workload, "id" | "title" | "suites" | "data" | "ceilings"> & { readonly sql: string };

const firstBatch = ({ sql, ...spec }: FirstSpec): Workload => ({
  ...shared,
  ...spec,
  contestants: ["deltafuse", "floor", "duckdb"],
  setup: (engine) =>
    Promise.resolve({
      run: async () => {
        const { rows, metrics, end } = await engine.firstBatch(sql);
        const answer = [rows > 0 ? "some rows" : "no rows"];
        return { answer, after: end, ...(metrics === undefined ? {} : { metrics }) };
      },
    }),
});

const slowConsumer: Workload = {
  ...shared,
  id: "stream.slow-consumer",
  title: "memory while the consumer is slow",
  suites: everySuite,
  contestants: ["deltafuse", "floor", "duckdb"],
  data: [wideNeed],
  alone: true,
  setup: (engine) => Promise.resolve({ run: async () => sampleOf(await engine.slowColumns(wideSql)) }),
  ceilings: ["columns.rss"],
};

/** From the text of a query to the first rows of its stream, and a stream whose consumer is slow. */
export const streamWorkloads: readonly Workload[] = [
  firstBatch({
    id: "stream.first-batch",
    title: "first batch of a large scan",
    suites: everySuite,
    data: [wideNeed],
    sql: wideSql,
    ceilings: ["floor", "stream.first-batch"],
  }),
  firstBatch({
    id: "stream.first-batch-lineitem",
    title: "first batch of lineitem",
    suites: ["gate", "full"],
    data: [{ set: "tpch", scale: { smoke: 0.1, gate: 1, full: 1 } }],
    sql: "SELECT * FROM lineitem",
    ceilings: ["floor", "stream.first-batch"],
  }),
  firstBatch({
    id: "stream.first-batch-ordered",
    title: "first batch of an ordered query",
    suites: everySuite,
    data: [wideNeed],
    sql: "SELECT id, ratio FROM wide ORDER BY ratio, id",
    ceilings: ["floor"],
  }),
  slowConsumer,
];
