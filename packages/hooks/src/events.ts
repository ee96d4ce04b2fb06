import type { JsonObject } from "@deltafuse/config/canonical-json";
import { blindCast } from "@deltafuse/config/casts";
import { type CacheEvents, cacheEventRows } from "./cache-events.ts";
import { type DataEvents, dataEventRows } from "./data-events.ts";
import { type DeltaEvents, deltaEventRows } from "./delta-events.ts";
import type { ErrorPayload } from "./error-payload.ts";
import type { EventContext } from "./event-context.ts";
import type { EventRow, EventRows } from "./event-row.ts";
import type { PointName } from "./interceptors.ts";
import { type PoolEvents, poolEventRows } from "./pool-events.ts";
import { type QueryEvents, queryEventRows } from "./query-events.ts";
import { type RuntimeEvents, runtimeEventRows } from "./runtime-events.ts";
import { type SessionEvents, sessionEventRows } from "./session-events.ts";
import { type TelemetryEvents, telemetryEventRows } from "./telemetry-events.ts";

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

/** Payloads of the events of hooks themselves. */
interface OwnEvents {
  readonly "interceptor.vetoed": InterceptorVetoedPayload;
  readonly "listener.failed": ListenerFailedPayload;
  readonly "app.event": AppEventPayload;
}

const ownEventRows: EventRows<OwnEvents> = {
  "interceptor.vetoed": {
    owner: "hooks",
    fires: "an interceptor refused",
    records: ["finding"],
    members: { point: "string", interceptor: "string", reason: "string", target: "string?" },
  },
  "listener.failed": {
    owner: "hooks",
    fires: "a listener threw, rejected or was late",
    records: ["finding"],
    members: { listener: "string", failedEvent: "string", error: "object" },
  },
  "app.event": {
    owner: "application",
    fires: "publish was called",
    members: { name: "string", payload: "object" },
  },
};

/** Payload of every event, by name. */
export interface EventMap
  extends
    SessionEvents,
    PoolEvents,
    QueryEvents,
    CacheEvents,
    RuntimeEvents,
    DataEvents,
    DeltaEvents,
    TelemetryEvents,
    OwnEvents {}

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

const declared: EventRows<EventMap> = {
  ...sessionEventRows,
  ...poolEventRows,
  ...queryEventRows,
  ...cacheEventRows,
  ...runtimeEventRows,
  ...dataEventRows,
  ...deltaEventRows,
  ...telemetryEventRows,
  ...ownEventRows,
};

/** Every event: who emits it, when, what its payload has and which records it becomes. */
export const eventTable: { readonly [E in EventName]: EventRow<EventMap[E]> } = blindCast<
  { readonly [E in EventName]: EventRow<EventMap[E]> },
  "what a row leaves out has its default"
>(Object.fromEntries(Object.entries(declared).map(([name, row]) => [name, { settling: false, records: [], ...row }])));

function isEventName(name: string): name is EventName {
  return Object.hasOwn(eventTable, name);
}

/** Names of all events, in the order of the table. */
export const eventNames: readonly EventName[] = Object.freeze(Object.keys(eventTable).filter(isEventName));
