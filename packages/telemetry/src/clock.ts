import type { Brand } from "@deltafuse/config/brand";
import { blindCast } from "@deltafuse/config/casts";
import { InternalError } from "@deltafuse/config/errors";

/** Wall-clock time in microseconds since the Unix epoch, a safe integer. */
export type Microseconds = Brand<number, "Microseconds">;

/** Source of wall-clock time. */
export interface Clock {
  /** The time now, in microseconds since the Unix epoch. */
  now(): Microseconds;
}

/**
 * Takes a number as microseconds since the Unix epoch. Throws `InternalError` unless it is a safe integer.
 *
 * @example
 * toMicroseconds(1767322984005006); // 1767322984005006
 */
export function toMicroseconds(value: number): Microseconds {
  if (!Number.isSafeInteger(value)) throw new InternalError(`${value} is not a whole number of microseconds`);
  return blindCast<Microseconds, "it is a safe integer">(value);
}

const maxDriftUs = 2000;

/**
 * The system's wall clock with a resolution of microseconds: the millisecond clock of the system, refined by the
 * monotonic clock, and aligned again whenever the two drift apart (after a sleep of the machine or a clock change).
 *
 * @example
 * const startedUs = systemClock().now();
 */
export function systemClock(): Clock {
  const monotonicUs = (): number => Math.round(performance.now() * 1000);
  let offsetUs = Date.now() * 1000 - monotonicUs();
  return {
    now() {
      const wallUs = Date.now() * 1000;
      const refinedUs = monotonicUs() + offsetUs;
      if (Math.abs(refinedUs - wallUs) <= maxDriftUs) return toMicroseconds(refinedUs);
      offsetUs += wallUs - refinedUs;
      return toMicroseconds(wallUs);
    },
  };
}
