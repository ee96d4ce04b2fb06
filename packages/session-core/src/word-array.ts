import type { ColumnView } from "./column-batch.ts";

/** 2 to the power of 32: the weight of the high word of a 64-bit integer. */
export const highWord: number = 4_294_967_296;

/** The values of a column as signed 32-bit words, the low one first. */
export function signedWords(view: ColumnView): Int32Array {
  const { values } = view;
  if (values === null) return new Int32Array(0);
  return new Int32Array(values.buffer, values.byteOffset, values.byteLength >> 2);
}

/** 64-bit signed integer of row `row` as the nearest number. */
export function signedNumber(words: Int32Array, row: number): number {
  return (words[2 * row + 1] ?? 0) * highWord + ((words[2 * row] ?? 0) >>> 0);
}

/** 64-bit unsigned integer of row `row` as the nearest number. */
export function unsignedNumber(words: Int32Array, row: number): number {
  return ((words[2 * row + 1] ?? 0) >>> 0) * highWord + ((words[2 * row] ?? 0) >>> 0);
}

/** A two's complement integer of `count` words that start at `start`. */
export function wideInteger(words: Int32Array, start: number, count: number): bigint {
  let value = BigInt(words[start + count - 1] ?? 0);
  for (let index = count - 2; index >= 0; index--) {
    value = (value << 32n) | BigInt((words[start + index] ?? 0) >>> 0);
  }
  return value;
}

/** The values of a column as 64-bit integers, the low one first; copied when they are not aligned. */
export function bigWords({ values }: ColumnView): BigInt64Array {
  if (values === null) return new BigInt64Array(0);
  const { buffer, byteOffset, byteLength } = values;
  if (byteOffset % 8 === 0) return new BigInt64Array(buffer, byteOffset, byteLength >> 3);
  return new BigInt64Array(buffer.slice(byteOffset, byteOffset + byteLength));
}

/** Writes a safe integer as the 64-bit integer of row `row`. */
export function writeSafeInteger(words: Int32Array | Uint32Array, row: number, value: number): void {
  const high = Math.floor(value / highWord);
  words[2 * row] = value - high * highWord;
  words[2 * row + 1] = high;
}
