import type { ColumnView } from "@deltafuse/session-core/column-batch";
import { runtimeStats } from "@deltafuse/session-core/native-runtime";
import type { Session } from "@deltafuse/session-core/session";
import type { Counters } from "../workload.ts";

function bytesOf(column: ColumnView): number {
  const own = [column.validity, column.offsets, column.values, ...column.variadic];
  const nested = [...column.children, ...(column.dictionary === null ? [] : [column.dictionary])];
  const buffers = own.reduce((sum, buffer) => sum + (buffer?.byteLength ?? 0), 0);
  return nested.reduce((sum, child) => sum + bytesOf(child), buffers);
}

/** What a result is made of when it arrives: batches, rows, bytes of its columns, and batches that had to be copied. */
export async function transferCounters(session: Session, sql: string): Promise<Counters> {
  const before = await runtimeStats();
  const counted = { batches: 0, rows: 0, bytes: 0 };
  for await (const batch of (await session.sql(sql).stream()).columns({ lent: true })) {
    counted.batches += 1;
    counted.rows += batch.rows;
    counted.bytes += batch.columns.reduce((sum, column) => sum + bytesOf(column), 0);
  }
  const after = await runtimeStats();
  const bytesPerRow = Number((counted.bytes / Math.max(1, counted.rows)).toFixed(3));
  return { ...counted, bytesPerRow, copied: after.copiedBuffers - before.copiedBuffers };
}
