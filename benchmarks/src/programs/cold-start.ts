// Tells how long a contestant takes from the start of the process to its first result from Parquet, to the steps before, and
// for one more session after it.
import { blindCast } from "@deltafuse/config/casts";
import type { Limits } from "../limits.ts";

/** What is asked for. */
export interface ColdTask {
  readonly contestant: "deltafuse" | "duckdb" | "polars";
  /** A Parquet file with the columns `key` and `category`. */
  readonly path: string;
  readonly limits: Limits;
}

interface Steps {
  readonly importMs: number;
  readonly openMs: number;
  /** Opens one more session, or what the engine has in its place. */
  readonly openAgain: () => unknown;
}

const sql = "SELECT category FROM groups WHERE key = 4711";
const now = (): number => performance.now();

async function deltafuse({ path, limits }: ColdTask): Promise<Steps> {
  const [{ parseProfile }, { openSession }, { registerDataset }] = await Promise.all([
    import("@deltafuse/config/profile"),
    import("@deltafuse/session-core/session"),
    import("@deltafuse/dataset-io/register"),
  ]);
  const importMs = now();
  const profile = parseProfile({ memory: { limit: `${limits.memoryGiB}GiB` } });
  const session = await openSession(profile);
  const openMs = now();
  await registerDataset(session, "groups", path);
  await session.sql(sql).rows();
  return { importMs, openMs, openAgain: () => openSession(profile) };
}

async function duckdb({ path, limits }: ColdTask): Promise<Steps> {
  const { DuckDBInstance } = await import("@duckdb/node-api");
  const importMs = now();
  const options = { threads: String(limits.threads), memory_limit: `${limits.memoryGiB}GiB` };
  const instance = await DuckDBInstance.create(":memory:", options);
  const connection = await instance.connect();
  const openMs = now();
  await connection.run(`CREATE VIEW groups AS SELECT * FROM read_parquet('${path.replaceAll("'", "''")}')`);
  (await connection.runAndReadAll(sql)).getRowObjects();
  return { importMs, openMs, openAgain: () => instance.connect() };
}

async function polars({ path }: ColdTask): Promise<Steps> {
  const { default: pl } = await import("nodejs-polars");
  const importMs = now();
  const openContext = () => pl.SQLContext({ groups: pl.scanParquet(path) });
  const context = openContext();
  const openMs = now();
  (await context.execute(sql).collect()).toRecords();
  return { importMs, openMs, openAgain: openContext };
}

const task = blindCast<ColdTask, "the workload wrote it">(JSON.parse(process.argv[2] ?? ""));
const { openAgain, ...steps } = await { deltafuse, duckdb, polars }[task.contestant](task);
const ms = now();
const rssMiB = process.memoryUsage.rss() / 2 ** 20;
await openAgain();
console.log(JSON.stringify({ ms, ...steps, rssMiB, openAgainMs: now() - ms }));
process.exit(0);
