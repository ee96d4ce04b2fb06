import type { AbortableOptions } from "@deltafuse/config/abort";
import { isDeltaFuseError } from "@deltafuse/config/errors";
import type { NestedField } from "@deltafuse/session-core/field-type";
import { frameReplyMembers, handleOf, nativeSession } from "@deltafuse/session-core/native-session";
import type { Session } from "@deltafuse/session-core/session";
import * as z from "@deltafuse/config/zod";
import { formatOption } from "./errors.ts";
import type { FileFormat } from "./file-format.ts";
import type { ResolvedLocation } from "./location.ts";
import type { PreparedTable } from "./provider.ts";
import { nativeFormat } from "./readiness.ts";
import type { ScanOptions } from "./scan-options.ts";

/** Columns that files are to be read as. */
export interface DeclaredColumns {
  /** Columns of the files; undefined: as stored. */
  readonly columns?: readonly NestedField[];
  /** Columns that are folders; undefined: all folders, as utf8. */
  readonly partitionColumns?: readonly NestedField[];
}

/** Files that become a table. */
export interface FileTable {
  readonly location: ResolvedLocation;
  readonly format: FileFormat;
  /** Values are separated by tabs unless the options say otherwise. */
  readonly tabs: boolean;
  readonly declared: DeclaredColumns;
}

const preparedSchema = z.strictObject({
  ...frameReplyMembers,
  storedFields: frameReplyMembers.fields,
  partitionColumns: z.array(z.string()),
  fileCount: z.nullish(z.int()),
  totalBytes: z.nullish(z.int()),
  rows: z.nullish(z.int()),
});

const inferPartitionsKey = "datafusion.execution.listing_table_factory_infer_partitions";

async function partitioningOf(
  session: Session,
  { declared, location }: FileTable,
  options: AbortableOptions,
): Promise<"none" | "hive" | "auto"> {
  const { partitioning, partitionColumns } = location.scan;
  if (partitionColumns !== undefined || declared.partitionColumns !== undefined) return "hive";
  if (partitioning !== undefined) return partitioning;
  const { entries } = await session.settings(options);
  return entries.some(({ key, value }) => key === inferPartitionsKey && value === "true") ? "auto" : "none";
}

/** Throws `IO.FORMAT_OPTION` for options that do not go with the format or with each other. */
function checkScanOptions({ partitioning, partitionColumns, csv, ndjson }: ScanOptions, format: FileFormat): void {
  if (csv !== undefined && format !== "csv") throw formatOption("scan.csv", `the format is ${format}`);
  if (ndjson !== undefined && format !== "ndjson") throw formatOption("scan.ndjson", `the format is ${format}`);
  if (partitionColumns !== undefined && partitioning === "none") {
    throw formatOption("scan.partitionColumns", "scan.partitioning is none");
  }
}

function formatRequest({ format, tabs, location }: FileTable): Readonly<Record<string, unknown>> {
  const { csv, ndjson } = location.scan;
  if (format === "csv") return { format, csv: { ...(tabs ? { delimiter: "\t" } : {}), ...csv } };
  return format === "ndjson" ? { format: nativeFormat(format), json: { ...ndjson } } : { format };
}

function listingRequest(table: FileTable, hive: boolean): Readonly<Record<string, unknown>> {
  const { location, declared } = table;
  const { recursive, extension, includeHidden = false, partitionColumns } = location.scan;
  const folders = declared.partitionColumns ?? partitionColumns;
  return {
    kind: "listing",
    location: location.path,
    ...formatRequest(table),
    hive,
    includeHidden,
    ...(location.files === undefined ? {} : { files: location.files }),
    ...(location.glob === undefined ? {} : { glob: location.glob }),
    ...(extension === undefined ? {} : { extension }),
    ...(recursive === undefined ? {} : { recursive }),
    ...(declared.columns === undefined ? {} : { schema: declared.columns }),
    ...(folders === undefined ? {} : { partitionColumns: folders }),
  };
}

/** Whether the folders of files differ, so that they are no partitions of one table. */
function areFoldersDifferent(error: unknown): boolean {
  return isDeltaFuseError(error, "IO.PARTITION_VALUE") && "found" in error.details;
}

/**
 * Prepares a table over files. Publishes nothing.
 *
 * Rejects with `IO.FORMAT_OPTION`, `IO.PARTITION_VALUE {path}`, `IO.TYPE_UNSUPPORTED`, `STORE.NOT_FOUND`,
 * `ENGINE.PARQUET` and `ENGINE.ARROW` for a file that cannot be read.
 */
export async function prepareFileTable(
  session: Session,
  table: FileTable,
  options: AbortableOptions,
): Promise<PreparedTable> {
  checkScanOptions(table.location.scan, table.format);
  const partitioning = await partitioningOf(session, table, options);
  const prepare = async (hive: boolean): Promise<PreparedTable> => {
    const call = { entrypoint: "session.prepareTable", request: listingRequest(table, hive), reply: preparedSchema };
    const reply = await nativeSession(session).call(call, options);
    const { fields, storedFields, partitionColumns } = reply.body;
    return { handle: handleOf(reply), fields, storedFields, partitionColumns };
  };
  try {
    return await prepare(partitioning !== "none");
  } catch (error) {
    if (partitioning !== "auto" || !areFoldersDifferent(error)) throw error;
    return prepare(false);
  }
}
