import { InternalError } from "@deltafuse/config/errors";
import { createTelemetry } from "@deltafuse/telemetry/telemetry";
import type { HookEmitter } from "./emitter.ts";
import { type EventMap, type EventName, type HookEvent, eventTable } from "./events.ts";
import { type HooksOptions, createHooks } from "./hooks.ts";
import type { Interceptor, PointInput, PointName } from "./interceptors.ts";

/** Hooks that keep what is emitted. */
export interface RecordingHooks extends HookEmitter {
  /** The last 10 000 events, children included, in order. */
  events(): readonly HookEvent[];
  /** Their names. */
  names(): readonly EventName[];
  /** Those of one name. */
  of<E extends EventName>(event: E): readonly HookEvent<E>[];
  /** Those of one query. */
  queryEvents(queryId: string): readonly HookEvent[];
  /** The questions of a point from now on: the list grows with each. They are answered by nothing. */
  asked<P extends PointName>(point: P): readonly PointInput<P>[];
}

const maxEvents = 10_000;

/**
 * Makes hooks that keep their events, for tests. Unless another telemetry is given, an invalid record is thrown.
 *
 * @example
 * const hooks = recordingHooks();
 * await using session = await openSession(profile, { hooks });
 * expect(hooks.names()).toContain("session.opened");
 */
export function recordingHooks(options: HooksOptions = {}): RecordingHooks {
  const telemetry = options.telemetry ?? createTelemetry({ validate: "throw" });
  const hooks = createHooks({ ...options, telemetry });
  const events: HookEvent[] = [];
  hooks.on("*", (event) => {
    events.push(event);
    if (events.length > maxEvents) events.shift();
  });
  return Object.assign(hooks, {
    events: () => [...events],
    names: () => events.map(({ event }) => event),
    of: <E extends EventName>(name: E) => events.filter((event): event is HookEvent<E> => event.event === name),
    queryEvents: (queryId: string) => events.filter((event) => event.queryId === queryId),
    asked: <P extends PointName>(point: P) => {
      const questions: PointInput<P>[] = [];
      const note: Interceptor<P> = (input) => {
        questions.push(input);
        return undefined;
      };
      hooks.intercept(point, note);
      return questions;
    },
  });
}

function memberType(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "list";
  return Number.isSafeInteger(value) ? "integer" : typeof value;
}

/**
 * Checks a payload, or an event, against the event table: every required member is there and has its type.
 *
 * Throws `InternalError` that names the member.
 */
export function assertPayload<E extends EventName>(event: E, payload: EventMap[E]): void {
  const members = new Map<string, unknown>(Object.entries(payload));
  for (const [name, type] of Object.entries<string>(eventTable[event].members)) {
    const found = memberType(members.get(name));
    const isExpected = type.endsWith("?") ? found === "null" || found === type.slice(0, -1) : found === type;
    if (!isExpected) throw new InternalError(`${event} has ${name} of type ${found} instead of ${type}`);
  }
}
