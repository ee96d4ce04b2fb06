import type { AbortableOptions } from "@deltafuse/config/abort";
import type { JsonObject } from "@deltafuse/config/canonical-json";
import { type Clock, systemClock } from "@deltafuse/telemetry/clock";
import { type Telemetry, createTelemetry } from "@deltafuse/telemetry/telemetry";
import type { HookEmitter } from "./emitter.ts";
import type { EventScope } from "./event-context.ts";
import { createEventNode } from "./event-node.ts";
import type { EventName, HookEvent } from "./events.ts";
import type { Interceptor, PointName } from "./interceptors.ts";

/** Something that was added and can be taken away. */
export interface Subscription extends Disposable {
  /** Name in events and errors. */
  readonly name: string;
  /** Ends the subscription from the next event or question on. Idempotent; disposing does the same. */
  unsubscribe(): void;
}

/** How a subscription is made. */
export interface SubscriptionOptions {
  /** Name in events and errors; unique per object. Default: made up. */
  readonly name?: string;
  /** Ends the subscription when it is aborted. */
  readonly signal?: AbortSignal;
}

/** How a listener is called. */
export interface ListenerOptions extends SubscriptionOptions {
  /** Ends the subscription at the first event. Default false. */
  readonly once?: boolean;
  /** Lets the emitter wait for the returned promise; only for settling events. Default false. */
  readonly await?: boolean;
  /** How long the emitter waits. Default 5000. */
  readonly timeoutMs?: number;
}

/** How an interceptor is asked. */
export interface InterceptorOptions extends SubscriptionOptions {
  /** Lower ones of the same object are asked first; equal ones as they were added. Default 0. */
  readonly order?: number;
  /** How long the operation waits for the answer before it fails. Default 10 000. */
  readonly timeoutMs?: number;
}

/** Counters of a root `Hooks` and all its children. */
export interface HookStats {
  /** Events that were emitted. */
  readonly emitted: number;
  /** Listeners that threw, rejected or were late. */
  readonly listenerFailures: number;
  /** Operations that interceptors refused. */
  readonly vetoes: number;
  /** Events dropped because listeners emitted without end. */
  readonly dropped: number;
}

/**
 * What happens in the engine, for code outside of it. Listeners see what has happened; they cannot change it, delay it
 * (but for settling events, when asked) or make it fail. Interceptors are asked before something happens; they may replace
 * what the point lists, or refuse.
 *
 * Disposing removes the listeners and interceptors of this object and ends its emitting; parents and telemetry stay.
 */
export interface Hooks extends Disposable {
  /** Where the records of the events go: what `createHooks` was given, else its own with a memory of the last ones. */
  readonly telemetry: Telemetry;
  /**
   * Adds a listener for one event, several, or all (`"*"`). Listeners run in the order of their registration. A throw
   * or rejection becomes `listener.failed`. A returned promise is not awaited, unless `await` is set.
   *
   * Throws `HOOKS.UNKNOWN_EVENT`, `HOOKS.DUPLICATE_NAME`, `HOOKS.NOT_AWAITABLE`, `HOOKS.CLOSED`.
   *
   * @example
   * hooks.on("query.finished", (event) => console.log(event.queryId, event.rows));
   */
  on<E extends EventName>(
    event: E | readonly E[] | "*",
    listener: (event: HookEvent<E>) => void | Promise<void>,
    options?: ListenerOptions,
  ): Subscription;
  /**
   * Adds an interceptor to a point. Those of a parent are asked before those of its children, then by `order`, then as they
   * were added; one at a time, each with what those before it have replaced. When one throws, is late or refuses, the
   * operation fails: with `HOOKS.INTERCEPTOR_FAILED`, `HOOKS.INTERCEPTOR_TIMEOUT`, `HOOKS.VETOED`; a replacement that the
   * point does not let pass is `HOOKS.INVALID_REPLACEMENT`. An interceptor may use the engine; its own point is not asked
   * for that work.
   *
   * Throws `HOOKS.UNKNOWN_POINT`, `HOOKS.DUPLICATE_NAME`, `HOOKS.CLOSED`.
   *
   * @example
   * hooks.intercept("beforeExecute", () => ({ replace: { limits: { maxRows: 10_000 } } }));
   */
  intercept<P extends PointName>(point: P, interceptor: Interceptor<P>, options?: InterceptorOptions): Subscription;
  /** Emits an event of the application, as `app.event`. Throws `HOOKS.CLOSED`. */
  publish(name: string, payload: JsonObject): void;
  /** Hooks for an inner scope: they inherit the listeners, the interceptors and the scope; what the inner scope states wins. */
  child(scope: EventScope): Hooks;
  /** Resolves when every promise that listeners have returned so far is settled. */
  settled(options?: AbortableOptions): Promise<void>;
  /** Counters, shared with parents and children. */
  stats(): HookStats;
}

/** Options of {@link createHooks}. */
export interface HooksOptions {
  /** Default: one that keeps the last records in memory. */
  readonly telemetry?: Telemetry;
  /** Default: the system's clock. */
  readonly clock?: Clock;
}

/**
 * Makes hooks for `openSession(profile, { hooks })`.
 *
 * @example
 * const hooks = createHooks({ telemetry });
 * hooks.on("query.failed", (event) => alert(event.error.code));
 */
export function createHooks(options: HooksOptions = {}): HookEmitter {
  return createEventNode({
    telemetry: options.telemetry ?? createTelemetry(),
    clock: options.clock ?? systemClock(),
  });
}
