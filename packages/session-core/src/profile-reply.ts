import { lazyConstant } from "@deltafuse/config/lazy-constant";
import * as z from "@deltafuse/config/zod";
import { decodeDocument } from "./native-call.ts";
import type { OperatorProfile, PartitionProfile, PartitionSkew, QueryProfile } from "./query-profile.ts";

const replySchema = lazyConstant(() => {
  const count = z.int();
  const measured = z.nullable(count);
  const pruned = z.nullable(z.strictObject({ scanned: count, pruned: count }));
  const operator = z.strictObject({
    operator: z.string(),
    parent: measured,
    detail: z.nullable(z.string()),
    rows: measured,
    batches: measured,
    bytes: measured,
    elapsedNs: measured,
    spill: z.nullable(z.strictObject({ count, rows: count, bytes: count })),
    join: z.nullable(
      z.strictObject({ buildNs: measured, probeNs: measured, buildRows: measured, probeRows: measured }),
    ),
    scan: z.nullable(z.strictObject({ bytes: count, files: pruned, rowGroups: pruned })),
    partitions: z.array(z.strictObject({ partition: count, rows: count, elapsedNs: count })),
    metrics: z.array(
      z.strictObject({
        name: z.string(),
        unit: z.enum(["count", "bytes", "ns", "pruned", "ratio"]),
        value: count,
        of: z.exactOptional(count),
      }),
    ),
  });
  return z.strictObject({
    rows: count,
    durationUs: count,
    peakReservedBytes: count,
    operators: z.array(operator),
  });
});

type OperatorReply = z.infer<ReturnType<typeof replySchema>>["operators"][number];

/** What the engine measured of a query. */
export type MeasuredRun = Pick<QueryProfile, "rows" | "durationMs" | "peakMemoryBytes" | "root">;

/** Reads what the engine tells of a run. */
export function decodeMeasuredRun(document: string): MeasuredRun {
  const { rows, durationUs, peakReservedBytes, operators } = decodeDocument("stream.profile", document, replySchema());
  return {
    rows,
    durationMs: durationUs / 1e3,
    peakMemoryBytes: peakReservedBytes,
    root: operators.length === 0 ? null : operatorTree(operators, 0),
  };
}

function operatorTree(operators: readonly OperatorReply[], at: number): OperatorProfile | null {
  const own = operators[at];
  if (own === undefined) return null;
  const { parent: _parent, elapsedNs, join, partitions, ...same } = own;
  const spread = partitions.map(({ partition, rows, elapsedNs: ns }) => ({ partition, rows, elapsedMs: ns / 1e6 }));
  return {
    ...same,
    elapsedMs: milliseconds(elapsedNs),
    join: join === null ? null : joinProfile(join),
    partitions: spread,
    skew: skewOf(spread),
    children: operators.flatMap(({ parent }, index) => (parent === at ? (operatorTree(operators, index) ?? []) : [])),
  };
}

function joinProfile(join: NonNullable<OperatorReply["join"]>): OperatorProfile["join"] {
  const { buildNs, probeNs, buildRows, probeRows } = join;
  return { buildMs: milliseconds(buildNs), probeMs: milliseconds(probeNs), buildRows, probeRows };
}

function milliseconds(ns: number | null): number | null {
  return ns === null ? null : ns / 1e6;
}

function skewOf(partitions: readonly PartitionProfile[]): PartitionSkew | null {
  const total = partitions.reduce((sum, { rows }) => sum + rows, 0);
  if (partitions.length < 2 || total === 0) return null;
  const busiest = partitions.reduce((most, next) => (next.rows > most.rows ? next : most));
  return { partition: busiest.partition, ratio: (busiest.rows * partitions.length) / total };
}
