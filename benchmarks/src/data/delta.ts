import { link, mkdir, readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Session } from "@deltafuse/session-core/session";
import type { DataSet, TableFile } from "../data-set.ts";
import { spread, withSession } from "./sql-files.ts";

/** Different values of `region`. */
const deltaRegions = 200;

/** Orders, from key `first` on. */
export function ordersSql(first: number, rows: number): string {
  return `SELECT
    value AS order_key,
    ${spread(1)} AS customer_key,
    concat('r', lpad(CAST(value % ${deltaRegions} AS VARCHAR), 3, '0')) AS region,
    CAST(CAST(${spread(2)} AS DECIMAL(15, 2)) / 100 AS DECIMAL(15, 2)) AS total,
    arrow_cast(CAST(8000 + ${spread(3)} % 2500 AS INT), 'Date32') AS order_date,
    concat('comment of order ', CAST(${spread(4)} AS VARCHAR)) AS comment
    FROM range(${first}, ${first + rows})`;
}

/** Most files of a commit of a table of many files. */
const filesPerCommit = 500;

/** A table of so many files: each is a partition of its own, so that a few commits make them all. */
async function makeFiles(
  session: Session,
  spec: Pick<TableSpec, "path" | "rows"> & { readonly files: number },
): Promise<void> {
  const { writeTable } = await import("@deltafuse/delta/write");
  const { path, rows, files } = spec;
  const part = Math.max(1, Math.floor(rows / files));
  for (let first = 0; first < files; first += filesPerCommit) {
    const some = Math.min(filesPerCommit, files - first);
    const sql = `SELECT orders.*, order_key / ${part} AS bucket FROM (${ordersSql(first * part, some * part)}) AS orders`;
    await writeTable(session, { location: path }, { source: { sql }, mode: "append", partitionBy: ["bucket"] });
  }
}

interface TableSpec {
  readonly path: string;
  readonly rows: number;
  readonly commits: number;
  readonly partitionBy?: readonly string[];
  readonly properties?: Readonly<Record<string, string>>;
}

/** A table of so many commits, each with an equal part of the rows. */
async function makeTable(session: Session, spec: TableSpec): Promise<void> {
  const { writeTable } = await import("@deltafuse/delta/write");
  const { path, rows, commits, partitionBy = [], properties = {} } = spec;
  const part = Math.max(1, Math.floor(rows / commits));
  for (let commit = 0; commit < commits; commit++) {
    const source = { sql: ordersSql(commit * part, part) };
    const create = commit === 0 ? { partitionBy, properties } : {};
    await writeTable(session, { location: path }, { source, mode: "append", ...create });
  }
}

/** A folder with the data files of a table and without its log, for a table that lists files. */
async function linkFiles(table: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const entry of await readdir(table, { recursive: true, withFileTypes: true })) {
    const { name, parentPath } = entry;
    const isData = entry.isFile() && name.endsWith(".parquet") && !parentPath.endsWith("_delta_log");
    // Files of different folders may share a name.
    if (isData) await link(join(parentPath, name), join(folder, `${basename(parentPath)}-${name}`));
  }
}

/**
 * One table of two files, the same files without a log, one table of 200 partitions, and the files of one of them without
 * the log; the scale is the number of rows.
 */
export const deltaOrders: DataSet = {
  id: "delta-orders",
  version: 1,
  tables: {
    orders_delta: { path: "orders", format: "delta" },
    orders_listing: { path: "listing", format: "parquet" },
    orders_partitions: { path: "partitions", format: "delta" },
    orders_partition: { path: "partitions/region=r017", format: "parquet" },
  },
  make: ({ folder, scale }) =>
    withSession(async (session) => {
      await makeTable(session, { path: join(folder, "orders"), rows: scale, commits: 2 });
      await linkFiles(join(folder, "orders"), join(folder, "listing"));
      const partitioned = { rows: scale, commits: 1, partitionBy: ["region"] };
      await makeTable(session, { path: join(folder, "partitions"), ...partitioned });
    }),
};

const table = (path: string, format: TableFile["format"]): TableFile => ({ path, format });

/** A table of so many files, with the same files without a log; the scale is the number of rows. */
export const deltaFiles = (files: number): DataSet => ({
  id: `delta-files-${files}`,
  version: 1,
  tables: {
    [`files_${files}`]: table("orders", "delta"),
    [`files_${files}_listing`]: table("listing", "parquet"),
  },
  make: ({ folder, scale }) =>
    withSession(async (session) => {
      await makeFiles(session, { path: join(folder, "orders"), rows: scale, files });
      await linkFiles(join(folder, "orders"), join(folder, "listing"));
    }),
});

/** A table of so many commits without a checkpoint, and one with checkpoints; the scale is the number of rows. */
export const deltaCommits = (commits: number): DataSet => ({
  id: `delta-commits-${commits}`,
  version: 1,
  tables: {
    [`commits_${commits}`]: table("plain", "delta"),
    [`commits_${commits}_checkpointed`]: table("checkpointed", "delta"),
  },
  make: ({ folder, scale }) =>
    withSession(async (session) => {
      const rows = Math.max(scale, commits);
      const never = { "delta.checkpointInterval": "1000000" };
      await makeTable(session, { path: join(folder, "plain"), rows, commits, properties: never });
      const sometimes = { "delta.checkpointInterval": "10" };
      await makeTable(session, { path: join(folder, "checkpointed"), rows, commits, properties: sometimes });
    }),
});
