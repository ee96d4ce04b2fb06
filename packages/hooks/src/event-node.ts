import type { AbortableOptions } from "@deltafuse/config/abort";
import type { JsonObject } from "@deltafuse/config/canonical-json";
import { blindCast } from "@deltafuse/config/casts";
import type { Clock } from "@deltafuse/telemetry/clock";
import type { Telemetry } from "@deltafuse/telemetry/telemetry";
import { type AmbientScope, createAmbientScope } from "./ambient-scope.ts";
import type { HookEmitter } from "./emitter.ts";
import { toErrorPayload } from "./error-payload.ts";
import { type HooksError, hooksClosed, listenerFailed, listenerTimeout, reentrancyLimit } from "./errors.ts";
import { type EventPosition, type EventScope, innerScope } from "./event-context.ts";
import { EventDispatcher, type PrepareEvent, maxQueuedEvents } from "./event-dispatcher.ts";
import { type EventMap, type EventName, type HookEvent, type SettlingEvent, eventTable } from "./events.ts";
import { freezeWith } from "./frozen-payload.ts";
import type { HookStats, InterceptorOptions, ListenerOptions, Subscription } from "./hooks.ts";
import { type PlacedInterceptor, askInterceptors, interceptorOf, interceptorsFor } from "./interception.ts";
import type { Interceptor, PointInput, PointName } from "./interceptors.ts";
import { type Listener, listenerOf } from "./listener.ts";
import { Subscriptions } from "./subscriptions.ts";
import { waitAtMost } from "./bounded-wait.ts";
import type { RecordDraft } from "./record-draft.ts";
import { recordsOf } from "./record-events.ts";

/** What all nodes of a tree share. */
interface EventTree {
  readonly telemetry: Telemetry;
  readonly dispatcher: EventDispatcher;
  /** Ends of the calls of listeners that are not settled. */
  readonly pending: Set<Promise<void>>;
  readonly ambient: AmbientScope;
  listenerFailures: number;
  vetoes: number;
  /** Name of the listener that runs. */
  running: string;
}

/** A listener that was called and returned a promise. */
interface Call {
  readonly listener: Listener;
  readonly event: EventName;
  readonly done: Promise<void>;
  /** Set when it was late; what becomes of it afterwards is not reported. */
  isLate: boolean;
}

const noTags: Readonly<Record<string, string>> = Object.freeze({});

function ignore(): void {}

class EventNode implements HookEmitter {
  readonly #tree: EventTree;
  /** This node, its parent, and so on. */
  readonly #chain: readonly EventNode[];
  readonly #scope: EventScope;
  readonly #listeners = new Subscriptions<Listener>("listener");
  readonly #interceptors = new Subscriptions<PlacedInterceptor>("interceptor");
  #isDisposed = false;

  constructor(tree: EventTree, parent: EventNode | undefined, scope: EventScope) {
    this.#tree = tree;
    this.#chain = parent === undefined ? [this] : [this, ...parent.#chain];
    this.#scope = scope;
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
    return new EventNode(this.#tree, this, innerScope(this.#scope, scope));
  }

  emit<E extends EventName>(event: E, payload: EventMap[E]): void {
    this.#dispatch(event, payload, ignore);
  }

  async settle<E extends SettlingEvent>(event: E, payload: EventMap[E], options: AbortableOptions = {}): Promise<void> {
    // Emitted by a listener, the event is delivered only after that listener has returned.
    const calls = await new Promise<readonly Call[]>((resolve) => {
      if (!this.#dispatch(event, payload, resolve)) resolve([]);
    });
    const awaited = calls.filter(({ listener }) => listener.isAwaited);
    await waitAtMost(Promise.all(awaited.map((call) => this.#waitFor(call))), options);
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

  /** A rule of a parent stands, also when a child is disposed. */
  #interceptorsOf(point: PointName): readonly PlacedInterceptor[] {
    return this.#chain.toReversed().flatMap((node) => interceptorsFor(point, node.#interceptors.members));
  }

  wants(event: EventName): boolean {
    if (this.#isClosed()) return false;
    if (this.#chain.some((node) => node.#listensTo(event).length > 0)) return true;
    return eventTable[event].records.some((kind) => this.telemetry.wants(kind));
  }

  async settled(options: AbortableOptions = {}): Promise<void> {
    await waitAtMost(Promise.all(this.#tree.pending), options);
  }

  stats(): HookStats {
    const { dispatcher, listenerFailures, vetoes } = this.#tree;
    return { emitted: dispatcher.emitted, listenerFailures, vetoes, dropped: dispatcher.dropped };
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.#listeners.clear();
    this.#interceptors.clear();
  }

  #listensTo(event: EventName): readonly Listener[] {
    return this.#listeners.members.filter(({ events }) => events === undefined || events.has(event));
  }

  #isClosed(): boolean {
    return this.#chain.some((node) => node.#isDisposed);
  }

  /** Gives `delivered` the calls that returned promises. Returns false when the event is not delivered at all. */
  #dispatch<E extends EventName>(event: E, payload: EventMap[E], delivered: (calls: readonly Call[]) => void): boolean {
    const { dispatcher, running } = this.#tree;
    if (this.#isClosed()) return false;
    if (!this.wants(event)) {
      dispatcher.skip();
      return false;
    }
    const prepare: PrepareEvent = (position) => {
      const queued = this.#event(event, payload, position);
      return () => {
        let calls: readonly Call[] = [];
        try {
          calls = this.#deliver(queued);
        } finally {
          delivered(calls);
        }
      };
    };
    return dispatcher.dispatch(prepare, (dropped) => {
      this.#tree.listenerFailures += 1;
      const error = toErrorPayload(reentrancyLimit(maxQueuedEvents, dropped));
      return (position) => {
        const report = this.#event("listener.failed", { listener: running, failedEvent: event, error }, position);
        return () => void this.#deliver(report);
      };
    });
  }

  /** Where this object stands, over the label of the work around; a query has taken its label when it began. */
  #context(): EventScope & Pick<HookEvent, "tags"> {
    const around = this.#scope.queryId === undefined ? this.ambient.current().label : undefined;
    const {
      sessionId,
      queryId,
      label = around?.name,
      tags,
      trace = this.telemetry.scope.current().trace,
    } = this.#scope;
    return {
      ...(sessionId === undefined ? undefined : { sessionId }),
      ...(queryId === undefined ? undefined : { queryId }),
      ...(label === undefined ? undefined : { label }),
      ...(trace === undefined ? undefined : { trace }),
      tags: around?.tags === undefined ? (tags ?? noTags) : Object.freeze({ ...around.tags, ...tags }),
    };
  }

  /** The payload is copied: the emitter may go on to use it. */
  #event<E extends EventName>(event: E, payload: EventMap[E], { seq, timeUs }: EventPosition): HookEvent {
    const context = { seq, timeUs, ...this.#context(), event };
    return blindCast<HookEvent, "context, name and the payload of that name">(freezeWith(context, payload));
  }

  #deliver(event: HookEvent): readonly Call[] {
    // The lists as they are now: who is added or removed meanwhile is so from the next event on.
    const listeners = this.#chain.flatMap((node) => node.#listensTo(event.event));
    const calls = listeners.flatMap((listener) => this.#call(listener, event) ?? []);
    for (const { definition, body } of this.#recordsOf(event)) {
      const { sessionId, queryId, label, tags, trace, timeUs: time } = event;
      this.telemetry.record(definition, body, { sessionId, queryId, label, tags, trace, time });
    }
    return calls;
  }

  #recordsOf(event: HookEvent): readonly RecordDraft[] {
    const isWanted = eventTable[event.event].records.some((kind) => this.telemetry.wants(kind));
    return isWanted ? recordsOf(event) : [];
  }

  #call(listener: Listener, event: HookEvent): Call | undefined {
    if (listener.once) listener.unsubscribe();
    const outer = this.#tree.running;
    this.#tree.running = listener.name;
    try {
      const result = listener.call(event);
      return result === undefined ? undefined : this.#track(listener, event.event, result);
    } catch (error) {
      this.#reportThrown(listener, event.event, error);
      return undefined;
    } finally {
      this.#tree.running = outer;
    }
  }

  #track(listener: Listener, event: EventName, result: Promise<void>): Call {
    const { pending } = this.#tree;
    const done = Promise.resolve(result).then(ignore, (error: unknown) => {
      if (!call.isLate) this.#reportThrown(listener, event, error);
    });
    const call: Call = { listener, event, done, isLate: false };
    pending.add(done);
    const forget = (): void => void pending.delete(done);
    done.then(forget, forget);
    return call;
  }

  async #waitFor(call: Call): Promise<void> {
    const { name, timeoutMs } = call.listener;
    if (await waitAtMost(call.done, { timeoutMs })) return;
    call.isLate = true;
    this.#report(name, call.event, listenerTimeout(name, call.event, timeoutMs));
  }

  #reportThrown({ name }: Listener, event: EventName, error: unknown): void {
    this.#report(name, event, listenerFailed(name, event, toErrorPayload(error)));
  }

  #report(listener: string, event: EventName, error: HooksError): void {
    this.#tree.listenerFailures += 1;
    // A listener of listener.failed that fails would report itself without end.
    if (event === "listener.failed") return;
    this.emit("listener.failed", { listener, failedEvent: event, error: toErrorPayload(error) });
  }
}

/** Makes the root of a tree of hooks. */
export function createEventNode(options: { readonly telemetry: Telemetry; readonly clock: Clock }): HookEmitter {
  const tree: EventTree = {
    telemetry: options.telemetry,
    dispatcher: new EventDispatcher(options.clock),
    pending: new Set(),
    ambient: createAmbientScope(),
    listenerFailures: 0,
    vetoes: 0,
    running: "",
  };
  return new EventNode(tree, undefined, Object.freeze({ tags: noTags }));
}
