import type { ColumnView } from "./column-batch.ts";
import { bufferRoles, childFields } from "./column-layout.ts";
import type { FieldType, NestedField } from "./field-type.ts";

/** Buffers start at multiples of this, so that the engine can use them where they are. */
const alignment = 64;

/** A record batch message of Arrow IPC. */
export interface IpcBatch {
  /** Continuation mark, length and metadata of the message. */
  readonly header: Uint8Array;
  /** The body in pieces: its buffers, and the zeros between them. */
  readonly body: readonly Uint8Array[];
}

interface Counts {
  readonly nodes: number;
  readonly buffers: number;
}

function countOf(type: FieldType): Counts {
  return childFields(type)
    .map((child) => countOf(child.type))
    .reduce((sum, one) => ({ nodes: sum.nodes + one.nodes, buffers: sum.buffers + one.buffers }), {
      nodes: 1,
      buffers: bufferRoles(type).length,
    });
}

function padded(bytes: number): number {
  return Math.ceil(bytes / alignment) * alignment;
}

/*
 * The header is a flatbuffer of fixed shape (Arrow's Message.fbs, metadata version 5):
 *
 *    0  root: offset of the Message table
 *    4  vtable of Message: version, header type, header, body length
 *   16  Message: offset of its vtable, header, body length, version, header type
 *   40  vtable of RecordBatch: length, nodes, buffers
 *   52  RecordBatch: offset of its vtable, length, nodes, buffers
 *   76  number of nodes, then nodes of (length, null count)
 *       number of buffers, then buffers of (offset, length)
 */
const messageVtable = [12, 24, 16, 18, 4, 8] as const;
const batchVtable = [10, 20, 4, 12, 16] as const;
const metadataVersion = 4;
const recordBatchHeader = 3;
const prefixBytes = 8;
const batchLengthAt = 56;
const bodyLengthAt = 24;
const nodesAt = 80;

/** The message header of one schema with all numbers of a batch still zero. */
function headerTemplate({ nodes, buffers }: Counts): Uint8Array<ArrayBuffer> {
  const buffersAt = nodesAt + 16 * nodes + 8;
  const bytes = new Uint8Array(padded(prefixBytes + buffersAt + 16 * buffers));
  const view = new DataView(bytes.buffer);
  const u16 = (at: number, values: readonly number[]): void => {
    for (const [index, value] of values.entries()) view.setUint16(prefixBytes + at + 2 * index, value, true);
  };
  const i32 = (at: number, value: number): void => {
    view.setInt32(prefixBytes + at, value, true);
  };
  i32(-8, -1);
  i32(-4, bytes.byteLength - prefixBytes);
  i32(0, 16);
  u16(4, messageVtable);
  i32(16, 12);
  i32(20, 52 - 20);
  u16(32, [metadataVersion]);
  view.setUint8(prefixBytes + 34, recordBatchHeader);
  u16(40, batchVtable);
  i32(52, 12);
  i32(64, 76 - 64);
  i32(68, buffersAt - 4 - 68);
  i32(76, nodes);
  i32(buffersAt - 4, buffers);
  return bytes;
}

function bytesOf(array: ArrayBufferView | null): Uint8Array {
  return array === null ? new Uint8Array(0) : new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

const zeros = new Uint8Array(alignment);

/** Fills one copy of the template with the nodes and buffers of a batch, in pre-order. */
class HeaderFiller {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly body: Uint8Array[] = [];
  bodyBytes = 0;
  readonly #view: DataView;
  readonly #buffersAt: number;
  #nodes = 0;
  #buffers = 0;

  constructor(template: Uint8Array, nodes: number) {
    this.bytes = new Uint8Array(template);
    this.#view = new DataView(this.bytes.buffer);
    this.#buffersAt = nodesAt + 16 * nodes + 8;
  }

  number(at: number, value: number): void {
    this.#view.setBigInt64(prefixBytes + at, BigInt(value), true);
  }

  add(view: ColumnView): void {
    this.number(nodesAt + 16 * this.#nodes, view.length);
    this.number(nodesAt + 16 * this.#nodes + 8, view.type.type === "null" ? view.length : view.nullCount);
    this.#nodes += 1;
    for (const role of bufferRoles(view.type)) this.#buffer(bytesOf(view[role]));
    for (const child of view.children) this.add(child);
  }

  #buffer(bytes: Uint8Array): void {
    const { byteLength } = bytes;
    const at = this.#buffersAt + 16 * this.#buffers;
    this.number(at, this.bodyBytes);
    this.number(at + 8, byteLength);
    this.#buffers += 1;
    const gap = padded(byteLength) - byteLength;
    if (byteLength > 0) this.body.push(bytes);
    if (gap > 0) this.body.push(zeros.subarray(0, gap));
    this.bodyBytes += byteLength + gap;
  }
}

/** Writes record batch messages of one schema; the shape of their headers is laid out once. */
export function ipcBatches(fields: readonly NestedField[]): (columns: readonly ColumnView[], rows: number) => IpcBatch {
  const children = fields.map((field) => countOf(field.type));
  const counts = {
    nodes: children.reduce((sum, one) => sum + one.nodes, 0),
    buffers: children.reduce((sum, one) => sum + one.buffers, 0),
  };
  const template = headerTemplate(counts);
  return (columns, rows) => {
    const filler = new HeaderFiller(template, counts.nodes);
    filler.number(batchLengthAt, rows);
    for (const column of columns) filler.add(column);
    filler.number(bodyLengthAt, filler.bodyBytes);
    return { header: filler.bytes, body: filler.body };
  };
}

/** The message as the pieces that it is made of. */
export function ipcPieces({ header, body }: IpcBatch): readonly Uint8Array[] {
  return [header, ...body];
}
