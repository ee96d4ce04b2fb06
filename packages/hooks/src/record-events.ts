import { cacheRecords } from "./cache-events.ts";
import {
  functionFailedRecords,
  functionRegisteredRecords,
  readinessRecords,
  tableDroppedRecords,
  tableRegisteredRecords,
  violationRecords,
  writeCommittedRecords,
  writeFailedRecords,
  writeSkippedRecords,
} from "./data-records.ts";
import { deltaCommittedRecords, deltaConflictRecords } from "./delta-records.ts";
import type { EventMap, EventName, HookEvent, InterceptorVetoedPayload, ListenerFailedPayload } from "./events.ts";
import { preparedRecords, rebuiltRecords } from "./pool-events.ts";
import {
  cancelledRecords,
  captureFailedRecords,
  compiledRecords,
  finishedRecords,
  planFailedRecords,
  queryFailedRecords,
  rejectedRecords,
  ruleRecords,
  slowRecords,
} from "./query-records.ts";
import { type RecordDraft, findingDraft } from "./record-draft.ts";
import { cacheSampledRecords, runtimeSampledRecords } from "./runtime-events.ts";
import { closedRecords, failedRecords, openedRecords, warningRecords } from "./session-records.ts";
import type { SqlHash } from "./sql-hash.ts";
import { degradedRecords } from "./telemetry-events.ts";

function listenerRecords({ listener, failedEvent, error }: ListenerFailedPayload): readonly RecordDraft[] {
  const { code, message } = error;
  return [
    findingDraft({
      severity: "warning",
      category: "hooks",
      code,
      message,
      subject: listener,
      details: { failedEvent },
    }),
  ];
}

function vetoRecords({ point, interceptor, reason, target }: InterceptorVetoedPayload): readonly RecordDraft[] {
  return [
    findingDraft({
      severity: "warning",
      category: "hooks",
      code: "HOOKS.VETOED",
      message: reason,
      subject: target ?? undefined,
      details: { point, interceptor },
    }),
  ];
}

/** Those that become none are left out. */
const recordsByEvent: {
  readonly [E in EventName]?: (payload: EventMap[E], hashOf?: SqlHash) => readonly RecordDraft[];
} = {
  "session.opened": openedRecords,
  "session.failed": failedRecords,
  "session.warning": warningRecords,
  "session.closed": closedRecords,
  "pool.slot_rebuilt": rebuiltRecords,
  "statement.prepared": preparedRecords,
  "sql.rejected": rejectedRecords,
  "plan.compiled": compiledRecords,
  "plan.failed": planFailedRecords,
  "plan.rule": ruleRecords,
  "plan.capture_failed": captureFailedRecords,
  "query.finished": finishedRecords,
  "query.failed": queryFailedRecords,
  "query.cancelled": cancelledRecords,
  "query.slow": slowRecords,
  "cache.hit": cacheRecords("get", "hit"),
  "cache.miss": cacheRecords("get", "miss"),
  "cache.write": cacheRecords("put", "stored"),
  "cache.evict": cacheRecords("evict", "evicted"),
  "runtime.sampled": runtimeSampledRecords,
  "cache.sampled": cacheSampledRecords,
  "table.registered": tableRegisteredRecords,
  "table.dropped": tableDroppedRecords,
  "dataset.readiness": readinessRecords,
  "write.committed": writeCommittedRecords,
  "write.skipped": writeSkippedRecords,
  "write.failed": writeFailedRecords,
  "schema.violation": violationRecords,
  "function.registered": functionRegisteredRecords,
  "function.failed": functionFailedRecords,
  "delta.committed": deltaCommittedRecords,
  "delta.conflict": deltaConflictRecords,
  "telemetry.degraded": degradedRecords,
  "interceptor.vetoed": vetoRecords,
  "listener.failed": listenerRecords,
};

/** The records that an event becomes, of its payload. */
export function recordsOfPayload<E extends EventName>(
  name: E,
  payload: EventMap[E],
  hashOf?: SqlHash,
): readonly RecordDraft[] {
  return recordsByEvent[name]?.(payload, hashOf) ?? [];
}

/** The records that an event becomes. Pure; telemetry validates, redacts and numbers them. */
export function recordsOf<E extends EventName>(event: HookEvent<E>): readonly RecordDraft[] {
  const name: E = event.event;
  return recordsOfPayload(name, event);
}
