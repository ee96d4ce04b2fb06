import { type Microseconds, toMicroseconds } from "./clock.ts";

const textPattern = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})\.(\d{6})Z$/;

/** Length of what {@link formatTimestamp} writes: the years of safe integers of microseconds have four digits. */
export const timestampLength: number = "2026-01-02T03:04:05.678901Z".length;

/** Writes a time as `2026-01-02T03:04:05.678901Z`. */
export function formatTimestamp(us: number): string {
  const milliseconds = Math.floor(us / 1000);
  const rest = us - milliseconds * 1000;
  return `${new Date(milliseconds).toISOString().slice(0, -1)}${rest.toString().padStart(3, "0")}Z`;
}

/** Reads what {@link formatTimestamp} writes; anything else gives undefined. */
export function parseTimestamp(text: string): Microseconds | undefined {
  const match = textPattern.exec(text);
  if (match === null) return undefined;
  const [, seconds = "", fraction = ""] = match;
  const milliseconds = Date.parse(`${seconds}Z`);
  return Number.isNaN(milliseconds) ? undefined : toMicroseconds(milliseconds * 1000 + Number(fraction));
}
