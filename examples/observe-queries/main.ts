// #region imports
import { parseProfile } from "@deltafuse/config/profile";
import { registerDataset } from "@deltafuse/dataset-io/register";
import { delta } from "@deltafuse/delta/extension";
import { upsertRows } from "@deltafuse/delta/merge";
import { writeTable } from "@deltafuse/delta/write";
import { createHooks } from "@deltafuse/hooks/hooks";
import { openSession, type Session } from "@deltafuse/session-core/session";
import { openTelemetry } from "@deltafuse/telemetry/open-telemetry";
import { openTelemetryLogs } from "@deltafuse/telemetry/open-telemetry-logs";
import { withRun } from "@deltafuse/telemetry/run";
import { createTelemetry } from "@deltafuse/telemetry/telemetry";
import { trace } from "@opentelemetry/api";
import { logs } from "@opentelemetry/api-logs";
// #endregion
import { shutdown } from "./providers.ts";
import { printLogs, printMetrics, printSpans } from "./print.ts";

// #region work
async function work(session: Session): Promise<void> {
  const source = { rows: [{ id: 1, city: "Wien", km: 12.5 }] };
  await writeTable(session, { location: "lake/trips" }, { source, mode: "overwrite" });
  await registerDataset(session, "trips", { uri: "lake/trips", format: "delta" });
  await upsertRows(
    session,
    { dataset: "trips" },
    { source: { rows: [{ id: 2, city: "Graz", km: 4.5 }] }, keys: ["id"] },
  );
  await session.sql("SELECT city, km FROM trips WHERE city <> 'Linz'", { label: "report" }).rows();
  await session
    .sql("SELECT kilometres FROM trips")
    .rows()
    .catch(() => undefined);
}
// #endregion

// #region observe
const bridge = openTelemetry({ metricLabels: ["report"] });
const telemetry = createTelemetry({
  tracer: bridge.tracer,
  sinks: [bridge.sink, openTelemetryLogs({ logger: logs.getLogger("deltafuse") })],
});
const hooks = createHooks({ telemetry });

await trace.getTracer("application").startActiveSpan("nightly job", async (job) => {
  await withRun(telemetry, { label: "nightly", appId: "trips-loader" }, async () => {
    const session = await openSession(parseProfile({ preset: "default" }), { hooks, extensions: [delta()] });
    try {
      await work(session);
    } finally {
      await session.close();
    }
  });
  job.end();
});
await telemetry.close();
await shutdown();
// #endregion

printSpans();
printMetrics();
printLogs();
