import type { AbortableOptions } from "@deltafuse/config/abort";
import type { EventScope } from "./event-context.ts";
import type { EventMap, EventName, SettlingEvent } from "./events.ts";
import type { Hooks } from "./hooks.ts";

/** The emitting side of hooks, for the packages of the engine. */
export interface HookEmitter extends Hooks {
  /**
   * Emits an event: to the listeners of this object, then to those of its parents, then to telemetry. While another
   * event is dispatched it waits its turn. Listeners cannot make it fail. Does nothing after the hooks were disposed.
   */
  emit<E extends EventName>(event: E, payload: EventMap[E]): void;
  /**
   * As `emit`, and waits for the listeners that asked for it with `await: true`, each at most its `timeoutMs`. Never
   * rejects because of a listener; an abort ends the waiting, not the listeners, and rejects with the signal's reason.
   */
  settle<E extends SettlingEvent>(event: E, payload: EventMap[E], options?: AbortableOptions): Promise<void>;
  /** Whether anybody listens to an event or keeps its records, so that emitters can skip expensive payloads. */
  wants(event: EventName): boolean;
  /** Hooks for an inner scope; see {@link Hooks.child}. */
  child(scope: EventScope): HookEmitter;
}
