import { setTimeout } from "node:timers/promises";
import { toQueryId, toRunId, toSessionId } from "@deltafuse/config/brand";
import { startRun, withRun } from "@deltafuse/telemetry/run";
import { type TelemetryOptions, createTelemetry } from "@deltafuse/telemetry/telemetry";
import { describe, expect, it } from "vitest";
import { createHooks } from "../src/hooks.ts";
import { veto } from "../src/interceptors.ts";
import { withLabel } from "../src/label.ts";
import { type RecordingHooks, recordingHooks } from "../src/testing.ts";
import { samplePayloads } from "./sample-events.ts";
import { sqlQuestion } from "./sample-questions.ts";

const trace = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331", sampled: true };
const warning = samplePayloads["session.warning"];

function strict(options: TelemetryOptions = {}): RecordingHooks {
  return recordingHooks({ telemetry: createTelemetry({ validate: "throw", ...options }) });
}

describe("events and their records", () => {
  it("take ids, label, tags and trace from the execution scope; those of the emitter win", async () => {
    const hooks = strict();
    const { scope } = hooks.telemetry;
    const around = { runId: toRunId("r"), queryId: toQueryId("q"), label: "outer", tags: { a: "1", b: "1" }, trace };
    await scope.with(around, async () => {
      await setTimeout(1);
      hooks.emit("session.warning", warning);
      const inner = { sessionId: toSessionId("s"), queryId: toQueryId("own"), label: "inner", tags: { b: "2" } };
      hooks.child(inner).emit("session.warning", warning);
    });
    const inner = { sessionId: "s", queryId: "own", label: "inner" };
    expect(hooks.events()).toMatchObject([around, { ...around, ...inner, tags: { b: "2" } }]);
    const { traceId, spanId } = trace;
    const { trace: _trace, ...columns } = around;
    expect(hooks.telemetry.recorder.snapshot()).toMatchObject([
      { ...columns, traceId, spanId },
      { ...columns, ...inner, tags: { b: "2" }, traceId, spanId },
    ]);
  });

  it("of a query carry what held when it began, wherever it ends", () => {
    const hooks = strict();
    const { scope } = hooks.telemetry;
    const session = hooks.child({ sessionId: toSessionId("s") });
    const begin = (): typeof session => session.child({ queryId: toQueryId("q") });
    const query = scope.with({ runId: toRunId("r"), tags: { a: "1" }, trace }, begin);
    const elsewhere = { runId: toRunId("other"), label: "other", tags: { a: "2", c: "3" } };
    scope.with(elsewhere, () => query.emit("session.warning", warning));
    const expected = { sessionId: "s", runId: "r", queryId: "q", tags: { a: "1" } };
    expect(hooks.events()).toEqual([expect.objectContaining({ ...expected, trace })]);
    expect(hooks.events()[0]?.label).toBeUndefined();
    expect(hooks.telemetry.recorder.snapshot()).toEqual([expect.objectContaining({ ...expected, label: null })]);
  });

  it("that wait for their turn keep what held where they were emitted", () => {
    const hooks = strict();
    hooks.on(
      "session.warning",
      () => {
        hooks.telemetry.suppress(() => hooks.emit("session.warning", warning));
        withLabel(hooks, "reaction", () => hooks.emit("session.warning", warning));
      },
      { once: true },
    );
    withLabel(hooks, "cause", () => hooks.emit("session.warning", warning));
    expect(hooks.events().map(({ label }) => label)).toEqual(["cause", "cause", "reaction"]);
    expect(hooks.telemetry.recorder.snapshot().map(({ label }) => label)).toEqual(["cause", "reaction"]);
  });
});

describe("inside suppress", () => {
  it("listeners hear, nothing is recorded and nobody is asked", async () => {
    const hooks = strict();
    hooks.intercept("beforeSql", () => veto("no"));
    const question = sqlQuestion;
    const answers = await hooks.telemetry.suppress(async () => {
      await setTimeout(1);
      hooks.emit("session.warning", warning);
      return [hooks.asks("beforeSql"), await hooks.ask("beforeSql", question)];
    });
    expect(answers).toEqual([false, question]);
    expect(hooks.names()).toEqual(["session.warning"]);
    expect(hooks.telemetry.recorder.snapshot()).toEqual([]);
    await expect(hooks.ask("beforeSql", question)).rejects.toMatchObject({ code: "HOOKS.VETOED" });
  });
});

describe("two hooks of one telemetry", () => {
  it("share labels, but an interceptor of one is no reason not to ask the other", async () => {
    const telemetry = createTelemetry({ validate: "throw" });
    const [one, other] = [createHooks({ telemetry }), recordingHooks({ telemetry })];
    const asked = other.asked("beforeSql");
    one.intercept("beforeSql", async (input) => {
      withLabel(one, "l", () => other.emit("session.warning", warning));
      await other.ask("beforeSql", input);
      return undefined;
    });
    await one.ask("beforeSql", sqlQuestion);
    expect(asked).toEqual([sqlQuestion]);
    expect(other.events()).toMatchObject([{ label: "l" }]);
  });
});

describe("what telemetry tells", () => {
  it("of runs becomes events with their ids, recorded once", async () => {
    const hooks = strict();
    const { runId } = await withRun(hooks.telemetry, { label: "nightly" }, (run) => {
      hooks.emit("session.warning", warning);
      return run;
    });
    expect(hooks.events()).toMatchObject([
      { event: "run.started", runId, label: "nightly", action: "started", status: "running" },
      { event: "session.warning", runId },
      { event: "run.finished", runId, label: "nightly", action: "finished", status: "completed", queries: 0 },
    ]);
    const kinds = hooks.telemetry.recorder.snapshot({ runId }).map(({ kind }) => kind);
    expect(kinds).toEqual(["run", "finding", "run"]);
  });

  it("of a run that ends is waited for by its end, by those that ask for it", async () => {
    const hooks = strict();
    const seen: string[] = [];
    hooks.on("run.finished", () => setTimeout(5).then(() => void seen.push("waited for")), { await: true });
    hooks.on("run.finished", () => new Promise<void>(() => undefined));
    await startRun(hooks.telemetry, { label: "l" }).complete();
    expect(seen).toEqual(["waited for"]);
  });

  it("of a sink becomes a finding", async () => {
    const hooks = strict();
    const broken = (): never => {
      throw new Error("broken");
    };
    hooks.telemetry.addSink({ name: "archive", write: broken }, { pauseAfterFailures: 1 });
    hooks.emit("session.warning", warning);
    await hooks.telemetry.flush();
    expect(hooks.of("telemetry.degraded")).toMatchObject([{ sink: "archive", state: "paused", dropped: 0, lost: 1 }]);
    expect(hooks.telemetry.recorder.snapshot()[1]?.body).toMatchObject({
      severity: "warning",
      category: "telemetry",
      code: "SINK_PAUSED",
      subject: "archive",
      count: 1,
    });
  });

  it("is not heard after the hooks were disposed", async () => {
    const hooks = strict();
    hooks[Symbol.dispose]();
    await startRun(hooks.telemetry, { label: "l" }).complete();
    expect(hooks.names()).toEqual([]);
  });
});
