import type { NativeSpan, OperationTracer } from "@deltafuse/telemetry/operation-tracer";
import { createTelemetry } from "@deltafuse/telemetry/telemetry";
import { describe, expect, it } from "vitest";
import { createHooks } from "../src/hooks.ts";
import { currentOperation, startOperation, tableOperation, traced } from "../src/operation.ts";
import { tracingHooks } from "../src/testing-tracer.ts";

function nativeSpan(id: string, parentId: string | null): NativeSpan {
  return { id, parentId, name: id, startUnixNs: "1", endUnixNs: "2", attributes: {} };
}

describe("an operation", () => {
  it("ends with its work: well, failed by a code, cancelled", async () => {
    const { hooks, operations } = tracingHooks();
    const aborted = AbortSignal.abort("enough");
    const work = { kind: "write", name: "WRITE" } as const;
    expect(await traced(hooks, work, async () => 7)).toBe(7);
    const failures: { readonly error: unknown; readonly signal?: AbortSignal }[] = [
      { error: new TypeError("no") },
      { error: new DOMException("stop", "AbortError") },
      { error: "enough", signal: aborted },
    ];
    for (const { error, signal } of failures) {
      const failing = traced(hooks, { ...work, signal }, () => Promise.reject(error));
      expect(await failing.catch((thrown: unknown) => thrown)).toBe(error);
    }
    expect(operations().map(({ status, error }) => ({ status, error }))).toEqual([
      { status: "ok", error: undefined },
      { status: "failed", error: "TypeError" },
      { status: "cancelled", error: undefined },
      { status: "cancelled", error: undefined },
    ]);
  });

  it("holds what its work begins, records and emits, across await", async () => {
    const { hooks, operations } = tracingHooks();
    await traced(hooks, { kind: "delta", ...tableOperation("MERGE", "orders") }, async (operation) => {
      await Promise.resolve();
      expect(currentOperation(hooks)).toBe(operation);
      await traced(hooks, { kind: "query", name: "datafusion" }, async () => undefined);
      hooks.emit("session.warning", { code: "C", message: "m" });
    });
    expect(currentOperation(hooks).recording).toBe(false);
    const [merge, query] = operations();
    expect(merge).toMatchObject({
      name: "MERGE orders",
      attributes: { "db.system.name": "datafusion", "db.operation.name": "MERGE", "db.collection.name": "orders" },
    });
    expect(query?.parent).toBe(merge?.spanId);
    const [finding] = hooks.telemetry.recorder.snapshot({ kinds: ["finding"] });
    expect(finding?.spanId).toBe(merge?.spanId);
  });

  it("names no table that is a path", () => {
    expect(tableOperation("MERGE", "s3://bucket/orders")).toEqual({
      name: "MERGE",
      attributes: { "db.operation.name": "MERGE", "db.collection.name": undefined },
    });
  });

  it("tells the spans of several native calls apart", () => {
    const { hooks, operations } = tracingHooks();
    const operation = startOperation(hooks, { kind: "query", name: "datafusion" });
    operation.addNativeSpans([nativeSpan("1", null), nativeSpan("2", "1")], 0);
    operation.addNativeSpans([nativeSpan("1", null), nativeSpan("2", "1")], 3);
    operation.end();
    expect(operations()[0]?.nativeSpans?.map(({ id, parentId }) => [id, parentId])).toEqual([
      ["1", null],
      ["2", "1"],
      ["2.1", null],
      ["2.2", "2.1"],
    ]);
  });

  it("tells a statement: verb, the one table, summary and text", () => {
    const { hooks, operations } = tracingHooks();
    const operation = startOperation(hooks, {
      kind: "query",
      name: "datafusion",
      namespace: { catalog: "main", schema: "public" },
    });
    operation.setStatement({
      summary: `CREATE TABLE AS t ${"s".repeat(300)}`,
      tables: [{ catalog: null, schema: null, name: "s" }],
      text: "CREATE TABLE t AS SELECT ?",
    });
    expect(operations()[0]?.attributes).toEqual({
      "db.system.name": "datafusion",
      "db.namespace": "main|public",
      "db.operation.name": "CREATE TABLE AS",
      "db.collection.name": "s",
      "db.query.summary": `CREATE TABLE AS t ${"s".repeat(237)}`,
      "db.query.text": "CREATE TABLE t AS SELECT ?",
    });
  });
});

describe("without anybody who listens", () => {
  it("nothing is entered and nothing is made", async () => {
    const hooks = createHooks();
    const before = hooks.telemetry.scope.current();
    const held = await traced(hooks, { kind: "write", name: "WRITE" }, async (operation) => {
      expect(operation).toBe(startOperation(hooks, { kind: "query", name: "datafusion" }));
      return hooks.telemetry.scope.current();
    });
    expect(held).toBe(before);
  });

  it("native calls carry no trace, nor in a trace that is not sampled", () => {
    const trace = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331" };
    const tracer = (sampled: boolean): OperationTracer => ({
      start: () => ({
        trace: { ...trace, sampled },
        recording: true,
        setAttributes: () => undefined,
        addEvent: () => undefined,
        end: () => undefined,
      }),
    });
    const carried = [
      createTelemetry(),
      ...[false, true].map((sampled) => createTelemetry({ tracer: tracer(sampled) })),
    ].map((telemetry) => startOperation(createHooks({ telemetry }), { kind: "query", name: "datafusion" }).traceparent);
    expect(carried).toEqual([undefined, undefined, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"]);
  });
});
