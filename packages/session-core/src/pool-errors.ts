import { type SessionError, sessionError } from "./errors.ts";

/** `POOL.CLOSED`: the pool was closed before the call, or while it waited. */
export function poolClosed(): SessionError<"POOL.CLOSED"> {
  return sessionError("POOL.CLOSED", "The pool is closed. Open another one with openSessionPool().", { details: {} });
}

/** `POOL.INVALID_SIZE`: a size that no pool has. */
export function invalidSize(size: number): SessionError<"POOL.INVALID_SIZE"> {
  return sessionError("POOL.INVALID_SIZE", `A pool cannot have ${size} sessions. Give a whole number from 1.`, {
    details: { size },
  });
}

/** `POOL.LEASE_CLOSED`: the lease was given back before the call. */
export function leaseClosed(lease: string): SessionError<"POOL.LEASE_CLOSED"> {
  return sessionError(
    "POOL.LEASE_CLOSED",
    `The lease ${lease} was given back, and its session belongs to somebody else. Acquire another one.`,
    { details: { lease } },
  );
}

/** `POOL.REBUILD_FAILED`: a session could neither be cleaned nor replaced. */
export function rebuildFailed(slot: number, reason: string, cause: unknown): SessionError<"POOL.REBUILD_FAILED"> {
  return sessionError(
    "POOL.REBUILD_FAILED",
    `Session ${slot} of the pool could not be cleaned (${reason}), and no other one could be opened in its place. ` +
      "The pool tries again at the next acquire(); the cause says what is wrong.",
    { details: { slot, reason }, cause },
  );
}
