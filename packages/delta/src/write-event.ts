import type { ParquetWriterOptions } from "@deltafuse/dataset-io/write-options";
import type { Fingerprint } from "@deltafuse/config/fingerprint";
import { toErrorPayload } from "@deltafuse/hooks/error-payload";
import type { Session } from "@deltafuse/session-core/session";
import type { MutationReport } from "./mutation-report.ts";

/** A write, for its events. */
export interface WriteAbout {
  readonly uri: string;
  readonly mode: string;
  readonly partitionBy: readonly string[];
  readonly targetBytes: number | null;
  readonly writer: ParquetWriterOptions | undefined;
}

/** What a write did, and the fingerprint of the plan that was written. */
export interface WrittenRows {
  readonly report: MutationReport;
  /** Null for rows that are no plan, and where nothing was written. */
  readonly planFingerprint: Fingerprint | null;
}

/** Runs a write and emits `write.started`, then how it ended: `write.committed`, `write.skipped` or `write.failed`. */
export async function observedWrite(
  { hooks }: Session,
  { uri, mode, partitionBy, targetBytes, writer }: WriteAbout,
  perform: () => Promise<WrittenRows>,
): Promise<MutationReport> {
  const began = performance.now();
  const durationUs = (): number => Math.round((performance.now() - began) * 1000);
  const about = { target: uri, format: "delta", mode } as const;
  const method = "provider";
  hooks.emit("write.started", { ...about, plan: { method, partitionBy, targetBytes } });
  let written: WrittenRows;
  try {
    written = await perform();
  } catch (error) {
    const failed = { error: toErrorPayload(error), committed: false, durationUs: durationUs() };
    hooks.emit("write.failed", { ...about, method, ...failed });
    throw error;
  }
  const { report, planFingerprint } = written;
  const { status, metrics, snapshot, version } = report;
  if (status !== "committed") {
    const reason = status === "skipped" ? "the table is there" : "there is no row";
    hooks.emit("write.skipped", { ...about, method, reason, durationUs: durationUs() });
    return report;
  }
  await hooks.settle("write.committed", {
    ...about,
    method,
    rows: metrics.rowsWritten ?? 0,
    bytes: metrics.bytesAdded,
    files: metrics.filesAdded,
    partitionBy: snapshot.partitionColumns,
    partitions: null,
    schemaHash: snapshot.schemaHash,
    deltaVersion: version,
    planFingerprint,
    options: writer === undefined ? null : { ...writer },
    durationUs: durationUs(),
  });
  return report;
}
