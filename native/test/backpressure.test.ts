import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createCancel, NativeFrame, NativeProvider, type NativeSession, type NativeSink } from "../binding.js";
import { openSink, schemaCodec, type NativeStream } from "../binding.js";
import { int64Batch, int64Message } from "./arrow-message.ts";
import { drained, failureOf, firstColumn, handleOf, streamOf, openSession, planned } from "./native-call.ts";
import { request, rowCount, sinkOf, streamed } from "./native-call.ts";

const source = { $handle: 0 };

/** Waits until a number has not changed for 300 ms. */
async function settled(read: () => number): Promise<number> {
  for (let previous = Number.NaN; ;) {
    const current = read();
    if (current === previous) return current;
    previous = current;
    await setTimeout(300);
  }
}

let session: NativeSession;

beforeAll(async () => {
  session = await openSession({ settings: [["datafusion.execution.target_partitions", "2"]] });
});

afterAll(() => session.close());

const rowsOfNext = async (stream: NativeStream): Promise<number> =>
  (await stream.next(undefined, undefined, "rows"))?.header[0] ?? 0;

describe("a stream that nobody pulls", () => {
  let computed = 0;

  beforeAll(async () => {
    const types = { arguments: [{ name: "a", type: "int64" }], returns: "int64" };
    const rest = {
      version: "0",
      volatility: "volatile",
      nulls: "strict",
      batchSize: 8192,
      timeoutMs: 0,
      replace: true,
    };
    await session.registerFunction(request({ name: "counted", ...types, ...rest }), {
      callback: ({ rows }: { rows: number }) => {
        computed += rows;
        return int64Batch(new BigInt64Array(rows));
      },
    });
  });

  it("does nothing before its first pull", async () => {
    computed = 0;
    const stream = await streamed(session, "SELECT counted(value) FROM range(0, 10000000)");
    expect(await settled(() => computed)).toBe(0);
    stream.close();
  });

  it("stops after what it makes ahead, and goes on from there", async () => {
    computed = 0;
    const stream = await streamed(session, "SELECT counted(value) FROM range(0, 10000000)");
    let read = await rowsOfNext(stream);
    const ahead = await settled(() => computed);
    expect(ahead).toBeGreaterThan(read);
    expect(ahead).toBeLessThan(50 * 8192);
    for (let pull = 0; pull < 100; pull++) read += await rowsOfNext(stream);
    expect(read).toBe(101 * 8192);
    expect(await settled(() => computed)).toBeLessThan(read + 50 * 8192);
    expect(computed).toBeGreaterThan(read);
    stream.close();
  });

  it("makes ahead by batches and by bytes, as asked", async () => {
    const aheadOf = async (members: object): Promise<number> => {
      const stream = await streamed(session, "SELECT counted(value) AS a FROM range(0, 10000000)", members);
      computed = 0;
      await rowsOfNext(stream);
      const ahead = await settled(() => computed);
      stream.close();
      return ahead;
    };
    const wide = await aheadOf({ prefetchBatches: 64 });
    expect(wide).toBeGreaterThan(64 * 8192);
    expect(wide).toBeLessThan(150 * 8192);
    expect(await aheadOf({ prefetchBatches: 64, prefetchBytes: 8 * 8192 * 8 })).toBeLessThan(50 * 8192);
  });

  it("stops a scan", async () => {
    const folder = await mkdtemp(join(tmpdir(), "deltafuse-backpressure-"));
    const rows = 3_000_000;
    const frame = await planned(session, `SELECT value FROM range(0, ${rows})`);
    const location = join(folder, "t.parquet");
    const target = { location, format: "parquet", mode: "error", single: true, writeId: "w" };
    await session.writeFiles(request({ source, ...target, options: { rowGroupRows: 50_000 } }), { handles: [frame] });
    const listing = request({ kind: "listing", location, format: "parquet", hive: false });
    const provider = handleOf(await session.prepareTable(listing, {}), NativeProvider);
    const ops = [{ op: "put", name: ["scanned"], provider: source, replace: true }];
    await session.catalogApply(request({ ops }), { handles: [provider] });
    const cancel = createCancel();
    const stream = await streamed(session, "SELECT value FROM scanned");
    await stream.next(cancel);
    const scanned = (): number => JSON.parse(cancel.progress() ?? "{}").rows;
    expect(await settled(scanned)).toBeLessThan(rows / 4);
    await drained(stream, cancel);
    expect(scanned()).toBe(rows);
    await rm(folder, { recursive: true, force: true });
  });
});

describe("a sink", () => {
  let schema = new Uint8Array();
  const fields = [{ name: "a", type: { type: "int64" }, nullable: true }];
  const batch = (first: number): { buffers: Uint8Array[] } => ({
    buffers: [int64Message(BigInt64Array.from({ length: 100 }, (_, index) => BigInt(first + index)))],
  });

  beforeAll(async () => {
    schema = new Uint8Array((await schemaCodec(request({ fields }), {})).buffers[0] ?? []);
  });

  async function readerOf(sink: NativeSink): Promise<NativeStream> {
    const frame = handleOf(await session.applyOps(request({ source, ops: [] }), { handles: [sink] }), NativeFrame);
    return streamOf(await frame.stream(request(), {}));
  }

  it("lets pushes wait while nobody reads", async () => {
    const sink = await sinkOf(openSink, schema);
    const stream = await readerOf(sink);
    let pushed = 0;
    const pushing = (async () => {
      for (; pushed < 1000; pushed++) await sink.push(request(), batch(pushed * 100));
      await sink.finish(request(), {});
    })();
    const before = await settled(() => pushed);
    expect(before).toBe(2);
    const first = await stream.next();
    const after = await settled(() => pushed);
    expect(after).toBeLessThan(1000);
    const batches = [...(first === null ? [] : [first]), ...(await drained(stream))];
    await pushing;
    const values = batches.flatMap((one) => [...firstColumn(one)]);
    expect(values).toEqual(Array.from({ length: 100_000 }, (_, index) => BigInt(index)));
  });

  it("gives what there is while its source pauses", async () => {
    const sink = await sinkOf(openSink, schema);
    const stream = await readerOf(sink);
    const pull = stream.next();
    await sink.push(request(), batch(0));
    expect((await pull)?.header[0]).toBe(100);
    const waiting = stream.next();
    const first = await Promise.race([waiting, setTimeout(100, "nothing yet")]);
    expect(first).toBe("nothing yet");
    await sink.push(request(), batch(100));
    expect((await waiting)?.header[0]).toBe(100);
    const end = stream.next();
    await sink.finish(request(), {});
    expect(await end).toBe(null);
    stream.close();
  });

  it("takes bytes that are cut anywhere and may be used again at once", async () => {
    const sink = await sinkOf(openSink, schema);
    const stream = await readerOf(sink);
    const bytes = Buffer.concat([batch(0), batch(100)].flatMap(({ buffers }) => buffers));
    const piece = new Uint8Array(7);
    const pushing = (async () => {
      for (let at = 0; at < bytes.length; at += piece.length) {
        const length = Math.min(piece.length, bytes.length - at);
        piece.set(bytes.subarray(at, at + length));
        const push = sink.push(request(), { buffers: [piece.subarray(0, length)] });
        piece.fill(255);
        await push;
      }
      await sink.finish(request(), {});
    })();
    expect(rowCount(await drained(stream))).toBe(200);
    await pushing;
  });

  it("tells its source when its reader has stopped", async () => {
    const sink = await sinkOf(openSink, schema);
    const stream = await readerOf(sink);
    await sink.push(request(), batch(0));
    await stream.next();
    stream.close();
    const failure = await failureOf(async () => {
      for (let pushed = 0; pushed < 10; pushed++) await sink.push(request(), batch(0));
    });
    expect(failure).toMatchObject({ code: "NATIVE.CLOSED", details: { handle: "sink" } });
  });

  it("fails its reader with what its source says, and with bytes that are no Arrow", async () => {
    const failing = await sinkOf(openSink, schema);
    const first = await readerOf(failing);
    await failing.push(request(), batch(0));
    await failing.fail(request({ message: "the socket broke" }), {});
    const failure = await failureOf(drained(first));
    expect(failure).toMatchObject({
      code: "NATIVE.SOURCE_FAILED",
      message: expect.stringContaining("the socket broke"),
    });
    const garbled = await sinkOf(openSink, schema);
    const second = await readerOf(garbled);
    const bytes = { buffers: [Buffer.from("this is not an Arrow message at all, in any way")] };
    expect(await failureOf(garbled.push(request(), bytes))).toMatchObject({ code: "NATIVE.BAD_REQUEST" });
    expect(await failureOf(drained(second))).toMatchObject({ code: "NATIVE.SOURCE_FAILED" });
  });

  it("is read once", async () => {
    const sink = await sinkOf(openSink, schema);
    const [first, second] = [await readerOf(sink), await readerOf(sink)];
    await sink.push(request(), batch(0));
    await sink.finish(request(), {});
    expect(rowCount(await drained(first))).toBe(100);
    expect(await failureOf(drained(second))).toMatchObject({
      code: "NATIVE.SOURCE_FAILED",
      message: expect.stringContaining("only once"),
    });
  });
});
