import type { AbortableOptions } from "@deltafuse/config/abort";
import type { EventScope } from "./event-context.ts";
import type { EventMap, EventName, SettlingEvent } from "./events.ts";
import type { AmbientScope } from "./ambient-scope.ts";
import type { Hooks } from "./hooks.ts";
import type { PointInput, PointName } from "./interceptors.ts";

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
  /**
   * Asks the interceptors of a point: those of the parents first. Resolves with the question as their answers have left it,
   * frozen; what it holds is checked like what a caller gives. Asks nobody inside an interceptor of the same point.
   *
   * Rejects with `HOOKS.VETOED`, `HOOKS.INTERCEPTOR_FAILED`, `HOOKS.INTERCEPTOR_TIMEOUT`, `HOOKS.INVALID_REPLACEMENT`,
   * `HOOKS.REENTRANCY_LIMIT`, and with the reason of the caller's abort, which wins.
   */
  ask<P extends PointName>(point: P, input: PointInput<P>, options?: AbortableOptions): Promise<PointInput<P>>;
  /** Whether `ask` would ask anybody, so that owners can skip questions that are expensive to make. */
  asks(point: PointName): boolean;
  /** Labels and policies of the work around, and the marks of interceptors; shared by the whole tree. */
  readonly ambient: AmbientScope;
  /** Hooks for an inner scope; see {@link Hooks.child}. */
  child(scope: EventScope): HookEmitter;
}
