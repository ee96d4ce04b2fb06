import type { JsonObject } from "@deltafuse/config/canonical-json";
import {
  dataEventRows,
  type DatasetReadinessPayload,
  type FunctionFailedPayload,
  type FunctionRegisteredPayload,
  type SchemaViolationPayload,
  type TableDroppedPayload,
  type TableRegisteredPayload,
  type WriteCommittedPayload,
  type WriteFailedPayload,
  type WriteSkippedPayload,
  type WriteStartedPayload,
} from "./data-events.ts";
import { deltaEventRows, type DeltaCommittedPayload, type DeltaConflictPayload } from "./delta-events.ts";
import type { ErrorPayload } from "./error-payload.ts";
import type { EventContext } from "./event-context.ts";
import type { EventRow } from "./event-row.ts";
import type { PointName } from "./interceptors.ts";
import {
  queryEventRows,
  type PlanCompiledPayload,
  type PlanExplainedPayload,
  type PlanFailedPayload,
  type QueryBatchPayload,
  type QueryCancelledPayload,
  type QueryFailedPayload,
  type QueryFinishedPayload,
  type QuerySlowPayload,
  type QueryStartedPayload,
  type SqlReceivedPayload,
  type SqlRejectedPayload,
} from "./query-events.ts";
import {
  sessionEventRows,
  type SessionClosedPayload,
  type SessionClosingPayload,
  type SessionFailedPayload,
  type SessionOpenedPayload,
  type SessionStepPayload,
  type SessionWarningPayload,
} from "./session-events.ts";

import { telemetryEventRows, type RunPayload, type TelemetryDegradedPayload } from "./telemetry-events.ts";

/** Payload of `listener.failed`. */
export interface ListenerFailedPayload {
  /** Name of the listener. */
  readonly listener: string;
  /** Name of the event it failed at. */
  readonly failedEvent: EventName;
  readonly error: ErrorPayload;
}

/** Payload of `interceptor.vetoed`. */
export interface InterceptorVetoedPayload {
  readonly point: PointName;
  /** Name of the interceptor. */
  readonly interceptor: string;
  readonly reason: string;
  /** What the operation is about: a table, a function, the summary of a statement; null for a text that is not parsed. */
  readonly target: string | null;
}

/** Payload of `app.event`. */
export interface AppEventPayload {
  /** Name that the application gave. */
  readonly name: string;
  readonly payload: JsonObject;
}

/** Payload of every event, by name. */
export interface EventMap {
  readonly "session.step": SessionStepPayload;
  readonly "session.opened": SessionOpenedPayload;
  readonly "session.failed": SessionFailedPayload;
  readonly "session.warning": SessionWarningPayload;
  readonly "session.closing": SessionClosingPayload;
  readonly "session.closed": SessionClosedPayload;
  readonly "sql.received": SqlReceivedPayload;
  readonly "sql.rejected": SqlRejectedPayload;
  readonly "plan.compiled": PlanCompiledPayload;
  readonly "plan.failed": PlanFailedPayload;
  readonly "plan.explained": PlanExplainedPayload;
  readonly "query.started": QueryStartedPayload;
  readonly "query.batch": QueryBatchPayload;
  readonly "query.finished": QueryFinishedPayload;
  readonly "query.failed": QueryFailedPayload;
  readonly "query.cancelled": QueryCancelledPayload;
  readonly "query.slow": QuerySlowPayload;
  readonly "table.registered": TableRegisteredPayload;
  readonly "table.dropped": TableDroppedPayload;
  readonly "dataset.readiness": DatasetReadinessPayload;
  readonly "write.started": WriteStartedPayload;
  readonly "write.committed": WriteCommittedPayload;
  readonly "write.skipped": WriteSkippedPayload;
  readonly "write.failed": WriteFailedPayload;
  readonly "schema.violation": SchemaViolationPayload;
  readonly "function.registered": FunctionRegisteredPayload;
  readonly "function.failed": FunctionFailedPayload;
  readonly "delta.committed": DeltaCommittedPayload;
  readonly "delta.conflict": DeltaConflictPayload;
  readonly "run.started": RunPayload;
  readonly "run.finished": RunPayload;
  readonly "telemetry.degraded": TelemetryDegradedPayload;
  readonly "interceptor.vetoed": InterceptorVetoedPayload;
  readonly "listener.failed": ListenerFailedPayload;
  readonly "app.event": AppEventPayload;
}

/** Name of an event. */
export type EventName = keyof EventMap;

type HookEvents = { readonly [E in EventName]: EventContext & { readonly event: E } & EventMap[E] };

/** An event as listeners get it: context and payload side by side, deep-frozen, discriminated by `event`. */
export type HookEvent<E extends EventName = EventName> = HookEvents[E];

/** Names of the events whose emitter waits for listeners that ask for it. */
export type SettlingEvent =
  | "session.closing"
  | "query.finished"
  | "write.committed"
  | "delta.committed"
  | "run.finished";

/** Every event: who emits it, when, what its payload has and which records it becomes. */
export const eventTable: {
  readonly [E in EventName]: EventRow<EventMap[E], E extends SettlingEvent ? true : false>;
} = {
  ...sessionEventRows,
  ...queryEventRows,
  ...dataEventRows,
  ...deltaEventRows,
  ...telemetryEventRows,
  "interceptor.vetoed": {
    owner: "hooks",
    fires: "an interceptor refused",
    settling: false,
    records: ["finding"],
    members: { point: "string", interceptor: "string", reason: "string", target: "string?" },
  },
  "listener.failed": {
    owner: "hooks",
    fires: "a listener threw, rejected or was late",
    settling: false,
    records: ["finding"],
    members: { listener: "string", failedEvent: "string", error: "object" },
  },
  "app.event": {
    owner: "application",
    fires: "publish was called",
    settling: false,
    records: [],
    members: { name: "string", payload: "object" },
  },
};

function isEventName(name: string): name is EventName {
  return Object.hasOwn(eventTable, name);
}

/** Names of all events, in the order of the table. */
export const eventNames: readonly EventName[] = Object.freeze(Object.keys(eventTable).filter(isEventName));
