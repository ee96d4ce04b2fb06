import { blindCast } from "@deltafuse/config/casts";
import { duplicateName, notAwaitable, unknownEvent } from "./errors.ts";
import { type EventName, type HookEvent, eventTable } from "./events.ts";
import type { ListenerOptions, Subscription } from "./hooks.ts";

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

/** The listeners of one `Hooks` object. */
export class ListenerRegistry {
  /** Replaced at every change, so that a dispatch sees the list as it was when it began. */
  #listeners: readonly Listener[] = [];
  #unnamed = 0;

  /** Adds a listener. Throws what `Hooks.on` documents. */
  add<E extends EventName>(request: ListenerRequest<E>): Subscription {
    const { options } = request;
    const events = checkedEvents(request.event);
    if (options.await === true) checkAwaitable(events);
    const { signal } = options;
    const unsubscribe = (): void => {
      this.#listeners = this.#listeners.filter((other) => other !== listener);
      signal?.removeEventListener("abort", unsubscribe);
    };
    const listener: Listener = {
      name: this.#checkedName(options.name),
      events,
      call: blindCast<Listener["call"], "it is called with the events it was added for">(request.listener),
      isAwaited: options.await ?? false,
      timeoutMs: options.timeoutMs ?? defaultTimeoutMs,
      once: options.once ?? false,
      unsubscribe,
    };
    if (signal?.aborted !== true) {
      this.#listeners = [...this.#listeners, listener];
      signal?.addEventListener("abort", unsubscribe, { once: true });
    }
    return { name: listener.name, unsubscribe, [Symbol.dispose]: unsubscribe };
  }

  clear(): void {
    for (const listener of this.#listeners) listener.unsubscribe();
  }

  /** The listeners of an event, in the order of their registration. */
  of(event: EventName): readonly Listener[] {
    return this.#listeners.filter(({ events }) => events === undefined || events.has(event));
  }

  #checkedName(name: string | undefined): string {
    if (name === undefined) {
      this.#unnamed += 1;
      return `listener-${this.#unnamed}`;
    }
    if (this.#listeners.some((listener) => listener.name === name)) throw duplicateName(name);
    return name;
  }
}
