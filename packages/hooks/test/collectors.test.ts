import { toQueryId } from "@deltafuse/config/brand";
import { startRun } from "@deltafuse/telemetry/run";
import { describe, expect, it } from "vitest";
import { collectEvents, collectFindings, collectPlans } from "../src/collectors.ts";
import { createHooks } from "../src/hooks.ts";
import { withLabel } from "../src/label.ts";
import { samplePayloads } from "./sample-events.ts";

const warning = samplePayloads["session.warning"];

describe("collectEvents", () => {
  it("holds the newest events, counts the others and gives copies", () => {
    const hooks = createHooks();
    using collector = collectEvents(hooks, { events: "session.warning", capacity: 2 });
    for (const code of ["A", "B", "C"]) hooks.emit("session.warning", { ...warning, code });
    hooks.emit("session.closing", samplePayloads["session.closing"]);
    const snapshot = collector.snapshot();
    expect(snapshot.map(({ code }) => code)).toEqual(["B", "C"]);
    expect([Object.isFrozen(snapshot), Object.isFrozen(snapshot[0]), collector.dropped]).toEqual([true, true, 1]);
    expect(collector.snapshot()).not.toBe(snapshot);
    expect(collector.drain()).toEqual(snapshot);
    expect([collector.snapshot(), collector.dropped]).toEqual([[], 1]);
    hooks.emit("session.warning", warning);
    collector.clear();
    expect(collector.snapshot()).toEqual([]);
  });

  it("takes all events by default, or those of a label or a query", () => {
    const hooks = createHooks();
    using all = collectEvents(hooks);
    using nightly = collectEvents(hooks, { label: "nightly" });
    using query = collectEvents(hooks, { queryId: "q" });
    hooks.emit("session.warning", warning);
    withLabel(hooks, "nightly", () => hooks.emit("session.warning", warning));
    hooks.child({ queryId: toQueryId("q") }).emit("session.warning", warning);
    expect([all, nightly, query].map((one) => one.snapshot().map(({ seq }) => seq))).toEqual([[1, 2, 3], [2], [3]]);
  });

  it("finds what it holds, and what comes", async () => {
    const hooks = createHooks();
    using collector = collectEvents(hooks, { events: "session.warning", capacity: 1 });
    hooks.emit("session.warning", { ...warning, code: "A" });
    expect(await collector.next()).toMatchObject({ code: "A" });
    const next = collector.next(({ code }) => code === "C");
    hooks.emit("session.warning", { ...warning, code: "B" });
    hooks.emit("session.warning", { ...warning, code: "C" });
    hooks.emit("session.warning", { ...warning, code: "D" });
    expect(await next).toMatchObject({ code: "C" });
  });

  it("gives up at an abort and when it is disposed, and takes nothing afterwards", async () => {
    const hooks = createHooks();
    const collector = collectEvents(hooks);
    const reason = new Error("enough");
    await expect(collector.next(undefined, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const controller = new AbortController();
    const aborted = collector.next(undefined, { signal: controller.signal });
    controller.abort(reason);
    await expect(aborted).rejects.toBe(reason);
    const ended = collector.next();
    collector[Symbol.dispose]();
    await expect(ended).rejects.toMatchObject({ code: "HOOKS.CLOSED" });
    await expect(collector.next()).rejects.toMatchObject({ code: "HOOKS.CLOSED" });
    hooks.emit("session.warning", warning);
    expect(collector.snapshot()).toEqual([]);
  });
});

describe("collectEvents of a run", () => {
  it("takes the events of that run only", () => {
    const hooks = createHooks();
    const runId = startRun(hooks.telemetry, { label: "nightly" }).runId;
    using events = collectEvents(hooks, { events: "session.warning", runId });
    hooks.emit("session.warning", warning);
    hooks.child({ runId }).emit("session.warning", warning);
    expect(events.snapshot().map((event) => event.runId)).toEqual([runId]);
  });
});

describe("collectPlans", () => {
  it("takes the plans of queries", () => {
    const hooks = createHooks();
    using plans = collectPlans(hooks, { label: "nightly" });
    hooks.emit("plan.compiled", samplePayloads["plan.compiled"]);
    withLabel(hooks, "nightly", () => {
      hooks.emit("plan.compiled", samplePayloads["plan.compiled"]);
      hooks.emit("plan.failed", samplePayloads["plan.failed"]);
    });
    expect(plans.snapshot()).toEqual([
      expect.objectContaining({ ...samplePayloads["plan.compiled"], seq: 2, label: "nightly" }),
    ]);
  });
});

describe("collectFindings", () => {
  it("takes what telemetry records as findings, from a severity on", () => {
    const hooks = createHooks();
    using all = collectFindings(hooks);
    using errors = collectFindings(hooks, { minSeverity: "error" });
    using nightly = collectFindings(hooks, { label: "nightly" });
    hooks.emit("dataset.readiness", { name: "a", status: "remote_unchecked", message: "not looked at" });
    hooks.emit("dataset.readiness", { name: "a", status: "ok" });
    hooks.emit("session.warning", warning);
    hooks.emit("function.failed", samplePayloads["function.failed"]);
    expect(all.snapshot().map(({ seq, severity, code }) => ({ seq, severity, code }))).toEqual([
      { seq: 1, severity: "info", code: "remote_unchecked" },
      { seq: 3, severity: "warning", code: warning.code },
      { seq: 4, severity: "error", code: samplePayloads["function.failed"].error.code },
    ]);
    expect(errors.snapshot()).toEqual([
      expect.objectContaining({ seq: 4, subject: "distance", count: 2, detailsJson: '{"kind":"scalar"}' }),
    ]);
    expect(nightly.snapshot()).toEqual([]);
  });
});
