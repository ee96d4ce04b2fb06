import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { setTimeout } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { NativeFrame, NativeProvider, type NativeSession } from "../binding.js";
import { openSink, runtimeStats, schemaCodec } from "../binding.js";
import { int64Message } from "./arrow-message.ts";
import { type CallSubjects, callSubjects, entrypointCalls } from "./entrypoint-calls.ts";
import { drained, executed, failureOf, handleOf, streamOf, numberOf, openSession, planned } from "./native-call.ts";
import { request, rowCount, sinkOf, streamed } from "./native-call.ts";

const source = { $handle: 0 };
const long = "SELECT value FROM range(0, 300000000) ORDER BY value * 7919 % 1000003";

function openHandles(): Readonly<Record<string, number>> {
  return JSON.parse(runtimeStats()).handles;
}

function closed(handle: string): object {
  return { code: "NATIVE.CLOSED", message: expect.stringContaining(handle), details: { handle }, causes: [] };
}

describe("a handle", () => {
  let folder = "";
  let subjects: CallSubjects;

  beforeEach(async () => {
    folder = await mkdtemp(`${tmpdir()}/deltafuse-handles-`);
    subjects = await callSubjects(folder);
  });

  afterEach(async () => {
    subjects.session.close();
    subjects.scope.close();
    await rm(folder, { recursive: true, force: true });
  });

  it("is counted while it is open, and closed once", () => {
    const { session, frame, prepared, stream, sink, provider, table, scope: cacheScope } = subjects;
    const handles = { session, frame, prepared, stream, sink, provider, table, cacheScope };
    for (const [name, handle] of Object.entries(handles)) {
      const before = openHandles()[name] ?? 0;
      expect(before).toBeGreaterThan(0);
      handle.close();
      expect(openHandles()[name]).toBe(before - 1);
      handle.close();
      expect(openHandles()[name]).toBe(before - 1);
    }
  });

  it("refuses every call after its close", async () => {
    const { session, frame, prepared, stream, sink, provider, table, scope } = subjects;
    for (const handle of [session, frame, prepared, stream, sink, provider, table, scope]) handle.close();
    for (const { entrypoint, members, send } of entrypointCalls(subjects)) {
      const [handle = "", method] = entrypoint.split(".");
      if (method === undefined) continue;
      const failure = await failureOf(() => send(request(members)));
      expect({ entrypoint, ...failure }).toMatchObject({ entrypoint, ...closed(handle) });
    }
    expect(await failureOf(() => stream.next())).toMatchObject(closed("stream"));
    expect(await failureOf(() => stream.metrics())).toMatchObject(closed("stream"));
    expect(await failureOf(() => scope.stats())).toMatchObject(closed("cacheScope"));
  });

  it("that is closed cannot be attached", async () => {
    const { session, frame, provider } = subjects;
    frame.close();
    provider.close();
    const memory = request({ kind: "memory", source });
    expect(await failureOf(() => session.prepareTable(memory, { handles: [frame] }))).toMatchObject(closed("frame"));
    const put = request({ ops: [{ op: "put", name: ["t"], provider: source, replace: false }] });
    expect(await failureOf(() => session.catalogApply(put, { handles: [provider] }))).toMatchObject(closed("provider"));
  });

  it("of another class is refused", async () => {
    const { session, table } = subjects;
    for (const handle of [session, table]) {
      const memory = request({ kind: "memory", source });
      expect(await failureOf(session.prepareTable(memory, { handles: [handle] }))).toMatchObject({
        code: "NATIVE.BAD_REQUEST",
      });
    }
    expect(
      await failureOf(session.prepareTable(request({ kind: "memory", source: { $handle: 3 } }), {})),
    ).toMatchObject({
      code: "NATIVE.BAD_REQUEST",
    });
  });
});

describe("closing", () => {
  let session: NativeSession;

  beforeEach(async () => {
    session = await openSession();
  });

  afterEach(() => session.close());

  it("a session ends its calls and everything made from it", async () => {
    const before = openHandles();
    const frame = await planned(session, "SELECT 1 AS a");
    const idle = await streamed(session, "SELECT 1 AS a");
    const started = await streamed(session, "SELECT value FROM range(0, 100000000)");
    expect((await started.next())?.header[0]).toBe(8192);
    const running = [
      executed(session, long),
      planned(session, long).then((plan) =>
        session.prepareTable(request({ kind: "memory", source }), { handles: [plan] }),
      ),
    ].map((call) => failureOf(call));
    await setTimeout(100);
    session.close();
    for (const failure of await Promise.all(running)) expect(failure.code).toBe("NATIVE.CLOSED");
    expect(await failureOf(started.next())).toMatchObject({ code: "NATIVE.CLOSED" });
    expect(await failureOf(idle.next())).toMatchObject({ code: "NATIVE.CLOSED" });
    expect(await failureOf(frame.stream(request(), {}))).toMatchObject({ code: "NATIVE.CLOSED" });
    for (const handle of [frame, idle, started]) handle.close();
    session.close();
    expect(openHandles()["stream"]).toBe(before["stream"]);
  });

  it("a session leaves other sessions alone", async () => {
    const other = await openSession();
    const count = numberOf(other, "SELECT count(*) FROM range(0, 10000) a CROSS JOIN range(0, 10000) b");
    const failure = failureOf(executed(session, long));
    await setTimeout(50);
    session.close();
    expect(await failure).toMatchObject({ code: "NATIVE.CLOSED" });
    expect(await count).toBe(100_000_000);
    other.close();
  });

  it("a frame leaves the streams that were made from it alone", async () => {
    const frame = await planned(session, "SELECT value FROM range(0, 100000)");
    const stream = streamOf(await frame.stream(request(), {}));
    frame.close();
    expect(rowCount(await drained(stream))).toBe(100_000);
  });

  it("a frame during its own planning changes nothing", async () => {
    const frame = await planned(session, "SELECT value FROM range(0, 10)");
    const streaming = frame.stream(request(), {});
    frame.close();
    expect((await streaming).stream).toBeDefined();
  });

  it("a stream ends the pull that is in flight", async () => {
    const stream = await streamed(session, long);
    const pulls = [stream.next(), stream.next(), stream.next()].map((pull) => failureOf(pull));
    await setTimeout(50);
    stream.close();
    for (const failure of await Promise.all(pulls)) expect(failure).toMatchObject(closed("stream"));
    expect(await numberOf(session, "SELECT 42")).toBe(42);
  });

  it("a provider leaves the published table alone", async () => {
    const frame = await planned(session, "SELECT 7 AS a");
    const reply = await session.prepareTable(request({ kind: "memory", source }), { handles: [frame] });
    const provider = handleOf(reply, NativeProvider);
    const put = { op: "put", name: ["t"], provider: source, replace: false };
    await session.catalogApply(request({ ops: [put] }), { handles: [provider] });
    provider.close();
    frame.close();
    expect(await numberOf(session, "SELECT a FROM t")).toBe(7);
  });

  it("a sink ends the push that waits and fails its reader", async () => {
    const fields = [{ name: "a", type: { type: "int64" }, nullable: true }];
    const schema = (await schemaCodec(request({ fields }), {})).buffers[0] ?? new Uint8Array();
    const sink = await sinkOf(openSink, schema);
    const batch = { buffers: [int64Message(BigInt64Array.of(1n))] };
    await sink.push(request(), batch);
    await sink.push(request(), batch);
    const frame = handleOf(await session.applyOps(request({ source, ops: [] }), { handles: [sink] }), NativeFrame);
    const waiting = failureOf(sink.push(request(), batch));
    await setTimeout(50);
    sink.close();
    expect(await waiting).toMatchObject(closed("sink"));
    const stream = streamOf(await frame.stream(request(), {}));
    expect(await failureOf(drained(stream))).toMatchObject({ code: "NATIVE.SOURCE_FAILED" });
  });
});
