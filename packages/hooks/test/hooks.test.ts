import { describe, expect, it, vi } from "vitest";
import { toQueryId, toSessionId } from "@deltafuse/config/brand";
import { fixedClock } from "@deltafuse/telemetry/testing";
import { createTelemetry } from "@deltafuse/telemetry/telemetry";
import type { EventName, HookEvent } from "../src/events.ts";
import { createHooks } from "../src/hooks.ts";
import { type RecordingHooks, recordingHooks } from "../src/testing.ts";
import { samplePayloads } from "./sample-events.ts";

const closing = samplePayloads["session.closing"];
const warning = samplePayloads["session.warning"];
const received = samplePayloads["sql.received"];

function failures(hooks: RecordingHooks): unknown[] {
  return hooks.of("listener.failed").map(({ listener, failedEvent, error }) => [listener, failedEvent, error.code]);
}

describe("an event", () => {
  it("is context and payload side by side", () => {
    const hooks = createHooks({ clock: fixedClock(1000) });
    const events: HookEvent[] = [];
    hooks.on("*", (event) => void events.push(event));
    hooks.emit("session.warning", warning);
    const child = hooks.child({ sessionId: toSessionId("s"), queryId: toQueryId("q"), label: "l", tags: { a: "b" } });
    child.emit("session.closing", closing);
    expect(events).toEqual([
      { event: "session.warning", seq: 1, timeUs: 1000, tags: {}, ...warning },
      {
        event: "session.closing",
        seq: 2,
        timeUs: 1000,
        sessionId: "s",
        queryId: "q",
        label: "l",
        tags: { a: "b" },
        reason: "close",
      },
    ]);
  });

  it("is frozen at every depth and shares nothing with its payload", () => {
    const hooks = recordingHooks();
    const names = ["1"];
    hooks.emit("sql.received", { ...received, parameterNames: names });
    names.push("2");
    const [event] = hooks.of("sql.received");
    expect(event?.parameterNames).toEqual(["1"]);
    expect(Object.isFrozen(names)).toBe(false);
    const values: unknown[] = [event];
    for (const value of values) {
      expect(Object.isFrozen(value)).toBe(true);
      if (typeof value === "object" && value !== null) values.push(...Object.values(value));
    }
  });

  it("has no member whose value was undefined", () => {
    const hooks = recordingHooks();
    hooks.emit("dataset.readiness", { name: "a", status: "ok", message: undefined });
    expect(Object.keys(hooks.of("dataset.readiness")[0] ?? {})).toEqual([
      "seq",
      "timeUs",
      "tags",
      "event",
      "name",
      "status",
    ]);
  });

  it("has a time that never decreases", () => {
    const readings = [5, 3, 7];
    const hooks = recordingHooks({ clock: { now: () => fixedClock(readings.shift() ?? 0).now() } });
    for (let index = 0; index < 3; index += 1) hooks.emit("session.warning", warning);
    expect(hooks.events().map(({ timeUs }) => timeUs)).toEqual([5, 5, 7]);
  });
});

describe("listeners", () => {
  it("run in the order of their registration, own before inherited", () => {
    const hooks = createHooks();
    const child = hooks.child({});
    const calls: string[] = [];
    hooks.on("session.warning", () => void calls.push("parent 1"));
    child.on("*", () => void calls.push("child 1"));
    hooks.on("*", () => void calls.push("parent 2"));
    child.on(["session.closing", "session.warning"], () => void calls.push("child 2"));
    child.emit("session.warning", warning);
    hooks.emit("session.closing", closing);
    expect(calls).toEqual(["child 1", "child 2", "parent 1", "parent 2", "parent 2"]);
  });

  it("are called once per event although several of their names match", () => {
    const hooks = createHooks();
    const listener = vi.fn<() => void>();
    hooks.on(["session.warning", "session.warning"], listener);
    hooks.emit("session.warning", warning);
    expect(listener).toHaveBeenCalledTimes(1);
  });

  it("of one child do not see the events of another", () => {
    const hooks = createHooks();
    const [a, b] = [hooks.child({}), hooks.child({})];
    const seen: string[] = [];
    a.on("*", () => void seen.push("a"));
    b.on("*", () => void seen.push("b"));
    a.emit("session.warning", warning);
    expect(seen).toEqual(["a"]);
  });

  it("end by unsubscribe, dispose, once and signal, each from the next event on", () => {
    const hooks = createHooks();
    const seen: string[] = [];
    const controller = new AbortController();
    hooks.on("session.warning", () => {
      subscription.unsubscribe();
      subscription.unsubscribe();
      disposed[Symbol.dispose]();
      controller.abort();
    });
    const subscription = hooks.on("session.warning", () => void seen.push("unsubscribed"));
    const disposed = hooks.on("session.warning", () => void seen.push("disposed"));
    hooks.on("session.warning", () => void seen.push("once"), { once: true });
    hooks.on("session.warning", () => void seen.push("aborted"), { signal: controller.signal });
    hooks.on("session.warning", () => void seen.push("never"), { signal: AbortSignal.abort() });
    hooks.on("session.warning", () => void seen.push("stays"));
    hooks.emit("session.warning", warning);
    hooks.emit("session.warning", warning);
    expect(seen).toEqual(["unsubscribed", "disposed", "once", "aborted", "stays", "stays"]);
  });

  it("that are added during an event see the next one", () => {
    const hooks = createHooks();
    const seen: number[] = [];
    hooks.on("session.warning", () => void hooks.on("session.warning", ({ seq }) => void seen.push(seq)), {
      once: true,
    });
    hooks.emit("session.warning", warning);
    hooks.emit("session.warning", warning);
    expect(seen).toEqual([2]);
  });

  it("have names of their own per object, free again after they ended", () => {
    const hooks = createHooks();
    const first = hooks.on("*", () => undefined, { name: "audit" });
    expect(first.name).toBe("audit");
    expect(() => hooks.on("*", () => undefined, { name: "audit" })).toThrow(
      expect.objectContaining({ code: "HOOKS.DUPLICATE_NAME", details: { name: "audit" } }),
    );
    hooks.child({}).on("*", () => undefined, { name: "audit" });
    first.unsubscribe();
    hooks.on("*", () => undefined, { name: "audit" });
  });

  it("are refused for unknown events and after disposal", () => {
    const hooks = createHooks();
    expect(() => hooks.on("toString" as EventName, () => undefined)).toThrow(
      expect.objectContaining({ code: "HOOKS.UNKNOWN_EVENT", details: { event: "toString" } }),
    );
    hooks[Symbol.dispose]();
    expect(() => hooks.on("*", () => undefined)).toThrow(expect.objectContaining({ code: "HOOKS.CLOSED" }));
    expect(() => hooks.publish("a", {})).toThrow(expect.objectContaining({ code: "HOOKS.CLOSED" }));
  });

  it("of disposed hooks are gone, those of their parent stay, and emitting is silent", async () => {
    const hooks = recordingHooks();
    const child = hooks.child({});
    const seen: string[] = [];
    child.on("*", () => void seen.push("child"));
    child[Symbol.dispose]();
    child.emit("session.warning", warning);
    await child.settle("session.closing", closing);
    hooks.emit("session.warning", warning);
    expect(seen).toEqual([]);
    expect(child.wants("session.warning")).toBe(false);
    expect(hooks.names()).toEqual(["session.warning"]);
  });
});

describe("a listener that fails", () => {
  it("by throwing is reported once and the others run", () => {
    const hooks = recordingHooks();
    const seen: string[] = [];
    hooks.on(
      "session.warning",
      () => {
        throw new TypeError("broken");
      },
      { name: "audit" },
    );
    hooks.on("session.warning", () => void seen.push("next"));
    hooks.emit("session.warning", warning);
    expect(seen).toEqual(["next"]);
    expect(hooks.events().map(({ seq, event }) => [seq, event])).toEqual([
      [1, "session.warning"],
      [2, "listener.failed"],
    ]);
    expect(hooks.of("listener.failed")[0]).toMatchObject({
      listener: "audit",
      failedEvent: "session.warning",
      error: {
        code: "HOOKS.LISTENER_FAILED",
        message: "The listener audit failed at session.warning: broken",
        details: { error: { code: "TypeError", message: "broken", details: {} } },
      },
    });
    expect(hooks.stats()).toEqual({ emitted: 2, listenerFailures: 1, vetoes: 0, dropped: 0 });
    expect(hooks.telemetry.recorder.snapshot({ kinds: ["finding"] }).map(({ body }) => body["code"])).toEqual([
      warning.code,
      "HOOKS.LISTENER_FAILED",
    ]);
  });

  it("by rejecting is reported once", async () => {
    const hooks = recordingHooks();
    const child = hooks.child({ sessionId: toSessionId("s") });
    hooks.on("session.warning", async () => Promise.reject(new Error("later")), { name: "audit" });
    child.emit("session.warning", warning);
    expect(failures(hooks)).toEqual([]);
    await hooks.settled();
    expect(failures(hooks)).toEqual([["audit", "session.warning", "HOOKS.LISTENER_FAILED"]]);
    expect(hooks.of("listener.failed")[0]?.sessionId).toBe("s");
  });

  it("at listener.failed is only counted", async () => {
    const hooks = recordingHooks();
    hooks.on("*", () => {
      throw new Error("always");
    });
    hooks.on("listener.failed", async () => Promise.reject(new Error("too")));
    hooks.emit("session.warning", warning);
    await hooks.settled();
    expect(hooks.names()).toEqual(["session.warning", "listener.failed"]);
    expect(hooks.stats().listenerFailures).toBe(3);
  });

  it("by never resolving holds nobody up", async () => {
    const hooks = recordingHooks();
    hooks.on("session.closing", async () => new Promise(() => undefined));
    await hooks.settle("session.closing", closing);
    const reason = new Error("enough");
    await expect(hooks.settled({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(failures(hooks)).toEqual([]);
  });
});

describe("a listener that emits", () => {
  it("does not nest: everybody sees the events in the order of their numbers", () => {
    const hooks = createHooks();
    const seen: string[] = [];
    hooks.on("session.warning", () => {
      hooks.publish("inner", {});
      seen.push("a warning");
    });
    hooks.on("*", ({ event, seq }) => void seen.push(`b ${event} ${seq}`));
    hooks.on("app.event", () => void seen.push("c app.event"));
    hooks.emit("session.warning", warning);
    expect(seen).toEqual(["a warning", "b session.warning 1", "b app.event 2", "c app.event"]);
  });

  it("without end is stopped after 1000 events and reported once", () => {
    const hooks = recordingHooks();
    hooks.on(
      "app.event",
      () => {
        hooks.publish("again", {});
        hooks.publish("and again", {});
      },
      { name: "loop" },
    );
    hooks.publish("first", {});
    expect(hooks.of("app.event")).toHaveLength(1001);
    expect(failures(hooks)).toEqual([["loop", "app.event", "HOOKS.REENTRANCY_LIMIT"]]);
    expect(hooks.of("listener.failed")[0]?.error.details).toEqual({ limit: 1000, dropped: 1002 });
    expect(hooks.events().map(({ seq }) => seq)).toEqual(Array.from({ length: 1002 }, (_, index) => index + 1));
    expect(hooks.stats()).toEqual({ emitted: 1002, listenerFailures: 1, vetoes: 0, dropped: 1002 });
    hooks.emit("session.warning", warning);
    expect(hooks.names().at(-1)).toBe("session.warning");
  });

  it("at the report of the limit makes no second report", () => {
    const hooks = recordingHooks();
    hooks.on(["app.event", "listener.failed"], () => {
      hooks.publish("a", {});
      hooks.publish("b", {});
    });
    hooks.publish("first", {});
    expect(hooks.of("listener.failed")).toHaveLength(1);
  });
});

describe("child", () => {
  it("inherits the scope; inner ids and labels win and tags merge", () => {
    const hooks = recordingHooks();
    const outer = hooks.child({ sessionId: toSessionId("s"), label: "outer", tags: { a: "1", b: "1" } });
    const inner = outer.child({ queryId: toQueryId("q"), label: "inner", tags: { b: "2" } });
    outer.child({}).emit("session.warning", warning);
    inner.emit("session.warning", warning);
    inner.child({ sessionId: toSessionId("other"), label: undefined }).emit("session.warning", warning);
    const scopes = hooks.events().map(({ sessionId, queryId, label, tags }) => ({ sessionId, queryId, label, tags }));
    expect(scopes).toEqual([
      { sessionId: "s", queryId: undefined, label: "outer", tags: { a: "1", b: "1" } },
      { sessionId: "s", queryId: "q", label: "inner", tags: { a: "1", b: "2" } },
      { sessionId: "other", queryId: "q", label: "inner", tags: { a: "1", b: "2" } },
    ]);
  });

  it("shares numbers, counters and telemetry with its root", () => {
    const telemetry = createTelemetry();
    const hooks = createHooks({ telemetry });
    const child = hooks.child({}).child({});
    const seqs: number[] = [];
    hooks.on("session.warning", ({ seq }) => void seqs.push(seq));
    child.emit("session.warning", warning);
    child.emit("session.closing", closing);
    hooks.emit("session.warning", warning);
    expect(seqs).toEqual([1, 3]);
    expect(child.telemetry).toBe(telemetry);
    expect(child.stats()).toEqual(hooks.stats());
    expect(hooks.stats()).toEqual({ emitted: 3, listenerFailures: 0, vetoes: 0, dropped: 0 });
  });
});

describe("wants", () => {
  it("is true for events somebody listens to or whose records are kept", () => {
    const hooks = createHooks();
    const child = hooks.child({});
    const wanted = (): boolean[] => [child.wants("session.closing"), child.wants("query.finished")];
    expect(wanted()).toEqual([false, true]);
    const subscription = hooks.on("*", () => undefined);
    expect(wanted()).toEqual([true, true]);
    subscription.unsubscribe();
    child.on("session.closing", () => undefined);
    expect(wanted()).toEqual([true, true]);
    expect(hooks.wants("session.closing")).toBe(false);
  });
});

describe("publish", () => {
  it("emits an event of the application", () => {
    const hooks = recordingHooks();
    hooks.publish("batch.done", { files: 3, ratio: 0.5 });
    expect(hooks.of("app.event")[0]).toMatchObject({ name: "batch.done", payload: { files: 3, ratio: 0.5 } });
  });
});
