import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { DeltaEngine, DeltaWrite, Engine, Ran } from "../contestant.ts";
import { digestOf } from "../digest.ts";
import type { Workload, WorkloadContext } from "../workload.ts";
import { outsideGate, sampleOf, wideNeed, wideSql } from "./query-workload.ts";
import { commitCounters, commitsOf, fileCounters } from "./written-files.ts";

/** Of few values, since each becomes a folder. */
const parted = `SELECT id, ratio, name, moment, amount, id % 20 AS part FROM wide`;

type Write = (engine: Engine, path: string) => Promise<Ran>;

interface WriteSpec {
  readonly name: string;
  readonly title: string;
  /** Writes to a path that is free. */
  readonly write: Write;
  /** Looks at what was written; null where only the number of rows is compared. */
  readonly digest: Workload["digest"];
  /** Makes what is written to, untimed. */
  readonly prepare?: Write;
}

const pathIn = ({ scratch }: WorkloadContext, name: string): string => join(scratch, `write-${name}.parquet`);

const writing = ({ name, title, write, prepare, digest }: WriteSpec): Workload => ({
  id: `write.${name}`,
  family: "write",
  title,
  suites: outsideGate,
  contestants: ["deltafuse", "floor", "duckdb", "polars"],
  data: [wideNeed],
  alone: false,
  watch: ["rss"],
  setup: (engine, context) => {
    const path = pathIn(context, name);
    const remove = (): Promise<void> => rm(path, { recursive: true, force: true });
    return Promise.resolve({
      before: async () => {
        await remove();
        await prepare?.(engine, path);
      },
      run: async () => sampleOf(await write(engine, path)),
      close: remove,
    });
  },
  digest,
  counters: async (engine, context) => {
    const path = pathIn(context, `${name}-counted`);
    await prepare?.(engine, path);
    const before = await commitsOf(path);
    await write(engine, path);
    const commits = (await commitsOf(path)).slice(before.length);
    return commits.length === 0 ? fileCounters(path) : commitCounters(commits);
  },
  plan: null,
  ceilings: ["write.floor"],
});

const onDelta =
  (act: (delta: DeltaEngine, write: DeltaWrite) => Promise<Ran>, write: Omit<DeltaWrite, "path">): Write =>
  async (engine, path) =>
    act(await engine.delta(), { ...write, path });

const plainWrite = (delta: DeltaEngine, write: DeltaWrite): Promise<Ran> => delta.write(write);

const deltaDigest =
  (name: string, steps: readonly Write[]): Workload["digest"] =>
  async (engine, context) => {
    const path = pathIn(context, `${name}-compared`);
    for (const step of steps) await step(engine, path);
    const delta = await engine.delta();
    const sums =
      "SELECT count(*) AS n, sum(id) AS ids, min(name) AS first, max(moment) AS latest, sum(amount) AS amount FROM changed";
    const table = await delta.table(path, sums);
    await rm(path, { recursive: true, force: true });
    return digestOf(table, { ordered: true });
  };

const append: Write = onDelta(plainWrite, { sql: wideSql, mode: "append", partitionBy: [] });
const overwrite: Write = onDelta(plainWrite, { sql: wideSql, mode: "overwrite", partitionBy: [] });
const partitions: Write = onDelta(plainWrite, { sql: parted, mode: "append", partitionBy: ["part"] });
const streamed: Write = onDelta((delta, write) => delta.writeStreamed(write), {
  sql: wideSql,
  mode: "append",
  partitionBy: [],
});

/** Rows that become files. */
export const writeWorkloads: readonly Workload[] = [
  writing({
    name: "parquet",
    title: "one Parquet file",
    write: (engine, path) => engine.writeParquet({ sql: wideSql, path, partitionBy: [] }),
    digest: null,
  }),
  writing({
    name: "parquet-partitioned",
    title: "Parquet in 20 folders",
    write: (engine, path) => engine.writeParquet({ sql: parted, path, partitionBy: ["part"] }),
    digest: null,
  }),
  writing({
    name: "delta-append",
    title: "append to a Delta table",
    prepare: append,
    write: append,
    digest: deltaDigest("append", [append, append]),
  }),
  writing({
    name: "delta-overwrite",
    title: "overwrite a Delta table",
    prepare: append,
    write: overwrite,
    digest: deltaDigest("overwrite", [append, overwrite]),
  }),
  writing({
    name: "delta-partitioned",
    title: "a Delta table of 20 partitions",
    write: partitions,
    digest: deltaDigest("partitioned", [partitions]),
  }),
  writing({
    name: "delta-streamed",
    title: "a Delta table of row objects from an asynchronous iterable",
    write: streamed,
    digest: deltaDigest("streamed", [streamed]),
  }),
];
