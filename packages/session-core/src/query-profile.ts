import type { QueryId } from "@deltafuse/config/brand";
import type { ErrorPayload } from "@deltafuse/hooks/error-payload";

/**
 * How far a query is: not begun, at work, at its end, closed by its consumer before the end, failed, or stopped by an abort or
 * by the end of its session.
 */
export type ProfileStatus = "planned" | "running" | "finished" | "stopped" | "failed" | "cancelled";

/** What was read of something, and what was left out unread. */
export interface PrunedCount {
  readonly scanned: number;
  readonly pruned: number;
}

/** What an operator wrote to disk because memory was short. */
export interface SpillProfile {
  /** Times. */
  readonly count: number;
  readonly rows: number;
  readonly bytes: number;
}

/** How a join spent its time, over all partitions; null where it does not measure that. */
export interface JoinProfile {
  /** Collecting the build side. */
  readonly buildMs: number | null;
  /** Joining the probe side to it. */
  readonly probeMs: number | null;
  readonly buildRows: number | null;
  readonly probeRows: number | null;
}

/** What a scan read of files. */
export interface ScanProfile {
  readonly bytes: number;
  /** Files; the parts of a large file that are read apart count each. Null where the source has no files. */
  readonly files: PrunedCount | null;
  /** Row groups of Parquet files; null where none was looked at. */
  readonly rowGroups: PrunedCount | null;
}

/** What one partition of an operator did. */
export interface PartitionProfile {
  readonly partition: number;
  readonly rows: number;
  readonly elapsedMs: number;
}

/** How unevenly rows are spread over the partitions of an operator. */
export interface PartitionSkew {
  /** The partition with the most rows. */
  readonly partition: number;
  /** Its rows over the mean of all partitions: 1 is even. */
  readonly ratio: number;
}

/** One metric of the engine, over all partitions. */
export interface MetricProfile {
  readonly name: string;
  /** `pruned` and `ratio` are shares: `value` of `of`. */
  readonly unit: "count" | "bytes" | "ns" | "pruned" | "ratio";
  readonly value: number;
  readonly of?: number | undefined;
}

/** What one operator of a plan did. A number is null where the operator does not measure it. */
export interface OperatorProfile {
  readonly operator: string;
  /** The operator in one line of the engine; null for a stream that was not opened by `profile`. */
  readonly detail: string | null;
  /** Rows, batches and bytes it gave. */
  readonly rows: number | null;
  readonly batches: number | null;
  readonly bytes: number | null;
  /** Time it computed, without its inputs, over all partitions. */
  readonly elapsedMs: number | null;
  /** Null where it cannot spill. */
  readonly spill: SpillProfile | null;
  /** Null where it is no join with two phases. */
  readonly join: JoinProfile | null;
  /** Null where it is no scan of files. */
  readonly scan: ScanProfile | null;
  readonly partitions: readonly PartitionProfile[];
  /** Null with fewer than two partitions, or without rows. */
  readonly skew: PartitionSkew | null;
  /** Everything it measured, by name. */
  readonly metrics: readonly MetricProfile[];
  /** The operators it reads. */
  readonly children: readonly OperatorProfile[];
}

/** What a query did, operator by operator. Plain data. */
export interface QueryProfile {
  readonly queryId: QueryId;
  readonly status: ProfileStatus;
  /** Why it failed; null however else it ended. */
  readonly error: ErrorPayload | null;
  /** Rows the root gave. */
  readonly rows: number;
  /** From the first pull to the end. */
  readonly durationMs: number;
  /** Most memory the query held of the session's pool at once. */
  readonly peakMemoryBytes: number;
  /** Null where there is no plan, as for statements that change the session. */
  readonly root: OperatorProfile | null;
}

/**
 * Draws a profile as text: one line for the query, one per operator, indented. Pure.
 *
 * @example
 * console.log(renderProfile(await frame.profile()));
 */
export function renderProfile({ status, error, rows, durationMs, peakMemoryBytes, root }: QueryProfile): string {
  const head = [
    status,
    `${rows} rows`,
    milliseconds(durationMs),
    `peak memory ${byteText(peakMemoryBytes)}`,
    ...(error === null ? [] : [`${error.code}: ${error.message}`]),
  ];
  return [head.join(", "), ...(root === null ? [] : operatorLines(root, 0))].join("\n");
}

function operatorLines(operator: OperatorProfile, depth: number): readonly string[] {
  const name = operator.detail ?? operator.operator;
  const line = `${"  ".repeat(depth)}${name} [${measures(operator).join(", ")}]`;
  return [line, ...operator.children.flatMap((child) => operatorLines(child, depth + 1))];
}

function measures({ rows, elapsedMs, spill, join, scan, skew }: OperatorProfile): readonly string[] {
  const parts: (string | null)[] = [
    rows === null ? null : `${rows} rows`,
    elapsedMs === null ? null : milliseconds(elapsedMs),
    skew === null || skew.ratio < skewShown ? null : `skew ${skew.ratio.toFixed(1)} in partition ${skew.partition}`,
    spill === null || spill.count === 0 ? null : `spilled ${byteText(spill.bytes)} in ${spill.count}`,
    ...joinParts(join),
    ...scanParts(scan),
  ];
  return parts.filter((part) => part !== null);
}

/** A skew below it is as good as none. */
const skewShown = 1.5;

function joinParts(join: JoinProfile | null): readonly (string | null)[] {
  if (join === null) return [];
  const { buildMs, probeMs } = join;
  return [
    buildMs === null ? null : `build ${milliseconds(buildMs)}`,
    probeMs === null ? null : `probe ${milliseconds(probeMs)}`,
  ];
}

function scanParts(scan: ScanProfile | null): readonly (string | null)[] {
  if (scan === null) return [];
  const share = (what: string, count: PrunedCount | null): string | null =>
    count === null ? null : `${what} ${count.scanned} of ${count.scanned + count.pruned}`;
  return [`read ${byteText(scan.bytes)}`, share("files", scan.files), share("row groups", scan.rowGroups)];
}

function milliseconds(value: number): string {
  return `${value.toFixed(value < 10 ? 2 : 0)} ms`;
}

function byteText(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB"] as const;
  const power = bytes < 1024 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${(bytes / 1024 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`;
}
