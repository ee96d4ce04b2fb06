import { blindCast } from "@deltafuse/config/casts";
import { InternalError } from "@deltafuse/config/errors";
import type { HookEmitter } from "@deltafuse/hooks/emitter";
import { type EventMap, type EventName, eventTable } from "@deltafuse/hooks/events";
import type { NativeFact } from "./native-call.ts";

function isEventName(name: string): name is EventName {
  return Object.hasOwn(eventTable, name);
}

/** Emits what only native code saw. */
export function emitFacts(hooks: HookEmitter): (facts: readonly NativeFact[]) => void {
  return (facts) => {
    for (const { event, payload } of facts) {
      if (!isEventName(event)) throw new InternalError(`The native extension tells of an unknown event ${event}`);
      hooks.emit(event, blindCast<EventMap[typeof event], "the extension builds the payload of the event">(payload));
    }
  };
}
