import { DeltaFuseError } from "@deltafuse/config/errors";
import type { ErrorPayload } from "./error-payload.ts";

/** Details of each `HOOKS.*` code. */
export interface HooksErrorDetails {
  /** A listener threw or rejected; the operation went on. Correct the listener; `details.error` is what it threw. */
  readonly "HOOKS.LISTENER_FAILED": {
    readonly listener: string;
    readonly event: string;
    /** What the listener threw. */
    readonly error: ErrorPayload;
  };
  /**
   * A listener that is awaited took too long; the operation went on without it. Make it faster or raise its
   * `timeoutMs`.
   */
  readonly "HOOKS.LISTENER_TIMEOUT": { readonly listener: string; readonly event: string; readonly timeoutMs: number };
  /** `await: true` was given for an event that nobody waits for. Leave it out. */
  readonly "HOOKS.NOT_AWAITABLE": { readonly event: string };
  /** Another listener of the same object has the name. Unsubscribe it first, or choose another name. */
  readonly "HOOKS.DUPLICATE_NAME": { readonly name: string };
  /** There is no event of the name. Take a name of the event table. */
  readonly "HOOKS.UNKNOWN_EVENT": { readonly event: string };
  /**
   * Listeners emitted so many events in reaction to one that the rest was dropped. Look for a listener that reacts to
   * its own events.
   */
  readonly "HOOKS.REENTRANCY_LIMIT": { readonly limit: number; readonly dropped: number };
  /** A text cannot be a label or a tag. Correct it as `details.reason` says. */
  readonly "HOOKS.INVALID_LABEL": { readonly path: string; readonly reason: string };
  /** Hooks were used after they were disposed. Use those of an open session. */
  readonly "HOOKS.CLOSED": { readonly operation: string };
}

/** Codes of this package. Those of listeners appear in `listener.failed` only, the others are thrown. */
export type HooksErrorCode = keyof HooksErrorDetails;

/** The codes of {@link HooksErrorCode} as data, in alphabetical order. */
export const hooksErrorCodes: readonly HooksErrorCode[] = [
  "HOOKS.CLOSED",
  "HOOKS.DUPLICATE_NAME",
  "HOOKS.INVALID_LABEL",
  "HOOKS.LISTENER_FAILED",
  "HOOKS.LISTENER_TIMEOUT",
  "HOOKS.NOT_AWAITABLE",
  "HOOKS.REENTRANCY_LIMIT",
  "HOOKS.UNKNOWN_EVENT",
];

/** Error of this package. */
export class HooksError<Code extends HooksErrorCode = HooksErrorCode> extends DeltaFuseError<
  Code,
  HooksErrorDetails[Code]
> {
  override readonly name = "HooksError";
}

/** `HOOKS.LISTENER_FAILED`: a listener threw or rejected. */
export function listenerFailed(
  listener: string,
  event: string,
  error: ErrorPayload,
): HooksError<"HOOKS.LISTENER_FAILED"> {
  return new HooksError({
    code: "HOOKS.LISTENER_FAILED",
    message: `The listener ${listener} failed at ${event}: ${error.message}`,
    details: { listener, event, error },
  });
}

/** `HOOKS.LISTENER_TIMEOUT`: a listener that is awaited took too long; the operation went on without it. */
export function listenerTimeout(
  listener: string,
  event: string,
  timeoutMs: number,
): HooksError<"HOOKS.LISTENER_TIMEOUT"> {
  return new HooksError({
    code: "HOOKS.LISTENER_TIMEOUT",
    message: `The listener ${listener} did not settle within ${timeoutMs} ms at ${event}; the operation went on. Raise its timeoutMs if it needs longer.`,
    details: { listener, event, timeoutMs },
  });
}

/** `HOOKS.NOT_AWAITABLE`: `await: true` was given for an event that nobody waits for. */
export function notAwaitable(event: string): HooksError<"HOOKS.NOT_AWAITABLE"> {
  return new HooksError({
    code: "HOOKS.NOT_AWAITABLE",
    message: `Nobody waits for listeners of ${event}; use await only with session.closing, query.finished, write.committed and delta.committed.`,
    details: { event },
  });
}

/** `HOOKS.DUPLICATE_NAME`: another listener of the same object has the name. */
export function duplicateName(name: string): HooksError<"HOOKS.DUPLICATE_NAME"> {
  return new HooksError({
    code: "HOOKS.DUPLICATE_NAME",
    message: `A listener named ${JSON.stringify(name)} is registered already; unsubscribe it first or choose another name.`,
    details: { name },
  });
}

/** `HOOKS.UNKNOWN_EVENT`: there is no event of the name. */
export function unknownEvent(event: string): HooksError<"HOOKS.UNKNOWN_EVENT"> {
  return new HooksError({
    code: "HOOKS.UNKNOWN_EVENT",
    message: `There is no event ${JSON.stringify(event)}; eventNames lists them.`,
    details: { event },
  });
}

/** `HOOKS.REENTRANCY_LIMIT`: listeners emitted so many events in reaction to one that the rest was dropped. */
export function reentrancyLimit(limit: number, dropped: number): HooksError<"HOOKS.REENTRANCY_LIMIT"> {
  return new HooksError({
    code: "HOOKS.REENTRANCY_LIMIT",
    message: `Listeners caused more than ${limit} events while one event was dispatched; ${dropped} were dropped. Look for a listener that reacts to its own events.`,
    details: { limit, dropped },
  });
}

/** `HOOKS.INVALID_LABEL`: not a label. */
export function invalidLabel(path: string, reason: string): HooksError<"HOOKS.INVALID_LABEL"> {
  return new HooksError({
    code: "HOOKS.INVALID_LABEL",
    message: `The label is invalid at ${path}: ${reason}.`,
    details: { path, reason },
  });
}

/** `HOOKS.CLOSED`: the hooks were used after they were disposed. */
export function hooksClosed(operation: string): HooksError<"HOOKS.CLOSED"> {
  return new HooksError({
    code: "HOOKS.CLOSED",
    message: `${operation} was called on hooks that are disposed; use those of an open session.`,
    details: { operation },
  });
}
