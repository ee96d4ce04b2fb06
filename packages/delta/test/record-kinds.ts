import type { EventName, HookEvent } from "@deltafuse/hooks/events";
import { recordsOf } from "@deltafuse/hooks/record-events";
import { type RecordingHooks, recordingHooks } from "@deltafuse/hooks/testing";
import { recordKinds } from "@deltafuse/telemetry/record-kinds";
import { createTelemetry } from "@deltafuse/telemetry/telemetry";

/** Hooks that keep their events, with records of every kind. */
export function recordingAll(): RecordingHooks {
  return recordingHooks({ telemetry: createTelemetry({ validate: "throw", include: Object.keys(recordKinds) }) });
}

/** Names of record kinds by event. */
export function kindsBy(events: readonly HookEvent[]): ReadonlyMap<EventName, ReadonlySet<string>> {
  const kinds = new Map<EventName, Set<string>>();
  for (const event of events) {
    const known = kinds.get(event.event) ?? new Set();
    for (const { definition } of recordsOf(event)) known.add(definition.kind);
    kinds.set(event.event, known);
  }
  return kinds;
}
