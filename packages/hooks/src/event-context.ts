import type { QueryId, SessionId } from "@deltafuse/config/brand";
import { type Clock, type Microseconds, toMicroseconds } from "@deltafuse/telemetry/clock";
import type { TraceContext } from "@deltafuse/telemetry/trace-context";

/** Where an event belongs. */
export interface EventScope {
  readonly sessionId?: SessionId | undefined;
  /** Made when a statement is received; every event and record of it carries it. */
  readonly queryId?: QueryId | undefined;
  /** Name of the work; see `ExecutionLabel`. */
  readonly label?: string | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
  /** The operation it happened in, when one is traced. */
  readonly trace?: TraceContext | undefined;
}

/** What every event carries beside its payload. */
export interface EventContext extends EventScope {
  /** Counts from 1 per root `Hooks`, without gaps, in emit order. */
  readonly seq: number;
  /** Wall clock, microseconds since the Unix epoch; never decreases within one root `Hooks`. */
  readonly timeUs: Microseconds;
  readonly tags: Readonly<Record<string, string>>;
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

/** The scope of a child: what it states wins, tags merge with the inner ones winning. Frozen, nothing is undefined. */
export function innerScope(outer: EventScope, inner: EventScope): EventScope {
  const {
    sessionId = outer.sessionId,
    queryId = outer.queryId,
    label = outer.label,
    trace = outer.trace,
    tags,
  } = inner;
  return Object.freeze({
    ...(sessionId === undefined ? {} : { sessionId }),
    ...(queryId === undefined ? {} : { queryId }),
    ...(label === undefined ? {} : { label }),
    ...(trace === undefined ? {} : { trace }),
    tags: Object.freeze({ ...outer.tags, ...tags }),
  });
}
