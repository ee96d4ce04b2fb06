import type { AbortableOptions } from "@deltafuse/config/abort";
import { blindCast } from "@deltafuse/config/casts";
import { invariant } from "@deltafuse/config/errors";
import { findingRecord } from "@deltafuse/telemetry/record-kinds";
import { waitAtMost } from "./bounded-wait.ts";
import { hooksClosed } from "./errors.ts";
import type { EventContext } from "./event-context.ts";
import { type EventName, type HookEvent, eventNames, eventTable } from "./events.ts";
import type { Hooks } from "./hooks.ts";
import type { Finding } from "./record-draft.ts";
import { recordsOf } from "./record-events.ts";

/** A bounded memory of what happens from now on; when it is full the oldest item goes. Disposing ends it. */
export interface Collector<T> extends Disposable {
  /** What it holds, oldest first: a frozen copy. */
  snapshot(): readonly T[];
  /** As `snapshot`, and forgets it. */
  drain(): readonly T[];
  /** Items that were pushed out by newer ones. */
  readonly dropped: number;
  /**
   * The first item that matches: one that is held, else the next one. Rejects with the reason of the abort, and with
   * `HOOKS.CLOSED` when the collector is disposed.
   */
  next(predicate?: (item: T) => boolean, options?: AbortableOptions): Promise<T>;
  /** Forgets what it holds. */
  clear(): void;
}

/** Which items are collected. */
export interface CollectorOptions {
  /** Most items it holds. Default: 1000; of plans 200. */
  readonly capacity?: number;
  /** Only those under this label. */
  readonly label?: string;
}

/** Which events are collected. */
export interface EventCollectorOptions<E extends EventName> extends CollectorOptions {
  /** Default: `"*"`, all. */
  readonly events?: E | readonly E[] | "*";
  /** Only those of this query. */
  readonly queryId?: string;
  /** Only those of this run. */
  readonly runId?: string;
}

/** Which findings are collected. */
export interface FindingCollectorOptions extends CollectorOptions {
  /** Default: `info`, all. */
  readonly minSeverity?: Finding["severity"];
}

/** A finding and where it arose. */
export interface CollectedFinding extends EventContext, Omit<Finding, "details"> {
  /** What else is known, as JSON. */
  readonly detailsJson?: string;
}

interface Waiter<T> {
  readonly predicate: (item: T) => boolean;
  readonly resolve: (item: T) => void;
  readonly reject: (error: unknown) => void;
}

class Ring<T> implements Collector<T> {
  readonly #capacity: number;
  readonly #waiters = new Set<Waiter<T>>();
  #items: T[] = [];
  #dropped = 0;
  #isDisposed = false;
  readonly #end: () => void;

  constructor(capacity: number, listen: (take: (item: T) => void) => Disposable) {
    invariant(Number.isSafeInteger(capacity) && capacity > 0, "a collector has room for at least one item");
    this.#capacity = capacity;
    const subscription = listen((item) => this.#take(item));
    this.#end = () => subscription[Symbol.dispose]();
  }

  get dropped(): number {
    return this.#dropped;
  }

  snapshot(): readonly T[] {
    return Object.freeze([...this.#items]);
  }

  drain(): readonly T[] {
    const items = this.snapshot();
    this.clear();
    return items;
  }

  clear(): void {
    this.#items = [];
  }

  async next(predicate: (item: T) => boolean = () => true, options: AbortableOptions = {}): Promise<T> {
    options.signal?.throwIfAborted();
    const held = this.#items.find(predicate);
    if (held !== undefined) return held;
    if (this.#isDisposed) throw hooksClosed("next");
    let waiter: Waiter<T> | undefined;
    const found = new Promise<T>((resolve, reject) => {
      waiter = { predicate, resolve, reject };
      this.#waiters.add(waiter);
    });
    try {
      await waitAtMost(found, options);
      return await found;
    } finally {
      if (waiter !== undefined) this.#waiters.delete(waiter);
    }
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.#end();
    for (const { reject } of this.#waiters) reject(hooksClosed("next"));
  }

  #take(item: T): void {
    this.#items.push(item);
    if (this.#items.length > this.#capacity) {
      this.#items.shift();
      this.#dropped += 1;
    }
    for (const { predicate, resolve } of this.#waiters) {
      if (predicate(item)) resolve(item);
    }
  }
}

/**
 * Collects events.
 *
 * @example
 * using failures = collectEvents(hooks, { events: ["query.failed", "write.failed"] });
 * await work();
 * console.log(failures.snapshot());
 */
export function collectEvents<E extends EventName = EventName>(
  hooks: Hooks,
  options: EventCollectorOptions<E> = {},
): Collector<HookEvent<E>> {
  const { events = "*", capacity = 1000, label, queryId, runId } = options;
  const isWanted = (of: EventContext): boolean =>
    (label ?? of.label) === of.label && (queryId ?? of.queryId) === of.queryId && (runId ?? of.runId) === of.runId;
  return new Ring(capacity, (take) =>
    hooks.on<E>(events, (event) => {
      if (isWanted(event)) take(event);
    }),
  );
}

/** Collects the plans of queries: events `plan.compiled`. */
export function collectPlans(hooks: Hooks, options: CollectorOptions = {}): Collector<HookEvent<"plan.compiled">> {
  return collectEvents(hooks, { capacity: 200, ...options, events: "plan.compiled" });
}

/** Collects captured plans: events `plan.explained`. */
export function collectExplains(hooks: Hooks, options: CollectorOptions = {}): Collector<HookEvent<"plan.explained">> {
  return collectEvents(hooks, { capacity: 200, ...options, events: "plan.explained" });
}

const severities: readonly Finding["severity"][] = ["info", "warning", "error"];

function findingsOf(event: HookEvent): readonly CollectedFinding[] {
  const { seq, timeUs, sessionId, queryId, label, tags } = event;
  const drafts = recordsOf(event).filter(({ definition }) => definition.kind === findingRecord.kind);
  return drafts.map(({ body }) => {
    const known = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null));
    const finding = blindCast<Omit<CollectedFinding, keyof EventContext>, "findings are made of nothing else">(known);
    return Object.freeze({ ...finding, seq, timeUs, sessionId, queryId, label, tags });
  });
}

/** Collects findings: what is refused, fails or does not fit, as telemetry records it. */
export function collectFindings(hooks: Hooks, options: FindingCollectorOptions = {}): Collector<CollectedFinding> {
  const { capacity = 1000, label, minSeverity = "info" } = options;
  const wanted = severities.slice(severities.indexOf(minSeverity));
  const events = eventNames.filter((name) => eventTable[name].records.includes("finding"));
  return new Ring(capacity, (take) =>
    hooks.on(events, (event) => {
      if ((label ?? event.label) !== event.label) return;
      for (const finding of findingsOf(event)) if (wanted.includes(finding.severity)) take(finding);
    }),
  );
}
