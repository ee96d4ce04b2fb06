import { describe, expect, it } from "vitest";
import { createHooks } from "../src/hooks.ts";
import { type RecordingHooks, recordingHooks } from "../src/testing.ts";
import { samplePayloads } from "./sample-events.ts";

const closing = samplePayloads["session.closing"];
const warning = samplePayloads["session.warning"];

function failures(hooks: RecordingHooks): unknown[] {
  return hooks.of("listener.failed").map(({ listener, failedEvent, error }) => [listener, failedEvent, error.code]);
}

describe("settle", () => {
  it("waits for the listeners that asked for it, and for no others", async () => {
    const hooks = createHooks();
    const seen: string[] = [];
    const later = async (what: string): Promise<void> => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      seen.push(what);
    };
    hooks.on("session.closing", async () => later("awaited"), { await: true });
    hooks.on("session.closing", async () => new Promise(() => undefined));
    await hooks.settle("session.closing", closing);
    expect(seen).toEqual(["awaited"]);
  });

  it("goes on after the timeout and reports the listener once, whatever it does later", async () => {
    const hooks = recordingHooks();
    let fail = (_error: Error): void => undefined;
    const late = new Promise<void>((_resolve, reject) => {
      fail = reject;
    });
    hooks.on("session.closing", async () => late, { await: true, timeoutMs: 5, name: "slow" });
    await hooks.settle("session.closing", closing);
    fail(new Error("after all"));
    await hooks.settled();
    expect(failures(hooks)).toEqual([["slow", "session.closing", "HOOKS.LISTENER_TIMEOUT"]]);
    expect(hooks.of("listener.failed")[0]?.error.details).toEqual({
      listener: "slow",
      event: "session.closing",
      timeoutMs: 5,
    });
  });

  it("does not reject when an awaited listener fails", async () => {
    const hooks = recordingHooks();
    hooks.on("query.finished", async () => Promise.reject(new Error("no")), { await: true, name: "audit" });
    await hooks.settle("query.finished", samplePayloads["query.finished"]);
    expect(failures(hooks)).toEqual([["audit", "query.finished", "HOOKS.LISTENER_FAILED"]]);
  });

  it("ends with the reason of an abort", async () => {
    const hooks = createHooks();
    hooks.on("session.closing", async () => new Promise(() => undefined), { await: true });
    const controller = new AbortController();
    const settling = hooks.settle("session.closing", closing, { signal: controller.signal });
    const reason = new Error("enough");
    controller.abort(reason);
    await expect(settling).rejects.toBe(reason);
  });

  it("called by a listener waits its turn", async () => {
    const hooks = createHooks();
    const seen: string[] = [];
    let settled: Promise<void> | undefined;
    hooks.on("session.warning", () => {
      settled = hooks.settle("session.closing", closing);
      seen.push("warning");
    });
    hooks.on("session.closing", async () => void seen.push("closing"), { await: true });
    hooks.emit("session.warning", warning);
    await settled;
    expect(seen).toEqual(["warning", "closing"]);
  });

  it("is offered for settling events only", () => {
    const hooks = createHooks();
    const listener = async (): Promise<void> => Promise.resolve();
    for (const event of ["session.warning", ["session.closing", "query.failed"], "*"] as const) {
      expect(() => hooks.on(event, listener, { await: true })).toThrow(
        expect.objectContaining({ code: "HOOKS.NOT_AWAITABLE" }),
      );
    }
    hooks.on(["session.closing", "query.finished", "write.committed", "delta.committed"], listener, { await: true });
  });
});
