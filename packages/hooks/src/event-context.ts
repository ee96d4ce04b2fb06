import type { QueryId, RunId, SessionId } from "@deltafuse/config/brand";
import { type Clock, type Microseconds, toMicroseconds } from "@deltafuse/telemetry/clock";
import type { TraceContext } from "@deltafuse/telemetry/trace-context";

/** Where an event belongs. */
export interface EventScope {
  readonly sessionId?: SessionId | undefined;
  /** The run it belongs to; see `startRun`. */
  readonly runId?: RunId | undefined;
  /** Made when a statement is received; every event and record of it carries it. */
  readonly queryId?: QueryId | undefined;
  /** Name of the work; see `ExecutionLabel`. */
  readonly label?: string | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
  /** The operation it happened in, when one is traced. */
  readonly trace?: TraceContext | undefined;
}

/** A scope whose tags are merged. */
export interface TaggedScope extends EventScope {
  readonly tags: Readonly<Record<string, string>>;
}

/** What every event carries beside its payload. */
export interface EventContext extends TaggedScope {
  /** Counts from 1 per root `Hooks`, without gaps, in emit order. */
  readonly seq: number;
  /** Wall clock, microseconds since the Unix epoch; never decreases within one root `Hooks`. */
  readonly timeUs: Microseconds;
}

/** Position of an event in its root `Hooks`. */
export type EventPosition = Pick<EventContext, "seq" | "timeUs">;

/** Gives out positions. */
export interface EventSequence {
  /** The position of the next event. */
  next(): EventPosition;
}

/** Makes a sequence that starts at 1 and whose time never decreases, even when the clock is set back. */
export function createSequence(clock: Clock): EventSequence {
  let seq = 0;
  let lastUs = Number.MIN_SAFE_INTEGER;
  return {
    next() {
      seq += 1;
      lastUs = Math.max(lastUs, clock.now());
      return { seq, timeUs: toMicroseconds(lastUs) };
    },
  };
}

const noTags: Readonly<Record<string, string>> = Object.freeze({});

function mergedTags({ tags: outer = noTags }: EventScope, { tags: inner }: EventScope): TaggedScope["tags"] {
  if (inner === undefined || Object.keys(inner).length === 0)
    return Object.isFrozen(outer) ? outer : Object.freeze({ ...outer });
  return Object.freeze({ ...outer, ...inner });
}

/** An inner scope: what it states wins, tags merge with the inner ones winning. Frozen, nothing is undefined. */
export function innerScope(outer: EventScope, inner: EventScope): TaggedScope {
  const scope: { -readonly [Name in keyof TaggedScope]: TaggedScope[Name] } = { tags: mergedTags(outer, inner) };
  const { sessionId = outer.sessionId, runId = outer.runId, queryId = outer.queryId } = inner;
  const { label = outer.label, trace = outer.trace } = inner;
  if (sessionId !== undefined) scope.sessionId = sessionId;
  if (runId !== undefined) scope.runId = runId;
  if (queryId !== undefined) scope.queryId = queryId;
  if (label !== undefined) scope.label = label;
  if (trace !== undefined) scope.trace = trace;
  return Object.freeze(scope);
}

/** What a query keeps of where it begins, because its rows may be read elsewhere. Its label is told by its owner. */
export function queryScope(around: EventScope, scope: EventScope): EventScope {
  const { runId = around.runId, trace = around.trace, label } = scope;
  const { tags = label === undefined ? around.tags : undefined } = scope;
  return { ...scope, runId, trace, tags };
}
