import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  gatherBytes,
  type NativeBytes,
  NativeFrame,
  type NativeSession,
  runtimeStats,
  schemaCodec,
} from "../binding.js";
import { int64Message } from "./arrow-message.ts";
import { drained, failureOf, firstColumn, handleOf, openSession, planned, request, streamOf } from "./native-call.ts";

const fields = [{ name: "a", type: { type: "int64" }, nullable: true }] as const;
const members = { source: { $buffer: 0 }, rest: { $handle: 0 } };

let session: NativeSession;
let schema: Uint8Array;

beforeAll(async () => {
  session = await openSession();
  const { buffers } = await schemaCodec(request({ fields }), {});
  schema = buffers[0] ?? new Uint8Array();
});

afterAll(() => {
  session.close();
});

async function framed(rest: NativeBytes): Promise<NativeFrame> {
  return handleOf(await session.values(request(members), { buffers: [schema], handles: [rest] }), NativeFrame);
}

async function valuesOf(frame: NativeFrame): Promise<readonly bigint[]> {
  const batches = await drained(streamOf(await frame.stream(request(), {})));
  return batches.flatMap((batch) => [...firstColumn(batch)]);
}

/** Bytes of two batches: the first in pieces, the second whole. */
function twoBatches(): NativeBytes {
  const bytes = gatherBytes();
  const first = int64Message(BigInt64Array.of(1n, 2n));
  bytes.append([first.subarray(0, 10), new Uint8Array(), first.subarray(10, 100), first.subarray(100)]);
  bytes.append([int64Message(BigInt64Array.of(3n))]);
  return bytes;
}

describe("gathered bytes", () => {
  it("are the rest of a stream of values, as often as it is asked for", async () => {
    const bytes = twoBatches();
    for (let time = 0; time < 2; time += 1) expect(await valuesOf(await framed(bytes))).toEqual([1n, 2n, 3n]);
    bytes.append([int64Message(BigInt64Array.of(4n))]);
    expect(await valuesOf(await framed(bytes))).toEqual([1n, 2n, 3n, 4n]);
    bytes.close();
  });

  it("are copies, and stay with what was made of them", async () => {
    const bytes = gatherBytes();
    const message = int64Message(BigInt64Array.of(5n, 6n));
    bytes.append([message]);
    message.fill(0);
    const frame = await framed(bytes);
    bytes.close();
    expect(await valuesOf(frame)).toEqual([5n, 6n]);
  });

  it("may be none", async () => {
    const bytes = gatherBytes();
    expect(await valuesOf(await framed(bytes))).toEqual([]);
    bytes.close();
  });

  it("that are no messages, or end within one, are refused", async () => {
    for (const piece of [Uint8Array.of(1, 2, 3, 4), int64Message(BigInt64Array.of(1n)).subarray(0, 60)]) {
      const bytes = gatherBytes();
      bytes.append([piece]);
      expect(await failureOf(framed(bytes))).toMatchObject({ code: "NATIVE.BAD_REQUEST" });
      bytes.close();
    }
  });

  it("are of no use once they are closed, and counted while they are open", async () => {
    const open = (): number => JSON.parse(runtimeStats()).handles.bytes;
    const before = open();
    const bytes = twoBatches();
    expect(open()).toBe(before + 1);
    bytes.close();
    bytes.close();
    expect(open()).toBe(before);
    expect(await failureOf(() => framed(bytes))).toMatchObject({ code: "NATIVE.CLOSED", details: { handle: "bytes" } });
    expect(await failureOf(() => bytes.append([schema]))).toMatchObject({ code: "NATIVE.CLOSED" });
  });

  it("are what the rest has to be", async () => {
    const frame = await planned(session, "SELECT 1");
    const wrong = session.values(request(members), { buffers: [schema], handles: [frame] });
    expect(await failureOf(wrong)).toMatchObject({ code: "NATIVE.BAD_REQUEST", details: { path: "$handle" } });
    frame.close();
  });
});
