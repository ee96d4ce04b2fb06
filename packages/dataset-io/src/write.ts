import type { ProgressOptions } from "@deltafuse/session-core/progress-watch";
import type { Session } from "@deltafuse/session-core/session";
import { parseWrite, type WriteRequest, type WriteResult, type WriteSpec } from "./write-plan.ts";
import { tracedWrite } from "./write-run.ts";
import type { WriteSource } from "./write-source.ts";

/** A write of rows as files. */
export interface DatasetWrite extends WriteSpec {
  readonly source: WriteSource;
}

/** How a write runs. */
export interface WriteRunOptions extends ProgressOptions {
  /** Absolute path that a relative target starts from. Default: the current directory. */
  readonly base?: string;
}

/**
 * Writes rows as Parquet: one file, or a folder of files. Everything is staged beside the target and becomes visible in one
 * step at the end, so that a failure, an abort or a source that throws leaves what was there.
 *
 * Rejects with `SESSION.READ_ONLY`, `IO.WRITE_OPTION`, `IO.WRITE_UNSUPPORTED`, `IO.LOCATION_INVALID`,
 * `IO.DESTINATION_EXISTS`, `IO.DESTINATION_FOREIGN`, `IO.TYPE_UNSUPPORTED {column, type}`, `IO.PARTITION_VALUE`,
 * `NATIVE.SOURCE_FAILED` with what the source threw as cause, `STORE.*`, the `HOOKS.*` codes of interceptors of
 * `beforeWrite`, and what running the source rejects with.
 *
 * @example
 * await writeDataset(session, { source: { sql: "SELECT * FROM flights" }, target: "output/flights/", partitionBy: ["month"] });
 */
export async function writeDataset(
  session: Session,
  write: DatasetWrite,
  options: WriteRunOptions = {},
): Promise<WriteResult> {
  const { source, ...spec } = write;
  const { base = process.cwd(), ...run } = options;
  const parse = (given: WriteSpec): WriteRequest => parseWrite(given, base);
  return tracedWrite(session, { name: "writeDataset", source, spec, required: [], parse }, run);
}
