import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseProfile } from "@deltafuse/config/profile";
// #region imports
import { createHooks } from "@deltafuse/hooks/hooks";
import { withLabel } from "@deltafuse/hooks/label";
import { openSession } from "@deltafuse/session-core/session";
import { readJsonLines } from "@deltafuse/telemetry/json-lines";
import { jsonLinesSink } from "@deltafuse/telemetry/json-lines-sink";
import { withRun } from "@deltafuse/telemetry/run";
import { callbackSink } from "@deltafuse/telemetry/sink";
import { createTelemetry } from "@deltafuse/telemetry/telemetry";
import { parseTraceparent } from "@deltafuse/telemetry/trace-context";
// #endregion
import { afterAll, expect, it } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "deltafuse-"));
afterAll(() => rmSync(folder, { recursive: true }));
const profile = parseProfile({ preset: "test" });

it("looks at the last records", async () => {
  // #region recorder
  const telemetry = createTelemetry({ recorder: { maxRecords: 1000 } });
  await using session = await openSession(profile, { hooks: createHooks({ telemetry }) });
  await session.sql("SELECT 1 AS one WHERE 'x' <> 'y'").rows();

  const [plan, execution] = telemetry.recorder.snapshot({ kinds: ["plan", "execution"] });
  // plan.body.sqlText is "SELECT ? AS one WHERE ? <> ?"; execution.body.rows is 1; both carry the same queryId
  // #endregion
  expect(plan?.body).toMatchObject({ sqlText: "SELECT ? AS one WHERE ? <> ?" });
  expect(execution?.body).toMatchObject({ rows: 1 });
  expect(plan?.queryId).toBe(execution?.queryId);
});

it("hands records to sinks", async () => {
  const slow: string[] = [];
  const path = join(folder, "records.jsonl");
  // #region sinks
  const telemetry = createTelemetry({
    exclude: ["settings"],
    sinks: [
      jsonLinesSink({ path, maxFiles: 3 }),
      callbackSink((record) => {
        if (record.kind === "execution") slow.push(`${record.label}: ${JSON.stringify(record.body["durationUs"])} µs`);
      }),
    ],
  });
  const session = await openSession(profile, { hooks: createHooks({ telemetry }) });
  await session.sql("SELECT 1", { label: "report" }).rows();
  await session.close();
  await telemetry.close(); // writes what is queued

  const kinds: string[] = [];
  for await (const { kind } of readJsonLines(path)) kinds.push(kind);
  // ["session", "cache", "plan", "execution", "session"]
  // #endregion
  expect(kinds).toEqual(["session", "cache", "plan", "execution", "session"]);
  expect(slow).toEqual([expect.stringMatching(/^report: \d+ µs$/)]);
  expect(telemetry.health().sinks).toMatchObject([
    { name: "json-lines", written: 5, dropped: 0 },
    { name: "callback", written: 5, dropped: 0 },
  ]);
});

it("brackets work in a run", async () => {
  const telemetry = createTelemetry();
  const hooks = createHooks({ telemetry });
  await using session = await openSession(profile, { hooks });
  // #region run
  const summary = await withRun(telemetry, { label: "nightly", appId: "orders-loader" }, async (run) => {
    await withLabel(hooks, { name: "load", tags: { source: "shop" } }, () => session.sql("SELECT 1").rows());
    run.annotate({ day: "2026-01-02" });
    return run.runId;
  });
  const [finished] = telemetry.recorder.snapshot({ kinds: ["run"], runId: summary }).slice(-1);
  // finished.body: { action: "finished", status: "completed", queries: 1, metadata: { day: "2026-01-02" }, … }
  // #endregion
  expect(finished?.body).toMatchObject({ status: "completed", queries: 1, metadata: { day: "2026-01-02" } });
});

it("continues a trace", async () => {
  const telemetry = createTelemetry();
  await using session = await openSession(profile, { hooks: createHooks({ telemetry }) });
  const header = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  // #region trace
  const trace = parseTraceparent(header); // of a request that came in; undefined when it is malformed
  await telemetry.scope.with({ trace }, () => session.sql("SELECT 1").rows());
  // #endregion
  const [execution] = telemetry.recorder.snapshot({ kinds: ["execution"] });
  expect([execution?.traceId, execution?.spanId]).toEqual([trace?.traceId, trace?.spanId]);
});
