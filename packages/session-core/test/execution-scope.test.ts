import { setTimeout } from "node:timers/promises";
import { toRunId } from "@deltafuse/config/brand";
import { parseProfile } from "@deltafuse/config/profile";
import { withLabel } from "@deltafuse/hooks/label";
import { recordingHooks, type RecordingHooks } from "@deltafuse/hooks/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openSession, type Session } from "../src/session.ts";

let hooks: RecordingHooks;
let session: Session;

beforeEach(async () => {
  hooks = recordingHooks();
  session = await openSession(parseProfile({ preset: "test", execution: { batchSize: 8 } }), { hooks });
});
afterEach(() => session.close());

const sql = "SELECT value AS n FROM range(64)";
const runId = toRunId("r1");

function executions(): readonly unknown[] {
  const records = hooks.telemetry.recorder.snapshot({ kinds: ["execution"] });
  return records.map(({ runId: run, label, tags, body }) => ({
    run,
    label,
    tags,
    status: body["status"],
    rows: body["rows"],
  }));
}

describe("a stream", () => {
  it("keeps the scope it was opened in for every pull, and leaves that of its reader alone", async () => {
    const { scope } = hooks.telemetry;
    const stream = await scope.with({ runId, tags: { team: "a" } }, () => session.sql(sql).stream());
    const seen: unknown[] = [];
    let rows = 0;
    const stop = hooks.on(["query.started", "query.finished"], ({ event }) => {
      seen.push([event, scope.current().runId]);
    });
    await scope.with({ runId: toRunId("other"), label: "reader" }, async () => {
      for await (const batch of stream.columns()) {
        await setTimeout(1);
        rows += batch.rows;
        expect(scope.current()).toMatchObject({ runId: "other", label: "reader" });
      }
    });
    stop.unsubscribe();
    expect(rows).toBe(64);
    expect(seen).toEqual([
      ["query.started", runId],
      ["query.finished", runId],
    ]);
    expect(executions()).toEqual([{ run: runId, label: null, tags: { team: "a" }, status: "ok", rows: 64 }]);
  });

  it.each([
    {
      end: "is closed early",
      status: "ok",
      read: async (stream: AsyncIterator<unknown>) => stream.return?.(),
    },
    {
      end: "is aborted elsewhere",
      status: "cancelled",
      read: async (stream: AsyncIterator<unknown>, controller: AbortController) => {
        controller.abort(new Error("enough"));
        await expect(stream.next()).rejects.toBe(controller.signal.reason);
      },
    },
  ])("that $end ends in the scope it was opened in, once", async ({ status, read }) => {
    const controller = new AbortController();
    const { scope } = hooks.telemetry;
    const options = { signal: controller.signal };
    const opened = scope.with({ runId }, () => withLabel(hooks, "l", () => session.sql(sql).stream(options)));
    const batches = (await opened).columns()[Symbol.asyncIterator]();
    await batches.next();
    await scope.with({ runId: toRunId("other"), label: "reader" }, () => read(batches, controller));
    await expect.poll(executions).toEqual([expect.objectContaining({ run: runId, label: "l", tags: {}, status })]);
  });
});

it("a sink that uses the engine produces no records about itself, and nobody is asked about its work", async () => {
  const results: unknown[] = [];
  hooks.telemetry.addSink({
    name: "engine",
    write: async (records) => {
      results.push(
        records.map(({ kind }) => kind),
        await session.sql("SELECT 7 AS n").rows(),
      );
    },
  });
  const asked = hooks.asked("beforeSql");
  await session.sql("SELECT 1 AS n").rows();
  await hooks.telemetry.flush();
  await hooks.telemetry.flush();
  expect(results).toEqual([["cache", "plan", "execution"], [{ n: 7n }]]);
  expect(asked.map((question) => question.sql)).toEqual(["SELECT 1 AS n"]);
  expect(executions()).toHaveLength(1);
});
