import { Buffer, isAscii } from "node:buffer";
import { blindCast } from "@deltafuse/config/casts";
import type { ColumnView } from "./column-batch.ts";

/** Text of row `i`, which must not be null. */
export type StringGetter = (row: number) => string;

/** The bytes of a utf8 column with 32-bit offsets into them. */
export interface Utf8Bytes {
  readonly bytes: Buffer;
  readonly offsets: Int32Array;
}

function bufferOf(bytes: ArrayBufferView): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function rebased(offsets: Int32Array | BigInt64Array, length: number, start: number): Int32Array {
  const result = new Int32Array(length + 1);
  for (let index = 0; index <= length; index++) result[index] = Number(offsets[index]) - start;
  return result;
}

/** The bytes of a utf8 or large_utf8 column; offsets start at zero. */
export function utf8Bytes(view: ColumnView): Utf8Bytes {
  const { offsets, values, length } = view;
  if (offsets === null || values === null || offsets.length <= length) {
    return { bytes: Buffer.alloc(0), offsets: new Int32Array(length + 1) };
  }
  const start = Number(offsets[0]);
  const bytes = bufferOf(values).subarray(start, Number(offsets[length]));
  return { bytes, offsets: offsets instanceof Int32Array && start === 0 ? offsets : rebased(offsets, length, start) };
}

/** All bytes as one text when they are ASCII, so that byte positions are text positions; else null. */
export function asciiText(source: Utf8Bytes): string | null {
  return isAscii(blindCast<NodeJS.TypedArray<ArrayBuffer>, "isAscii reads shared memory too">(source.bytes))
    ? source.bytes.toString("latin1")
    : null;
}

/** Texts by substring of one latin1 text where a value is ASCII, else decoded alone. */
function mixedGetter({ bytes, offsets }: Utf8Bytes): StringGetter {
  const text = bytes.toString("latin1");
  return (row) => {
    const start = offsets[row] ?? 0;
    const end = offsets[row + 1] ?? 0;
    for (let position = start; position < end; position++) {
      if ((bytes[position] ?? 0) > 127) return bytes.toString("utf8", start, end);
    }
    return text.substring(start, end);
  };
}

/** Reads the bytes of one value of a view column: short ones lie in the view, long ones in a data buffer. */
export function viewBytes(view: ColumnView): (row: number) => Buffer {
  const { values } = view;
  const views = values === null ? Buffer.alloc(0) : bufferOf(values);
  const data = view.variadic.map(bufferOf);
  return (row) => {
    const at = row * 16;
    const size = views.readInt32LE(at);
    if (size <= 12) return views.subarray(at + 4, at + 4 + size);
    const start = views.readInt32LE(at + 12);
    return data[views.readInt32LE(at + 8)]?.subarray(start, start + size) ?? Buffer.alloc(0);
  };
}

/**
 * Reads a utf8, large_utf8 or utf8_view column. Most texts are substrings and keep the text of the whole batch alive;
 * with `detach` each one is a string of its own.
 */
export function stringGetter(view: ColumnView, detach: boolean): StringGetter {
  if (view.type.type === "utf8_view") {
    const bytesOf = viewBytes(view);
    return (row) => bytesOf(row).toString("utf8");
  }
  const source = utf8Bytes(view);
  const { bytes, offsets } = source;
  if (detach) return (row) => bytes.toString("utf8", offsets[row] ?? 0, offsets[row + 1] ?? 0);
  const text = asciiText(source);
  if (text === null) return mixedGetter(source);
  return (row) => text.substring(offsets[row] ?? 0, offsets[row + 1] ?? 0);
}
