import { blindCast } from "@deltafuse/config/casts";
import { InternalError } from "@deltafuse/config/errors";
import { noBounds } from "./before-execute.ts";
import { collectBounds, collectLimit, marked } from "./collect-limit.ts";
import type { FieldType, NestedField } from "./field-type.ts";
import type { FrameNode, PlannedFrame } from "./frame-node.ts";
import type { FrameOperation } from "./frame-plan.ts";
import type { CollectOptions, ShowOptions, Truncation } from "./frame.ts";
import { type MacrotaskBreak, macrotaskBreak } from "./macrotask-break.ts";
import { openQuery, planningOnly, type QueryOptions } from "./query-open.ts";
import { type QueryStream, stepRows } from "./query-stream.ts";
import { type QueryRun, startQueryRun } from "./query-run.ts";
import { propertyNames } from "./row-plan.ts";
import type { DecodeOptions } from "./row-decoder.ts";
import type { RowOptions } from "./rows.ts";
import { renderTextTable } from "./text-table.ts";
import { notSingleRow } from "./statement-errors.ts";
import type { Table } from "apache-arrow";

/** Plans a frame without running it. */
export async function planFrame(
  node: FrameNode,
  options: QueryOptions,
  check?: (planned: PlannedFrame, run: QueryRun) => Promise<void>,
): Promise<PlannedFrame> {
  node.state.assertOpen();
  options.signal?.throwIfAborted();
  const run = startQueryRun(node.state, options);
  return planningOnly(run, options, async () => {
    const planned = await node.planned(run, options);
    await check?.(planned, run);
    return planned;
  });
}

function over(node: FrameNode, operation: FrameOperation): FrameNode {
  return node.with({ operation: () => operation, operands: [], queries: [] });
}

/** `schema`. */
export async function frameSchema(node: FrameNode, options: QueryOptions): Promise<readonly NestedField[]> {
  const { fields } = await planFrame(node, options);
  return fields;
}

/** `rows`. */
export async function gatherRows<T extends object>(
  node: FrameNode,
  how: CollectOptions & RowOptions & DecodeOptions<T>,
  options: QueryOptions,
): Promise<T[] & Truncation> {
  const bounds = collectBounds(node.state.resolved.limits, how, options.limits);
  return streamRows<T>(await openQuery(node, options, { bounds, atOnce: true }), how);
}

async function streamRows<T extends object>(
  stream: QueryStream,
  how: CollectOptions & RowOptions & DecodeOptions<T>,
): Promise<T[] & Truncation> {
  const limit = collectLimit(stream.bounds, how.onLimit);
  const parts: T[][] = [];
  const pause = macrotaskBreak();
  try {
    const reader = stream.reader<T>(how);
    for await (const { batch, bytes } of stream.sizedBatches()) {
      pause.taken();
      const bound = reader.bind(batch);
      const admitted = stream.using(() => limit.admit(batch.rows, bytes));
      for (let start = 0; start < admitted; start += stepRows) {
        parts.push(stream.using(() => bound.slice(start, Math.min(start + stepRows, admitted))));
        if (pause.due) await pause.take();
      }
      if (limit.reached) break;
    }
  } finally {
    await stream.close();
  }
  return marked(await joined(parts, pause), limit.reached);
}

/** One array of all parts. One that grows by itself copies all it has now and then, in one go. */
async function joined<T>(parts: readonly T[][], pause: MacrotaskBreak): Promise<T[]> {
  const [first] = parts;
  if (first !== undefined && parts.length === 1) return first;
  const all: T[] = [];
  all.length = parts.reduce((sum, part) => sum + part.length, 0);
  let index = 0;
  for (const part of parts) {
    for (const row of part) all[index++] = row;
    if (pause.due) await pause.take();
  }
  return all;
}

/** `collect`. */
export async function collectTable(
  node: FrameNode,
  how: CollectOptions,
  options: QueryOptions,
): Promise<Table & Truncation> {
  const bounds = collectBounds(node.state.resolved.limits, how, options.limits);
  return streamTable(await openQuery(node, options, { bounds, atOnce: true }), how.onLimit);
}

/** Gathers a stream as an apache-arrow Table. */
export async function streamTable(
  stream: QueryStream,
  onLimit?: CollectOptions["onLimit"],
): Promise<Table & Truncation> {
  const limit = collectLimit(stream.bounds, onLimit);
  try {
    const { Table: ArrowTable } = await import("apache-arrow");
    const schema = await stream.schema();
    const batches = [];
    for await (const { batch, bytes } of stream.sizedBatches()) {
      const admitted = stream.using(() => limit.admit(batch.rows, bytes));
      const whole = await batch.toRecordBatch();
      if (admitted > 0) batches.push(admitted === batch.rows ? whole : whole.slice(0, admitted));
      if (limit.reached) break;
    }
    return marked(new ArrowTable(schema, batches), limit.reached);
  } finally {
    await stream.close();
  }
}

/** `first`. */
export async function firstRow<T extends object>(
  node: FrameNode,
  how: RowOptions & DecodeOptions<T>,
  options: QueryOptions,
): Promise<T | null> {
  const [row] = await firstRows<T>(node, 1, { how, options });
  return row ?? null;
}

async function firstRows<T extends object>(
  node: FrameNode,
  limit: number,
  { how, options }: { readonly how: RowOptions & DecodeOptions<T>; readonly options: QueryOptions },
): Promise<readonly T[]> {
  const first = over(node, { op: "limit", limit, offset: 0 });
  return streamRows<T>(await openQuery(first, options, { bounds: noBounds, atOnce: true }), how);
}

/** `single`. */
export async function singleRow<T extends object>(
  node: FrameNode,
  how: RowOptions & DecodeOptions<T>,
  options: QueryOptions,
): Promise<T> {
  const rows = await firstRows<T>(node, 2, { how, options });
  const [row] = rows;
  if (row === undefined || rows.length > 1) throw notSingleRow({ rows: rows.length, columns: null });
  return row;
}

/** `scalar`. */
export async function singleValue<T>(node: FrameNode, how: RowOptions, options: QueryOptions): Promise<T> {
  const row = await singleRow<Record<string, unknown>>(node, how, options);
  const values = Object.values(row);
  if (values.length !== 1) throw notSingleRow({ rows: 1, columns: values.length });
  return blindCast<T, "the caller names the type of the column">(values[0]);
}

/** `drain`. */
export async function drainRows(node: FrameNode, options: QueryOptions): Promise<number> {
  const stream = await openQuery(node, options, { bounds: noBounds, atOnce: true });
  let rows = 0;
  try {
    for await (const { batch } of stream.sizedBatches()) rows += batch.rows;
  } finally {
    await stream.close();
  }
  return rows;
}

/** `count`. */
export async function countRows(node: FrameNode, options: QueryOptions): Promise<number> {
  const values = [{ e: "alias", name: "count", arg: { e: "call", name: "count", args: [] } }] as const;
  const counted = over(node, { op: "aggregate", by: [], values });
  const row = await firstRow<{ readonly count: number }>(counted, { values: "plain" }, options);
  if (row === null) throw new InternalError("A count gave no row");
  return row.count;
}

/** `show`. */
export async function showRows(node: FrameNode, how: ShowOptions, options: QueryOptions): Promise<string> {
  const { limit = 20, maxCellWidth = 40 } = how;
  const stream = await openQuery(over(node, { op: "limit", limit: limit + 1, offset: 0 }), options, {
    bounds: noBounds,
    atOnce: true,
  });
  const { fields } = stream;
  const names = propertyNames(fields, "suffix", null);
  const columns = fields.map(
    ({ name, type }) => ({ name, align: numberTypes.has(type.type) ? "right" : "left" }) as const,
  );
  const rows = await streamRows<Record<string, unknown>>(stream, { values: "json", duplicateNames: "suffix" });
  const cells = rows.slice(0, limit).map((row) => names.map((name) => cellText(row[name])));
  const table = renderTextTable(columns, cells, { maxCellWidth });
  return rows.length > limit ? `${table}\n(the first ${limit} rows)` : table;
}

const numberTypes: ReadonlySet<FieldType["type"]> = new Set([
  "int8",
  "int16",
  "int32",
  "int64",
  "uint8",
  "uint16",
  "uint32",
  "uint64",
  "float16",
  "float32",
  "float64",
  "decimal",
]);

function cellText(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  return typeof value === "string" ? value : JSON.stringify(value);
}
