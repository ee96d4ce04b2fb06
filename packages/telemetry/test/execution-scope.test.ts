import { describe, expect, it } from "vitest";
import { setImmediate, setTimeout } from "node:timers/promises";
import { toQueryId, toRunId, toSessionId } from "@deltafuse/config/brand";
import { createExecutionScope, scopeKey } from "../src/execution-scope.ts";
import { findingRecord } from "../src/record-kinds.ts";
import { type Telemetry, createTelemetry } from "../src/telemetry.ts";
import { memorySink } from "../src/testing.ts";
import { minimalBodies } from "./sample-bodies.ts";

const trace = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331", sampled: true };

describe("scope", () => {
  it("holds nothing outside", () => {
    expect(createExecutionScope().current()).toEqual({ tags: {}, suppressed: false });
  });

  it("replaces what is given, merges tags and restores", () => {
    const scope = createExecutionScope();
    const seen = scope.with({ label: "outer", runId: toRunId("r1"), tags: { team: "a", env: "test" } }, () => {
      const inner = scope.with({ label: "inner", tags: { team: "b" } }, () => scope.current());
      return { inner, after: scope.current() };
    });
    expect(seen).toEqual({
      inner: { label: "inner", runId: "r1", tags: { team: "b", env: "test" }, suppressed: false },
      after: { label: "outer", runId: "r1", tags: { team: "a", env: "test" }, suppressed: false },
    });
    expect(scope.current()).toEqual({ tags: {}, suppressed: false });
  });

  it("leaves what is undefined as it is", () => {
    const scope = createExecutionScope();
    scope.with({ label: "l" }, () => {
      expect(scope.with({ label: undefined, trace: undefined }, () => scope.current())).toEqual(scope.current());
    });
  });

  it("is frozen and keeps nothing of what it was given", () => {
    const scope = createExecutionScope();
    const tags = { team: "a" };
    scope.with({ tags }, () => {
      tags.team = "b";
      expect(scope.current().tags).toEqual({ team: "a" });
      expect([scope.current(), scope.current().tags].every((value) => Object.isFrozen(value))).toBe(true);
    });
  });

  it("follows promises, timers and iterators of concurrent work", async () => {
    const scope = createExecutionScope();
    async function* steps(): AsyncGenerator<string | undefined> {
      yield scope.current().label;
      await setTimeout(1);
      yield scope.current().label;
    }
    const work = async (label: string): Promise<readonly unknown[]> => {
      const seen: unknown[] = [];
      await setImmediate();
      seen.push(scope.current().label);
      for await (const step of steps()) seen.push(step);
      await Promise.allSettled([Promise.reject(new Error("no"))]);
      return [...seen, scope.current().label, label];
    };
    const both = await Promise.all(["a", "b"].map((label) => scope.with({ label }, () => work(label))));
    expect(both.map((seen) => [...new Set(seen)])).toEqual([["a"], ["b"]]);
  });

  it("is taken along by what was captured, into another scope and out of all", () => {
    const scope = createExecutionScope();
    const outside = scope.capture();
    const inside = scope.with({ label: "a" }, () => scope.capture());
    const label = (): string | undefined => scope.current().label;
    expect(inside(label)).toBe("a");
    scope.with({ label: "b" }, () => {
      expect([inside(label), outside(label), label()]).toEqual(["a", undefined, "b"]);
    });
  });

  it("carries values of layers, each under its own key", () => {
    const scope = createExecutionScope();
    const [one, other] = [scopeKey("depth", 0), scopeKey("depth", 0)];
    scope.withValue(one, 1, () => {
      scope.with({ label: "l" }, () => {
        scope.withValue(other, 5, () => expect([scope.value(one), scope.value(other)]).toEqual([1, 5]));
        expect([scope.value(one), scope.value(other), scope.current().label]).toEqual([1, 0, "l"]);
      });
    });
    expect(scope.value(one)).toBe(0);
  });

  it("does not reach another scope", () => {
    const [one, other] = [createExecutionScope(), createExecutionScope()];
    expect(one.with({ label: "l" }, () => other.current().label)).toBeUndefined();
  });
});

describe("records", () => {
  const sessionId = toSessionId("s1");
  const queryId = toQueryId("q1");
  const runId = toRunId("r1");

  it("take from the scope what their context leaves out", () => {
    const telemetry = createTelemetry({ validate: "throw" });
    telemetry.scope.with({ sessionId, queryId, runId, label: "l", tags: { a: "b" }, trace }, () => {
      telemetry.record(findingRecord, minimalBodies.finding);
      telemetry.record(findingRecord, minimalBodies.finding, { queryId: toQueryId("q2"), label: null, tags: {} });
    });
    const common = { sessionId, runId, traceId: trace.traceId, spanId: trace.spanId };
    expect(telemetry.recorder.snapshot()).toEqual([
      expect.objectContaining({ ...common, queryId, label: "l", tags: { a: "b" } }),
      expect.objectContaining({ ...common, queryId: "q2", label: null, tags: {} }),
    ]);
    expect(telemetry.recorder.snapshot({ runId: "r2" })).toEqual([]);
    expect(telemetry.recorder.snapshot({ runId }).length).toBe(2);
  });

  it("carry what holds when they are made, however late they are read", () => {
    const telemetry = createTelemetry({ validate: "throw" });
    const tags: Record<string, string> = { token: "hunter2", a: "b" };
    telemetry.record(findingRecord, minimalBodies.finding, { tags });
    tags["a"] = "c";
    expect(telemetry.recorder.snapshot()[0]?.tags).toEqual({ token: "[redacted]", a: "b" });
  });

  it("are not made inside suppress, also after an await", async () => {
    const telemetry = createTelemetry({ validate: "throw" });
    const wanted = await telemetry.suppress(async () => {
      telemetry.record(findingRecord, minimalBodies.finding);
      await setTimeout(1);
      telemetry.record(findingRecord, minimalBodies.finding);
      return telemetry.wants("finding");
    });
    expect(wanted).toBe(false);
    expect(telemetry.wants("finding")).toBe(true);
    expect(telemetry.recorder.snapshot()).toEqual([]);
  });

  it("reach sinks outside of the work they are about", async () => {
    const labels: unknown[] = [];
    const sink = memorySink();
    const telemetry: Telemetry = createTelemetry({
      sinks: [{ ...sink, write: () => void labels.push(telemetry.scope.current()) }],
    });
    telemetry.scope.with({ label: "l" }, () => telemetry.record(findingRecord, minimalBodies.finding));
    await telemetry.scope.with({ label: "m" }, () => telemetry.flush());
    expect(labels).toEqual([{ tags: {}, suppressed: true }]);
  });
});
