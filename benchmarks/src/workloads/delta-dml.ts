import { cp, rm } from "node:fs/promises";
import { join } from "node:path";
import { ordersSql } from "../data/delta.ts";
import type { DeltaEngine, Ran } from "../contestant.ts";
import { digestOf } from "../digest.ts";
import type { DataNeed, Workload, WorkloadContext } from "../workload.ts";
import { everySuite, sampleOf } from "./query-workload.ts";
import { commitCounters, commitsOf } from "./written-files.ts";

const need: DataNeed = { set: "delta-orders", scale: { smoke: 20_000, gate: 500_000, full: 5_000_000 } };

/** A change of the table at a path, which has so many rows. */
type Change = (delta: DeltaEngine, path: string, rows: number) => Promise<Ran>;

/** A part of the orders with other values, spread over the whole table, and a few new ones. */
function sourceSql(rows: number, part: number): string {
  const step = Math.round(1 / part);
  const changed = `SELECT order_key, customer_key, region, CAST(total + 1 AS DECIMAL(15, 2)) AS total, order_date, 'changed' AS comment
    FROM orders_listing WHERE order_key % ${step} = 0`;
  return `${changed} UNION ALL ${ordersSql(rows, Math.max(1, Math.floor(rows * part * 0.1)))}`;
}

const upsert =
  (part: number, where = ""): Change =>
  (delta, path, rows) =>
    delta.merge({ sql: sourceSql(rows, part), path, on: `target.order_key = source.order_key${where}` });

async function copyOf(context: WorkloadContext, table: string): Promise<string> {
  const path = join(context.scratch, table);
  await rm(path, { recursive: true, force: true });
  await cp(context.tables[table]?.path ?? "", path, { recursive: true });
  return path;
}

const rowsOf = ({ scales }: WorkloadContext): number => scales[need.set] ?? 0;

interface DmlSpec extends Pick<Workload, "title" | "ceilings"> {
  readonly name: string;
  readonly table: "orders_delta" | "orders_partitions";
  readonly change: Change;
  readonly memoryGiB?: number;
}

const changed =
  "SELECT count(*) AS n, sum(order_key) AS keys, sum(total) AS total, max(comment) AS last, min(comment) AS first FROM changed";

const dml = ({ name, table, change, title, ceilings, memoryGiB }: DmlSpec): Workload => ({
  id: `delta.dml.${name}`,
  family: "delta.dml",
  title,
  suites: everySuite,
  contestants: ["deltafuse", "floor"],
  data: [need],
  alone: false,
  watch: ["rss"],
  // Every run copies the table first.
  repetition: { warmUps: 1, leastRuns: 3, leastMs: 0 },
  setup: async (shared, context) => {
    const engine = memoryGiB === undefined ? shared : await context.open({ memoryGiB });
    const delta = await engine.delta();
    let path = "";
    return {
      before: async () => {
        path = await copyOf(context, table);
      },
      run: async () => sampleOf(await change(delta, path, rowsOf(context))),
      close: async () => {
        await rm(path, { recursive: true, force: true });
        if (engine !== shared) await engine.close();
      },
    };
  },
  digest: async (engine, context) => {
    const path = await copyOf(context, table);
    const delta = await engine.delta();
    await change(delta, path, rowsOf(context));
    return digestOf(await delta.table(path, changed), { ordered: true });
  },
  counters: async (engine, context) => {
    const path = await copyOf(context, table);
    const before = await commitsOf(path);
    await change(await engine.delta(), path, rowsOf(context));
    return commitCounters((await commitsOf(path)).slice(before.length));
  },
  plan: null,
  ceilings,
});

const merge = { table: "orders_delta", ceilings: ["merge.floor", "merge.rss"] } as const;

/** Changes of rows of a Delta table, of a fresh copy each. */
export const deltaDmlWorkloads: readonly Workload[] = [
  dml({ ...merge, name: "merge-1", title: "merge 1 % of the rows", change: upsert(0.01) }),
  dml({ ...merge, name: "merge-10", title: "merge 10 % of the rows", change: upsert(0.1) }),
  dml({
    ...merge,
    name: "merge-partition",
    title: "merge within one partition of 200",
    table: "orders_partitions",
    change: (delta, path, rows) =>
      delta.merge({
        sql: `SELECT * FROM (${sourceSql(rows, 0.1)}) AS orders WHERE region = 'r010'`,
        path,
        on: "target.region = 'r010' AND target.order_key = source.order_key",
      }),
  }),
  dml({ ...merge, name: "merge-1gib", title: "merge 10 % of the rows under 1 GiB", change: upsert(0.1), memoryGiB: 1 }),
  dml({
    name: "update",
    title: "update 1 % of the rows",
    table: "orders_delta",
    change: (delta, path) =>
      delta.update({ path, where: "order_key % 100 = 3", column: "comment", value: "'changed'" }),
    ceilings: ["dml.floor"],
  }),
  dml({
    name: "delete",
    title: "delete 1 % of the rows",
    table: "orders_delta",
    change: (delta, path) => delta.delete(path, "order_key % 100 = 3"),
    ceilings: ["dml.floor"],
  }),
];
