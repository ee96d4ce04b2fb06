import type { AbortableOptions } from "@deltafuse/config/abort";
import { fingerprint } from "@deltafuse/config/fingerprint";
import type { Frame } from "@deltafuse/session-core/frame";
import { type ScanFacts, type ScanFile, type ScanFilter, scanFacts } from "@deltafuse/session-core/native-scan";

/** What one table scan of a frame would read. */
export interface ScanDescription {
  /** `scan:<dataset>:<version or latest>:<16 digits of the hash>`. */
  readonly key: string;
  /** Name of the table, as the plan has it. */
  readonly dataset: string;
  /** Version of a Delta table. */
  readonly version?: number;
  /** Files of the table; 0 where it has none. */
  readonly filesTotal: number;
  /** Files that are read. */
  readonly filesCandidate: number;
  readonly bytesTotal: number;
  readonly bytesCandidate: number;
  /** Files left out by filters of partitions, and by statistics that are kept outside the files. */
  readonly prunedBy: { readonly partition: number; readonly statistics: number };
  /** The files that are read, by path, with the row groups of Parquet files; with `listFiles`. */
  readonly files?: readonly ScanFile[];
  /** Partitions the scan gives. */
  readonly partitions: number;
  /** Filters the scan is given, and how far the table applies each. */
  readonly pushedFilters: readonly ScanFilter[];
  readonly projectedColumns: readonly string[];
  /** Most rows the scan gives; null without a limit. */
  readonly limit: number | null;
  /** Fingerprint of table, version, columns, filters and limit. */
  readonly scanConfigHash: string;
}

/** Options of {@link describeScan}. */
export interface DescribeScanOptions extends AbortableOptions {
  /** Lists the files that are read, and looks into the footers of Parquet files. Default: false. */
  readonly listFiles?: boolean;
}

/**
 * Tells what each table scan of a frame would read, in the order of the plan, for files and Delta tables alike. Tables are
 * listed and the scans are planned; no data is read. Rejects as the terminals of a frame do.
 */
export async function describeScan(
  frame: Frame,
  options: DescribeScanOptions = {},
): Promise<readonly ScanDescription[]> {
  const scans = await scanFacts(frame, options);
  return scans.map(description);
}

function description({ table, partitions, filters, limit, files }: ScanFacts): ScanDescription {
  const { catalog, schema, name, deltaVersion, tableId, instance, schemaHash, columns } = table;
  const dataset = [catalog, schema, name].filter((part) => part !== null).join(".");
  const scanConfigHash = fingerprint("scan", 1, {
    dataset,
    deltaVersion,
    tableId,
    instance,
    schemaHash,
    columns,
    filters: filters.map(({ expression }) => expression),
    limit,
  });
  const { total = 0, partitioned = 0, candidate = 0, totalBytes = 0, candidateBytes = 0, list } = files ?? {};
  return {
    key: `scan:${dataset}:${deltaVersion ?? "latest"}:${scanConfigHash.slice(0, 16)}`,
    dataset,
    ...(deltaVersion === null ? {} : { version: deltaVersion }),
    filesTotal: total,
    filesCandidate: candidate,
    bytesTotal: totalBytes,
    bytesCandidate: candidateBytes,
    prunedBy: { partition: total - partitioned, statistics: partitioned - candidate },
    ...(list === null || list === undefined ? {} : { files: list }),
    partitions,
    pushedFilters: filters,
    projectedColumns: columns,
    limit,
    scanConfigHash,
  };
}
