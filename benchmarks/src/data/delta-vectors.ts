import { mkdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { writeDataset } from "@deltafuse/dataset-io/write";
import type { Session } from "@deltafuse/session-core/session";
import type { DataSet } from "../data-set.ts";
import { deletionVector } from "./deletion-vector.ts";
import { ordersSql } from "./delta.ts";
import { withSession } from "./sql-files.ts";

const files = 2;

/** Every so many rows one is deleted. */
const step = 100;

const column = (name: string, type: string): object => ({ name, type, nullable: true, metadata: {} });

const fields = [
  column("order_key", "long"),
  column("customer_key", "long"),
  column("region", "string"),
  column("total", "decimal(15,2)"),
  column("order_date", "date"),
  column("comment", "string"),
];

const start: readonly object[] = [
  {
    protocol: {
      minReaderVersion: 3,
      minWriterVersion: 7,
      readerFeatures: ["deletionVectors"],
      writerFeatures: ["deletionVectors"],
    },
  },
  {
    metaData: {
      id: "6f2f5a4e-0000-4000-8000-000000000002",
      format: { provider: "parquet", options: {} },
      schemaString: JSON.stringify({ type: "struct", fields }),
      partitionColumns: [],
      configuration: { "delta.enableDeletionVectors": "true" },
      createdTime: 0,
    },
  },
];

interface OrdersFile {
  /** From 0. */
  readonly file: number;
  readonly rows: number;
}

/** Writes a file of orders, and tells the action that adds it without the deleted rows. */
async function addFile(session: Session, table: string, { file, rows }: OrdersFile): Promise<object> {
  const path = `orders-${file}.parquet`;
  await writeDataset(session, { source: { sql: ordersSql(file * rows, rows) }, target: join(table, path) });
  const { size } = await stat(join(table, path));
  const deleted = Array.from({ length: Math.ceil(rows / step) }, (_, at) => at * step);
  const stats = JSON.stringify({ numRecords: rows, tightBounds: false });
  const add = { path, partitionValues: {}, size, modificationTime: 0, dataChange: true, stats };
  return { add: { ...add, deletionVector: deletionVector(deleted) } };
}

/** A table of two files, as a writer makes it that marks rows as deleted; the scale is the number of rows before. */
export const deltaVectors: DataSet = {
  id: "delta-vectors",
  version: 1,
  tables: { orders_vectors: { path: "orders", format: "delta" } },
  make: ({ folder, scale }) =>
    withSession(async (session) => {
      const table = join(folder, "orders");
      await mkdir(join(table, "_delta_log"), { recursive: true });
      const actions = [...start];
      for (let file = 0; file < files; file++) {
        actions.push(await addFile(session, table, { file, rows: Math.floor(scale / files) }));
      }
      const lines = actions.map((action) => JSON.stringify(action));
      await writeFile(join(table, "_delta_log", `${"0".repeat(20)}.json`), `${lines.join("\n")}\n`);
    }),
};
