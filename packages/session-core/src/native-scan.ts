import type { AbortableOptions } from "@deltafuse/config/abort";
import * as z from "@deltafuse/config/zod";
import { frameNodeOf } from "./frame-tree.ts";
import { planFrame } from "./frame-terminal.ts";
import type { Frame } from "./frame.ts";
import { type TableUse, tableUseSchema } from "./plan-use.ts";
import type { FilterSupport } from "./pushdown.ts";

/** A filter that a scan is given. */
export interface ScanFilter {
  /** As SQL. */
  readonly expression: string;
  readonly pushdown: FilterSupport;
}

/** A file that a scan reads. */
export interface ScanFile {
  /** Its path in the store. */
  readonly path: string;
  readonly bytes: number;
  /** Null for other formats than Parquet. */
  readonly rowGroups: number | null;
}

/** The files of a scan. */
export interface ScanFiles {
  /** Files and bytes of the table. */
  readonly total: number;
  readonly totalBytes: number;
  /** Files that the filters leave which the table applies exactly, as those of partitions. */
  readonly partitioned: number;
  /** Files and bytes that are read. */
  readonly candidate: number;
  readonly candidateBytes: number;
  /** Row groups of the files that are read, where they are listed and all are Parquet. */
  readonly rowGroups: number | null;
  /** The files that are read, by path; null unless asked for. */
  readonly list: readonly ScanFile[] | null;
}

/** What one table scan would read. */
export interface ScanFacts {
  /** The table, with the columns that are read. */
  readonly table: TableUse;
  /** Partitions the scan gives. */
  readonly partitions: number;
  readonly filters: readonly ScanFilter[];
  /** Most rows it gives; null without a limit. */
  readonly limit: number | null;
  /** Null where the table has no files. */
  readonly files: ScanFiles | null;
}

const count = z.int();
const scanSchema: z.ZodMiniType<ScanFacts> = z.strictObject({
  table: tableUseSchema,
  partitions: count,
  filters: z.array(z.strictObject({ expression: z.string(), pushdown: z.enum(["exact", "inexact", "unsupported"]) })),
  limit: z.nullable(count),
  files: z.nullable(
    z.strictObject({
      total: count,
      totalBytes: count,
      partitioned: count,
      candidate: count,
      candidateBytes: count,
      rowGroups: z.nullable(count),
      list: z.nullable(z.array(z.strictObject({ path: z.string(), bytes: count, rowGroups: z.nullable(count) }))),
    }),
  ),
});

const replySchema = z.strictObject({ scans: z.array(scanSchema) });

/** What the table scans of a frame would read, in the order of the plan. Tables are listed; no data is read. */
export async function scanFacts(
  frame: Frame,
  { listFiles = false, ...options }: AbortableOptions & { readonly listFiles?: boolean } = {},
): Promise<readonly ScanFacts[]> {
  const node = frameNodeOf(frame);
  const { handle } = await planFrame(node, options);
  const call = { entrypoint: "frame.describeScan", on: handle, request: { listFiles }, reply: replySchema };
  const { body } = await node.state.call(call, options);
  return body.scans;
}
