import type { ProgressOptions } from "@deltafuse/session-core/progress-watch";
import type { Session } from "@deltafuse/session-core/session";
import { parseWrite, type WriteRequest, type WriteResult, type WriteSpec } from "./write-plan.ts";
import { tracedWrite } from "./write-run.ts";
import type { WriteSource } from "./write-source.ts";

/** Rows for the folder of a table. */
export interface FolderInsert {
  readonly source: WriteSource;
  /** Absolute path of the folder. */
  readonly folder: string;
  /** Columns that are folders in it. */
  readonly partitionBy: readonly string[];
  /** Columns that hold no null. */
  readonly required: readonly string[];
  /** Whether all files are replaced. */
  readonly overwrite: boolean;
}

/**
 * Writes rows beside the files of a folder, or in their place, as `writeDataset` does: the files become visible at
 * the end, all of them or none. Rejects as it does; `IO.DESTINATION_FOREIGN` for a Delta table, and `ENGINE.SCHEMA` for a
 * null in a required column.
 */
export async function insertIntoFolder(
  session: Session,
  { source, folder, partitionBy, required, overwrite }: FolderInsert,
  run: ProgressOptions,
): Promise<WriteResult> {
  const spec = { target: { uri: `${folder}/`, format: "parquet" }, partitionBy, file: { single: false } };
  const parse = (given: WriteSpec): WriteRequest => ({
    ...parseWrite(given, folder),
    mode: overwrite ? "overwrite" : "append",
  });
  return tracedWrite(session, { name: "INSERT", source, spec, required, parse }, run);
}
