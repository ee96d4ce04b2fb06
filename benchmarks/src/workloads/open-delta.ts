import { cp, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Workload } from "../workload.ts";
import { outsideGate, sampleOf } from "./query-workload.ts";

type Shape = Pick<Workload, "id" | "title" | "suites" | "data"> & { readonly table: string };

const shared = {
  family: "open.delta",
  contestants: ["deltafuse", "floor"],
  alone: false,
  watch: [],
  digest: null,
  counters: null,
  plan: null,
  ceilings: ["floor", "open-delta.floor"],
} as const satisfies Partial<Workload>;

const opening = ({ table, ...shape }: Shape): Workload => ({
  ...shared,
  ...shape,
  setup: async (engine, { tables }) => {
    const delta = await engine.delta();
    const path = tables[table]?.path ?? "";
    return { run: async () => sampleOf(await delta.open(path)) };
  },
});

/** The table is copied, since it is changed between the runs. */
const refreshing = ({ table, ...shape }: Shape): Workload => ({
  ...shared,
  ...shape,
  setup: async (engine, { tables, scratch }) => {
    const delta = await engine.delta();
    const path = join(scratch, table);
    await cp(tables[table]?.path ?? "", path, { recursive: true });
    let stale = await delta.stale(path);
    return {
      before: async () => {
        await stale.close();
        stale = await delta.stale(path);
      },
      run: async () => sampleOf(await stale.refresh()),
      close: async () => {
        await stale.close();
        await rm(path, { recursive: true, force: true });
      },
    };
  },
});

const atCommits = (commits: number): readonly Workload[] => {
  const suites = commits === 10 ? outsideGate : (["full"] as const);
  const data = [{ set: `delta-commits-${commits}`, scale: { smoke: 1000, gate: 100_000, full: 100_000 } }];
  const plain = `commits_${commits}`;
  return [
    opening({ id: `open.delta.commits-${commits}`, title: `open at ${commits} commits`, suites, data, table: plain }),
    opening({
      id: `open.delta.checkpointed-${commits}`,
      title: `open at ${commits} commits with checkpoints`,
      suites,
      data,
      table: `${plain}_checkpointed`,
    }),
    refreshing({
      id: `open.delta.refresh-${commits}`,
      title: `refresh by one commit at ${commits} commits`,
      suites,
      data,
      table: plain,
    }),
  ];
};

/** What it takes until a Delta table is known, by the length of its log. */
export const openDeltaWorkloads: readonly Workload[] = [10, 100, 1000].flatMap(atCommits);
