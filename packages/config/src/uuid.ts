import { randomUUID } from "node:crypto";

/**
 * A UUID of version 7 (RFC 9562): 48 bits of Unix milliseconds, then random bits. Ids made in different milliseconds
 * sort by time.
 *
 * @param now - Unix milliseconds. Default: the clock.
 * @param random - Gives a UUID of version 4, whose random bits are taken. Default: the system's generator.
 *
 * @example
 * uuidV7().charAt(14); // "7"
 */
export function uuidV7(now: number = Date.now(), random: () => string = randomUUID): string {
  const time = now.toString(16).padStart(12, "0");
  // The variant and the random bits stand at the same places in both versions.
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random().slice(15)}`;
}
