import type { JsonObject } from "@deltafuse/config/canonical-json";
import { DeltaFuseError } from "@deltafuse/config/errors";
import { type ErrorPayload, toErrorPayload } from "./error-payload.ts";
import type { PointName } from "./interceptors.ts";

/** Which interceptor. */
export interface InterceptorPosition {
  readonly point: PointName;
  /** Its name. */
  readonly interceptor: string;
}

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
  /** Another listener (interceptor) of the same object has the name. Unsubscribe it first, or choose another name. */
  readonly "HOOKS.DUPLICATE_NAME": { readonly name: string };
  /** There is no event of the name. Take a name of the event table. */
  readonly "HOOKS.UNKNOWN_EVENT": { readonly event: string };
  /** There is no interception point of the name. Take a name of the point table. */
  readonly "HOOKS.UNKNOWN_POINT": { readonly point: string };
  /** An interceptor refused the operation. Change the operation as `details.reason` says, or the interceptor. */
  readonly "HOOKS.VETOED": InterceptorPosition & { readonly reason: string; readonly details: JsonObject };
  /** An interceptor threw or rejected, which stops the operation. Correct the interceptor; `cause` is what it threw. */
  readonly "HOOKS.INTERCEPTOR_FAILED": InterceptorPosition;
  /** An interceptor took too long, which stops the operation. Make it faster or raise its `timeoutMs`. */
  readonly "HOOKS.INTERCEPTOR_TIMEOUT": InterceptorPosition & { readonly timeoutMs: number };
  /** An interceptor replaced what it may not replace, or widened what it may only narrow. Correct the interceptor. */
  readonly "HOOKS.INVALID_REPLACEMENT": InterceptorPosition & { readonly member: string; readonly reason: string };
  /**
   * Listeners emitted so many events in reaction to one that the rest was dropped (`dropped`), or interceptors use the
   * engine inside of each other too deeply (`point`). Look for one that reacts to its own work.
   */
  readonly "HOOKS.REENTRANCY_LIMIT": { readonly limit: number; readonly dropped?: number; readonly point?: PointName };
  /** A text cannot be a label or a tag. Correct it as `details.reason` says. */
  readonly "HOOKS.INVALID_LABEL": { readonly path: string; readonly reason: string };
  /** An execution policy is wrong. Correct it as `details.reason` says. */
  readonly "HOOKS.INVALID_POLICY": { readonly path: string; readonly reason: string };
  /** Hooks were used after they were disposed. Use those of an open session. */
  readonly "HOOKS.CLOSED": { readonly operation: string };
}

/** Codes of this package. Those of listeners appear in `listener.failed` only, the others are thrown. */
export type HooksErrorCode = keyof HooksErrorDetails;

/** The codes of {@link HooksErrorCode} as data, in alphabetical order. */
export const hooksErrorCodes: readonly HooksErrorCode[] = [
  "HOOKS.CLOSED",
  "HOOKS.DUPLICATE_NAME",
  "HOOKS.INTERCEPTOR_FAILED",
  "HOOKS.INTERCEPTOR_TIMEOUT",
  "HOOKS.INVALID_LABEL",
  "HOOKS.INVALID_POLICY",
  "HOOKS.INVALID_REPLACEMENT",
  "HOOKS.LISTENER_FAILED",
  "HOOKS.LISTENER_TIMEOUT",
  "HOOKS.NOT_AWAITABLE",
  "HOOKS.REENTRANCY_LIMIT",
  "HOOKS.UNKNOWN_EVENT",
  "HOOKS.UNKNOWN_POINT",
  "HOOKS.VETOED",
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

/** What a chain of listeners throws; it becomes the `HOOKS.LISTENER_FAILED` of the chain. */
export function chainedListenersFailed(failures: readonly unknown[]): AggregateError {
  const messages = failures.map((failure) => toErrorPayload(failure).message);
  // oxlint-disable-next-line deltafuse/no-bare-error -- several failures in one error of the language; it reaches nobody without a code.
  return new AggregateError(failures, `${failures.length} of the chained listeners failed: ${messages.join("; ")}`);
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
    message: `Nobody waits for listeners of ${event}; use await only with session.closing, query.finished, write.committed, delta.committed and run.finished.`,
    details: { event },
  });
}

/** `HOOKS.DUPLICATE_NAME`: another one of the same object has the name. */
export function duplicateName(kind: "listener" | "interceptor", name: string): HooksError<"HOOKS.DUPLICATE_NAME"> {
  return new HooksError({
    code: "HOOKS.DUPLICATE_NAME",
    message: `One ${kind} named ${JSON.stringify(name)} is registered already; unsubscribe it first or choose another name.`,
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

/** `HOOKS.REENTRANCY_LIMIT`: an interceptor of an interceptor and so on uses the engine. */
export function nestedTooDeep(limit: number, point: PointName): HooksError<"HOOKS.REENTRANCY_LIMIT"> {
  return new HooksError({
    code: "HOOKS.REENTRANCY_LIMIT",
    message: `Interceptors that use the engine are nested deeper than ${limit} when ${point} is asked. Let an inner one answer without the engine.`,
    details: { limit, point },
  });
}

/** `HOOKS.UNKNOWN_POINT`: there is no interception point of the name. */
export function unknownPoint(point: string): HooksError<"HOOKS.UNKNOWN_POINT"> {
  return new HooksError({
    code: "HOOKS.UNKNOWN_POINT",
    message: `There is no interception point ${JSON.stringify(point)}; pointNames lists them.`,
    details: { point },
  });
}

/** `HOOKS.VETOED`: an interceptor refused. */
export function vetoed(details: HooksErrorDetails["HOOKS.VETOED"]): HooksError<"HOOKS.VETOED"> {
  const { point, interceptor, reason } = details;
  const message = `The interceptor ${interceptor} of ${point} refused: ${reason}`;
  return new HooksError({ code: "HOOKS.VETOED", message, details });
}

/** `HOOKS.INTERCEPTOR_FAILED`: an interceptor threw or rejected. */
export function interceptorFailed(
  details: InterceptorPosition,
  cause: unknown,
): HooksError<"HOOKS.INTERCEPTOR_FAILED"> {
  const { point, interceptor } = details;
  const { message: why } = toErrorPayload(cause);
  const message = `The interceptor ${interceptor} of ${point} failed, and so nothing was done: ${why}`;
  return new HooksError({ code: "HOOKS.INTERCEPTOR_FAILED", message, details, cause });
}

/** `HOOKS.INTERCEPTOR_TIMEOUT`: an interceptor took too long. */
export function interceptorTimeout(
  details: HooksErrorDetails["HOOKS.INTERCEPTOR_TIMEOUT"],
): HooksError<"HOOKS.INTERCEPTOR_TIMEOUT"> {
  const { point, interceptor, timeoutMs } = details;
  const message = `The interceptor ${interceptor} of ${point} did not answer within ${timeoutMs} ms, and so nothing was done. Raise its timeoutMs if it needs longer.`;
  return new HooksError({ code: "HOOKS.INTERCEPTOR_TIMEOUT", message, details });
}

/** `HOOKS.INVALID_REPLACEMENT`: an interceptor replaced what it may not. */
export function invalidReplacement(
  details: HooksErrorDetails["HOOKS.INVALID_REPLACEMENT"],
): HooksError<"HOOKS.INVALID_REPLACEMENT"> {
  const { point, interceptor, member, reason } = details;
  const message = `The interceptor ${interceptor} of ${point} cannot replace ${member}: ${reason}. Nothing was done.`;
  return new HooksError({ code: "HOOKS.INVALID_REPLACEMENT", message, details });
}

/** `HOOKS.INVALID_LABEL`: not a label. */
export function invalidLabel(path: string, reason: string): HooksError<"HOOKS.INVALID_LABEL"> {
  return new HooksError({
    code: "HOOKS.INVALID_LABEL",
    message: `The label is invalid at ${path}: ${reason}.`,
    details: { path, reason },
  });
}

/** `HOOKS.INVALID_POLICY`: not an execution policy. */
export function invalidPolicy(path: string, reason: string): HooksError<"HOOKS.INVALID_POLICY"> {
  return new HooksError({
    code: "HOOKS.INVALID_POLICY",
    message: `The execution policy is invalid at ${path}: ${reason}.`,
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
