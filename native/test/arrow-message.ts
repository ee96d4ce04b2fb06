/** A record batch message of Arrow IPC: the header, and the body in pieces. */
export interface ArrowMessage {
  readonly header: Uint8Array;
  readonly body: readonly Uint8Array[];
}

const headerBytes = 8 + 104 + 2 * 16;
const u16 = [
  [4, 12, 24, 16, 18, 4, 8],
  [32, 4],
  [40, 10, 20, 4, 12, 16],
] as const;
const i32 = [
  [-8, -1],
  [-4, headerBytes - 8],
  [0, 16],
  [16, 12],
  [20, 32],
  [52, 12],
  [64, 12],
  [68, 32],
  [76, 1],
  [100, 2],
] as const;

/** A batch of one int64 column without nulls; the flatbuffer is laid out by hand (Arrow's Message.fbs, version 5). */
export function int64Batch(values: BigInt64Array): ArrowMessage {
  const header = new Uint8Array(headerBytes);
  const view = new DataView(header.buffer);
  for (const [at, ...numbers] of u16) {
    for (const [index, number] of numbers.entries()) view.setUint16(8 + at + 2 * index, number, true);
  }
  for (const [at, number] of i32) view.setInt32(8 + at, number, true);
  view.setUint8(8 + 34, 3);
  const bodyBytes = Math.ceil(values.byteLength / 64) * 64;
  const longs = [
    [24, bodyBytes],
    [56, values.length],
    [80, values.length],
    [128, values.byteLength],
  ] as const;
  for (const [at, number] of longs) view.setBigInt64(8 + at, BigInt(number), true);
  const body = new Uint8Array(bodyBytes);
  body.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  return { header, body: [body] };
}

/** The same as one piece. */
export function int64Message(values: BigInt64Array): Uint8Array {
  const { header, body } = int64Batch(values);
  return Buffer.concat([header, ...body]);
}

/** A whole IPC stream: the schema message, batches, the end. */
export function ipcStream(schema: Uint8Array, batches: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat([schema, ...batches, Uint8Array.of(255, 255, 255, 255, 0, 0, 0, 0)]);
}
