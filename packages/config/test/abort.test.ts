import { getEventListeners } from "node:events";
import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { isAbort, unlessAborted, untilAborted } from "../src/abort.ts";

interface Work {
  readonly start: () => Promise<string>;
  readonly finish: (value: string) => void;
  readonly fail: (error: unknown) => void;
}

function work(): Work {
  let finish: Work["finish"] = () => undefined;
  let fail: Work["fail"] = () => undefined;
  const done = new Promise<string>((resolve, reject) => {
    finish = resolve;
    fail = reject;
  });
  return { start: () => done, finish: (value) => finish(value), fail: (error) => fail(error) };
}

function listeners(signal: AbortSignal): number {
  return getEventListeners(signal, "abort").length;
}

describe("unlessAborted", () => {
  it("gives the result without a signal and removes the listener with one", async () => {
    const controller = new AbortController();
    const never = (): void => expect.fail("nothing to cancel");
    expect(await unlessAborted(undefined, async () => 1, never)).toBe(1);
    expect(await unlessAborted(controller.signal, async () => 2, never)).toBe(2);
    expect(listeners(controller.signal)).toBe(0);
    controller.abort();
  });

  it("starts nothing when it is aborted already", async () => {
    const reason = { why: "early" };
    const start = (): Promise<void> => expect.fail("started");
    await expect(unlessAborted(AbortSignal.abort(reason), start, () => undefined)).rejects.toBe(reason);
  });

  it("cancels, waits until the work settles, and rejects with the reason itself", async () => {
    const controller = new AbortController();
    const reason = new Error("stop");
    const { start, finish } = work();
    const events: string[] = [];
    const outcome = unlessAborted(controller.signal, start, async () => {
      events.push("cancel");
      await nextTurn();
      events.push("cancelled");
    }).catch((error: unknown) => {
      events.push("rejected");
      return error;
    });
    expect(listeners(controller.signal)).toBe(1);
    controller.abort(reason);
    await nextTurn();
    await nextTurn();
    events.push("settled");
    finish("too late");
    expect(await outcome).toBe(reason);
    expect(events).toEqual(["cancel", "cancelled", "settled", "rejected"]);
    expect(listeners(controller.signal)).toBe(0);
  });

  it("waits for an asynchronous cancel after the work has settled", async () => {
    const controller = new AbortController();
    const { start, fail } = work();
    let cancelled = false;
    const outcome = unlessAborted(controller.signal, start, async () => {
      fail(new Error("stopped natively"));
      await nextTurn();
      cancelled = true;
    });
    controller.abort("enough");
    await expect(outcome).rejects.toBe("enough");
    expect(cancelled).toBe(true);
  });

  it("rejects with the reason when cancel throws", async () => {
    const controller = new AbortController();
    const { start, finish } = work();
    const outcome = unlessAborted(controller.signal, start, () => {
      throw new Error("cancel failed");
    });
    controller.abort("enough");
    finish("done");
    await expect(outcome).rejects.toBe("enough");
  });

  it("passes a failure on and removes the listener", async () => {
    const { signal } = new AbortController();
    const failure = new Error("failed");
    await expect(
      unlessAborted(
        signal,
        () => Promise.reject(failure),
        () => undefined,
      ),
    ).rejects.toBe(failure);
    const start = (): Promise<never> => {
      throw failure;
    };
    await expect(unlessAborted(signal, start, () => undefined)).rejects.toBe(failure);
    expect(listeners(signal)).toBe(0);
  });
});

describe("untilAborted", () => {
  const forever = new Promise<never>(() => undefined);

  it("gives what the work gives, and leaves no listener", async () => {
    const { signal } = new AbortController();
    expect(await untilAborted(Promise.resolve(42), signal)).toBe(42);
    expect(await untilAborted(Promise.resolve(42), undefined)).toBe(42);
    const failure = new Error("failed");
    await expect(untilAborted(Promise.reject(failure), signal)).rejects.toBe(failure);
    expect(listeners(signal)).toBe(0);
  });

  it("ends the waiting at an abort, and takes a later failure of the work", async () => {
    const controller = new AbortController();
    const { start, fail } = work();
    const outcome = untilAborted(start(), controller.signal);
    controller.abort("enough");
    await expect(outcome).rejects.toBe("enough");
    fail(new Error("too late"));
    await expect(untilAborted(forever, controller.signal)).rejects.toBe("enough");
    expect(listeners(controller.signal)).toBe(0);
  });
});

describe("isAbort", () => {
  const reason = new TypeError("enough");
  it.each([
    [true, new DOMException("gone", "AbortError"), {}],
    [true, reason, { signal: AbortSignal.abort(reason) }],
    [true, "a text", { signal: AbortSignal.abort("a text") }],
    [false, reason, {}],
    [false, reason, { signal: new AbortController().signal }],
    [false, new TypeError("enough"), { signal: AbortSignal.abort(reason) }],
    [false, undefined, {}],
  ])("is %s for %s", (expected, error, options) => {
    expect(isAbort(error, options)).toBe(expected);
  });
});
