import type { ColumnBatch, ColumnView } from "../src/column-batch.ts";
import { bufferRoles } from "../src/column-layout.ts";
import type { NativeBatch } from "../src/native-binding.ts";

const alignment = 64;

interface Packing {
  readonly header: number[];
  readonly buffers: { readonly offset: number; readonly bytes: Uint8Array }[];
  readonly dictionaries: Map<ColumnView, number>;
  size: number;
}

function bytesOf(array: ArrayBufferView | null): Uint8Array {
  return array === null ? new Uint8Array(0) : new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

function packView(view: ColumnView, packing: Packing): void {
  const parts = { validity: view.validity, offsets: view.offsets, values: view.values };
  const buffers = [...bufferRoles(view.type).map((role) => bytesOf(parts[role])), ...view.variadic];
  packing.header.push(view.length, view.nullCount, buffers.length);
  for (const bytes of buffers) {
    packing.header.push(packing.size, bytes.byteLength);
    packing.buffers.push({ offset: packing.size, bytes });
    packing.size += Math.ceil(bytes.byteLength / alignment) * alignment;
  }
  if (view.dictionary !== null) {
    const id = packing.dictionaries.get(view.dictionary) ?? packing.dictionaries.size + 7;
    packing.dictionaries.set(view.dictionary, id);
    packing.header.push(id);
  }
  for (const child of view.children) packView(child, packing);
}

function allocation(rows: number, views: readonly ColumnView[], dictionaries: Map<ColumnView, number>) {
  const packing: Packing = { header: [rows], buffers: [], dictionaries, size: 0 };
  for (const view of views) packView(view, packing);
  const data = new ArrayBuffer(packing.size);
  for (const { offset, bytes } of packing.buffers) new Uint8Array(data).set(bytes, offset);
  return { header: Float64Array.from(packing.header), data };
}

/** Packs columns in the batch layout of the native extension; every dictionary is sent. */
export function packBatch(batch: Pick<ColumnBatch, "rows" | "columns">): NativeBatch {
  const ids = new Map<ColumnView, number>();
  const main = allocation(batch.rows, batch.columns, ids);
  const dictionaries: NativeBatch["dictionaries"][number][] = [];
  const packed = new Set<number>();
  for (const [view, id] of ids) {
    if (!packed.has(id)) dictionaries.push({ id, ...allocation(view.length, [view], ids) });
    packed.add(id);
  }
  return { ...main, dictionaries, last: false };
}
