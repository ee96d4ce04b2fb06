import type { AbortableOptions } from "@deltafuse/config/abort";
import type { ClearCaches, ClearReport } from "./cache-scope.ts";
import { clearReportSchema, ruleCatalogSchema, runtimeMetricsSchema } from "./metrics-schema.ts";
import type { RuleCatalog } from "./rule-catalog.ts";
import type { RuntimeMetrics } from "./runtime-metrics.ts";
import type { SessionState } from "./session-state.ts";

/** Reads what a session holds and has done. */
export async function readMetrics(state: SessionState, options: AbortableOptions): Promise<RuntimeMetrics> {
  const { body } = await state.call({ entrypoint: "session.runtimeMetrics", reply: runtimeMetricsSchema }, options);
  tellSampled(state, body);
  return body;
}

function tellSampled({ hooks, cacheScope }: SessionState, metrics: RuntimeMetrics): void {
  const { memory, spill, caches, handles, queries } = metrics;
  hooks.emit("runtime.sampled", {
    memoryReservedBytes: memory.reservedBytes,
    memoryLimitKind: memory.limitBytes === null ? "infinite" : "finite",
    memoryLimitBytes: memory.limitBytes,
    spillBytesOnDisk: spill.bytes,
    activeQueries: queries.running,
    openSessions: handles["session"] ?? 0,
  });
  const rows = caches.map(({ name: cache, bytes: usedBytes, ...counters }) => ({ cache, usedBytes, ...counters }));
  hooks.emit("cache.sampled", { scope: cacheScope, rows });
}

/** Drops entries of the caches of a session. */
export async function clearSessionCaches(
  state: SessionState,
  what: ClearCaches,
  options: AbortableOptions,
): Promise<ClearReport> {
  const call = { entrypoint: "session.clearCaches", request: { ...what }, reply: clearReportSchema } as const;
  const { body } = await state.call(call, options);
  return body;
}

/** Reads what takes part in the planning of a session. */
export async function readRules(state: SessionState, options: AbortableOptions): Promise<RuleCatalog> {
  const { body } = await state.call({ entrypoint: "session.rules", reply: ruleCatalogSchema }, options);
  return body;
}
