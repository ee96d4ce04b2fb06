import type { AbortableOptions } from "@deltafuse/config/abort";
import type { JsonObject } from "@deltafuse/config/canonical-json";
import { blindCast } from "@deltafuse/config/casts";
import type { Clock } from "@deltafuse/telemetry/clock";
import type { Telemetry } from "@deltafuse/telemetry/telemetry";
import { type AmbientScope, createAmbientScope } from "./ambient-scope.ts";
import { waitAtMost } from "./bounded-wait.ts";
import type { HookEmitter } from "./emitter.ts";
import { toErrorPayload } from "./error-payload.ts";
import { hooksClosed, reentrancyLimit } from "./errors.ts";
import {
  type EventContext,
  type EventPosition,
  type EventScope,
  type TaggedScope,
  innerScope,
  queryScope,
} from "./event-context.ts";
import { EventDispatcher, maxQueuedEvents } from "./event-dispatcher.ts";
import { type EventMap, type EventName, type HookEvent, type SettlingEvent, eventTable } from "./events.ts";
import { freezeWith } from "./frozen-payload.ts";
import type { HookStats, InterceptorOptions, ListenerOptions, Subscription } from "./hooks.ts";
import { type PlacedInterceptor, askInterceptors, interceptorOf, interceptorsFor } from "./interception.ts";
import type { Interceptor, PointInput, PointName } from "./interceptors.ts";
import { type ListenerCall, ListenerCalls } from "./listener-calls.ts";
import { type Listener, hears, listenerOf } from "./listener.ts";
import { recordsOfPayload } from "./record-events.ts";
import { type SqlHash, rememberedSqlHash } from "./sql-hash.ts";
import { Subscriptions } from "./subscriptions.ts";
import { forwardNotices } from "./telemetry-events.ts";

/** What all nodes of a tree share. */
interface EventTree {
  readonly telemetry: Telemetry;
  readonly dispatcher: EventDispatcher;
  readonly calls: ListenerCalls;
  readonly ambient: AmbientScope;
  readonly hashOf: SqlHash;
  vetoes: number;
}

/** Is given the calls that returned promises, when an event is delivered. */
type Delivered = (calls: readonly ListenerCall[]) => void;

class EventNode implements HookEmitter {
  readonly #tree: EventTree;
  /** This node, its parent, and so on. */
  readonly #chain: readonly EventNode[];
  readonly #scope: TaggedScope;
  readonly #listeners = new Subscriptions<Listener>("listener");
  readonly #interceptors = new Subscriptions<PlacedInterceptor>("interceptor");
  /** What the root hears of its telemetry. */
  readonly #notices: Disposable | undefined;
  #isDisposed = false;

  constructor(tree: EventTree, parent: EventNode | undefined, scope: TaggedScope) {
    this.#tree = tree;
    this.#chain = parent === undefined ? [this] : [this, ...parent.#chain];
    this.#scope = scope;
    this.#notices = parent === undefined ? forwardNotices(this) : undefined;
  }

  get telemetry(): Telemetry {
    return this.#tree.telemetry;
  }

  get ambient(): AmbientScope {
    return this.#tree.ambient;
  }

  on<E extends EventName>(
    event: E | readonly E[] | "*",
    listener: (event: HookEvent<E>) => void | Promise<void>,
    options: ListenerOptions = {},
  ): Subscription {
    if (this.#isClosed()) throw hooksClosed("on");
    const checked = listenerOf({ event, listener, options });
    return this.#listeners.add(options, (name, unsubscribe) => ({ ...checked, name, unsubscribe }));
  }

  intercept<P extends PointName>(
    point: P,
    interceptor: Interceptor<P>,
    options: InterceptorOptions = {},
  ): Subscription {
    if (this.#isClosed()) throw hooksClosed("intercept");
    const checked = interceptorOf(point, interceptor, options);
    return this.#interceptors.add(options, (name) => ({ ...checked, name }));
  }

  publish(name: string, payload: JsonObject): void {
    if (this.#isClosed()) throw hooksClosed("publish");
    this.emit("app.event", { name, payload });
  }

  child(scope: EventScope): HookEmitter {
    const begins = scope.queryId !== undefined && this.#scope.queryId === undefined;
    const inner = begins ? queryScope(this.telemetry.scope.current(), scope) : scope;
    return new EventNode(this.#tree, this, innerScope(this.#scope, inner));
  }

  emit<E extends EventName>(event: E, payload: EventMap[E]): void {
    this.#dispatch(event, payload);
  }

  async settle<E extends SettlingEvent>(event: E, payload: EventMap[E], options: AbortableOptions = {}): Promise<void> {
    if (!this.#isHeard(event)) {
      this.#dispatch(event, payload);
      return;
    }
    // Emitted by a listener, the event is delivered only after that listener has returned.
    const calls = await new Promise<readonly ListenerCall[]>((resolve) => {
      if (!this.#dispatch(event, payload, resolve)) resolve([]);
    });
    const awaited = calls.filter(({ listener }) => listener.isAwaited);
    await waitAtMost(Promise.all(awaited.map((call) => this.#tree.calls.waitFor(call))), options);
  }

  async ask<P extends PointName>(
    point: P,
    input: PointInput<P>,
    options: AbortableOptions = {},
  ): Promise<PointInput<P>> {
    const interceptors = this.#interceptorsOf(point);
    if (interceptors.length === 0) return input;
    return askInterceptors({
      ...options,
      point,
      input,
      interceptors,
      context: this.#context(),
      ambient: this.ambient,
      onVeto: (veto) => {
        this.#tree.vetoes += 1;
        this.emit("interceptor.vetoed", veto);
      },
    });
  }

  asks(point: PointName): boolean {
    return this.#interceptorsOf(point).length > 0 && !this.ambient.current().serving.includes(point);
  }

  wants(event: EventName): boolean {
    return !this.#isClosed() && (this.#isHeard(event) || this.#isRecorded(event));
  }

  async settled(options: AbortableOptions = {}): Promise<void> {
    await this.#tree.calls.settled(options);
  }

  stats(): HookStats {
    const { dispatcher, calls, vetoes } = this.#tree;
    const { emitted, dropped } = dispatcher;
    return { emitted, listenerFailures: calls.failures, vetoes, dropped };
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.#notices?.[Symbol.dispose]();
    this.#listeners.clear();
    this.#interceptors.clear();
  }

  /** A rule of a parent stands, also when a child is disposed. Nobody is asked about work that is not to be recorded. */
  #interceptorsOf(point: PointName): readonly PlacedInterceptor[] {
    if (!this.#chain.some((node) => node.#interceptors.members.length > 0)) return [];
    if (this.telemetry.scope.current().suppressed) return [];
    return this.#chain.toReversed().flatMap((node) => interceptorsFor(point, node.#interceptors.members));
  }

  #isHeard(event: EventName): boolean {
    return this.#chain.some((node) => node.#listeners.members.some((listener) => hears(listener, event)));
  }

  #isRecorded(event: EventName): boolean {
    return eventTable[event].records.some((kind) => this.telemetry.wants(kind));
  }

  #isClosed(): boolean {
    return this.#chain.some((node) => node.#isDisposed);
  }

  /** Where this object stands, over what holds around. */
  #context(): TaggedScope {
    return this.#scope.queryId === undefined ? innerScope(this.telemetry.scope.current(), this.#scope) : this.#scope;
  }

  /** Delivers an event, or queues it. Returns false when it is not delivered at all. */
  #dispatch<E extends EventName>(event: E, payload: EventMap[E], delivered?: Delivered): boolean {
    const { dispatcher, calls } = this.#tree;
    if (this.#isClosed()) return false;
    const isRecorded = this.#isRecorded(event);
    if (!this.#isHeard(event) && (!isRecorded || dispatcher.isIdle)) {
      // Nobody keeps the event itself, so that it need not be copied.
      const position = dispatcher.skip();
      if (isRecorded) this.#record(event, payload, { ...this.#context(), ...position });
      return false;
    }
    const { running } = calls;
    return dispatcher.dispatch(
      (position) => {
        const queued = this.#event(event, payload, position);
        return () => this.#deliver(queued, isRecorded, delivered);
      },
      (dropped) => {
        calls.countFailure();
        const error = toErrorPayload(reentrancyLimit(maxQueuedEvents, dropped));
        return (position) => {
          const report = this.#event("listener.failed", { listener: running, failedEvent: event, error }, position);
          return () => this.#deliver(report, this.#isRecorded("listener.failed"));
        };
      },
    );
  }

  /** The payload is copied: the emitter may go on to use it. */
  #event<E extends EventName>(event: E, payload: EventMap[E], { seq, timeUs }: EventPosition): HookEvent {
    const context = { seq, timeUs, ...this.#context(), event };
    return blindCast<HookEvent, "context, name and the payload of that name">(freezeWith(context, payload));
  }

  #deliver(event: HookEvent, isRecorded: boolean, delivered?: Delivered): void {
    const { calls } = this.#tree;
    const returned: ListenerCall[] = [];
    try {
      // The lists as they are now: who is added or removed meanwhile is so from the next event on.
      const heard = this.#chain.flatMap((node) => node.#listeners.members.filter((one) => hears(one, event.event)));
      for (const listener of heard) {
        const call = calls.call(listener, event, (failure) => this.emit("listener.failed", failure));
        if (call !== undefined) returned.push(call);
      }
      if (isRecorded) this.#record(event.event, event, event);
    } finally {
      delivered?.(returned);
    }
  }

  #record<E extends EventName>(event: E, payload: EventMap[E], context: EventContext): void {
    const { sessionId = null, runId = null, queryId = null, label = null, trace = null, tags, timeUs: time } = context;
    for (const { definition, body } of recordsOfPayload(event, payload, this.#tree.hashOf)) {
      this.telemetry.record(definition, body, { sessionId, runId, queryId, label, tags, trace, time });
    }
  }
}

/** Makes the root of a tree of hooks. */
export function createEventNode({ telemetry, clock }: { telemetry: Telemetry; clock: Clock }): HookEmitter {
  const tree: EventTree = {
    telemetry,
    dispatcher: new EventDispatcher(clock),
    calls: new ListenerCalls(),
    ambient: createAmbientScope(telemetry.scope),
    hashOf: rememberedSqlHash(),
    vetoes: 0,
  };
  return new EventNode(tree, undefined, innerScope({}, {}));
}
