import { blindCast } from "@deltafuse/config/casts";
import { notAwaitable, unknownEvent } from "./errors.ts";
import { type EventName, type HookEvent, eventTable } from "./events.ts";
import type { ListenerOptions } from "./hooks.ts";

/** A listener that was added. */
export interface Listener {
  readonly name: string;
  /** Names of its events; undefined for all. */
  readonly events: ReadonlySet<EventName> | undefined;
  readonly call: (event: HookEvent) => void | Promise<void>;
  readonly isAwaited: boolean;
  readonly timeoutMs: number;
  readonly once: boolean;
  /** Ends the subscription. */
  readonly unsubscribe: () => void;
}

/** What `on` was called with. */
export interface ListenerRequest<E extends EventName> {
  readonly event: E | readonly E[] | "*";
  readonly listener: (event: HookEvent<E>) => void | Promise<void>;
  readonly options: ListenerOptions;
}

const defaultTimeoutMs = 5000;

function checkedEvents<E extends EventName>(event: E | readonly E[] | "*"): ReadonlySet<EventName> | undefined {
  if (event === "*") return undefined;
  const names: readonly EventName[] = typeof event === "string" ? [event] : event;
  const unknown = names.find((name) => !Object.hasOwn(eventTable, name));
  if (unknown !== undefined) throw unknownEvent(unknown);
  return new Set(names);
}

function checkAwaitable(events: ReadonlySet<EventName> | undefined): void {
  if (events === undefined) throw notAwaitable("*");
  for (const name of events) {
    if (!eventTable[name].settling) throw notAwaitable(name);
  }
}

/** Checks what `on` was called with. Throws `HOOKS.UNKNOWN_EVENT`, `HOOKS.NOT_AWAITABLE`. */
export function listenerOf<E extends EventName>({
  event,
  listener,
  options,
}: ListenerRequest<E>): Omit<Listener, "name" | "unsubscribe"> {
  const { await: isAwaited = false, timeoutMs = defaultTimeoutMs, once = false } = options;
  const events = checkedEvents(event);
  if (isAwaited) checkAwaitable(events);
  const call = blindCast<Listener["call"], "it is called with the events it was added for">(listener);
  return { events, call, isAwaited, timeoutMs, once };
}

/** Whether a listener was added for an event. */
export function hears({ events }: Listener, event: EventName): boolean {
  return events === undefined || events.has(event);
}
