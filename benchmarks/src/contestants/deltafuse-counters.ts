import { describeScan } from "@deltafuse/dataset-io/scan-description";
import type { ColumnView } from "@deltafuse/session-core/column-batch";
import { runtimeStats } from "@deltafuse/session-core/native-runtime";
import { nativeSession } from "@deltafuse/session-core/native-session";
import type { OperatorProfile } from "@deltafuse/session-core/query-profile";
import type { Session } from "@deltafuse/session-core/session";
import type { Counters } from "../workload.ts";
import { crossingsDuring } from "./native-crossings.ts";

function bytesOf(column: ColumnView): number {
  const own = [column.validity, column.offsets, column.values, ...column.variadic];
  const nested = [...column.children, ...(column.dictionary === null ? [] : [column.dictionary])];
  const buffers = own.reduce((sum, buffer) => sum + (buffer?.byteLength ?? 0), 0);
  return nested.reduce((sum, child) => sum + bytesOf(child), buffers);
}

/**
 * What a result is made of when it arrives: batches, rows, bytes of its columns, and how many of its buffers are the engine's
 * own memory and how many were copied.
 */
export async function transferCounters(session: Session, sql: string): Promise<Counters> {
  const before = await runtimeStats();
  const counted = { batches: 0, rows: 0, bytes: 0 };
  const { buffers } = await crossingsDuring(nativeSession(session).handle, async () => {
    for await (const batch of (await session.sql(sql).stream()).columns({ lent: true })) {
      counted.batches += 1;
      counted.rows += batch.rows;
      counted.bytes += batch.columns.reduce((sum, column) => sum + bytesOf(column), 0);
    }
  });
  const copied = (await runtimeStats()).copiedBuffers - before.copiedBuffers;
  const bytesPerRow = Number((counted.bytes / Math.max(1, counted.rows)).toFixed(3));
  return { ...counted, bytesPerRow, copied, external: buffers - copied };
}

function operatorsOf(operator: OperatorProfile): readonly OperatorProfile[] {
  return [operator, ...operator.children.flatMap(operatorsOf)];
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

/**
 * What the operators of a query did that is the same every time: what its scans read, which files were left out by the plan or
 * on the way, and what spilled.
 */
export async function executionCounters(session: Session, sql: string): Promise<Counters> {
  const frame = session.sql(sql);
  const leftOut = (await describeScan(frame)).map(({ prunedBy }) => prunedBy.partition + prunedBy.statistics);
  const { root } = await frame.profile();
  const operators = root === null ? [] : operatorsOf(root);
  const scans = operators.filter(({ scan }) => scan !== null);
  const files = scans.flatMap(({ scan }) => scan?.files ?? []);
  return {
    scans: scans.length,
    rowsScanned: sum(scans.map(({ rows }) => rows ?? 0)),
    bytesScanned: sum(scans.map(({ scan }) => scan?.bytes ?? 0)),
    filesScanned: sum(files.map(({ scanned }) => scanned)),
    filesPruned: sum(leftOut) + sum(files.map(({ pruned }) => pruned)),
    spills: sum(operators.map(({ spill }) => spill?.count ?? 0)),
  };
}
