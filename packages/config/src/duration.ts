import type { Brand } from "./brand.ts";
import { blindCast } from "./casts.ts";
import { invalidDuration } from "./config-errors.ts";

/** A number of milliseconds: a safe integer, not negative. */
export type Millis = Brand<number, "Millis">;

/** What a duration can be written as: milliseconds, or a text such as `"1m30s"`. */
export type DurationInput = string | number;

const units = [
  { name: "d", millis: 86_400_000 },
  { name: "h", millis: 3_600_000 },
  { name: "m", millis: 60_000 },
  { name: "s", millis: 1000 },
  { name: "ms", millis: 1 },
] as const;

const durationPattern = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+)s)?(?:(\d+)ms)?$/;

function toMillis(value: bigint, input: string): Millis {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw invalidDuration(input, "it is longer than 2^53-1 milliseconds");
  return blindCast<Millis, "a safe integer, not negative">(Number(value));
}

function textMillis(input: string): Millis {
  const match = input === "" ? null : durationPattern.exec(input);
  if (match === null) {
    throw invalidDuration(input, "it is not a list of integers with the units d, h, m, s, ms in that order");
  }
  const total = units.reduce((sum, unit, index) => sum + BigInt(match[index + 1] ?? "0") * BigInt(unit.millis), 0n);
  return toMillis(total, input);
}

/**
 * Reads a duration in milliseconds: one or more integers with the units d, h, m, s, ms in that order, each at most once.
 * A number is milliseconds.
 *
 * Throws `CONFIG.INVALID_DURATION` for other texts, negative numbers, fractions, and more than 2^53-1 milliseconds.
 *
 * @example
 * parseDuration("1m30s"); // 90000
 */
export function parseDuration(input: DurationInput): Millis {
  if (typeof input === "string") return textMillis(input);
  if (!Number.isInteger(input)) throw invalidDuration(String(input), "a number of milliseconds is an integer");
  if (input < 0) throw invalidDuration(String(input), "a duration is not negative");
  return toMillis(BigInt(input), String(input));
}

function durationText(millis: number, from: number): string {
  let rest = millis;
  let text = "";
  for (const unit of units.slice(from)) {
    const count = Math.floor(rest / unit.millis);
    rest -= count * unit.millis;
    if (count > 0) text += `${count}${unit.name}`;
  }
  return text;
}

/**
 * The shortest exact text of a duration (`"90s"`, `"1h"`, `"0s"`); of two equally short ones the larger unit.
 *
 * @example
 * formatDuration(parseDuration("1m30s")); // "90s"
 */
export function formatDuration(millis: Millis): string {
  if (millis === 0) return "0s";
  return units
    .map((_, from) => durationText(millis, from))
    .reduce((best, text) => (text.length < best.length ? text : best));
}
