import type { Brand } from "./brand.ts";
import { blindCast } from "./casts.ts";
import { invalidSize } from "./config-errors.ts";

/** A number of bytes: a safe integer, not negative. */
export type Bytes = Brand<number, "Bytes">;

/** What a size can be written as: bytes, or a text such as `"64MiB"`. */
export type SizeInput = string | number | bigint;

const units = ["B", "K", "M", "G", "T"] as const;
const suffixes = ["TiB", "GiB", "MiB", "KiB"] as const;
const sizePattern = /^(\d+(?:_\d+)*)(?:\.(\d+))?(?: ?([kmgt])(?:i?b)?| ?(b))?$/i;

function toBytes(value: bigint, input: string): Bytes {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw invalidSize(input, "it is larger than 2^53-1 bytes");
  return blindCast<Bytes, "a safe integer, not negative">(Number(value));
}

function textBytes(input: string): Bytes {
  const match = sizePattern.exec(input);
  if (match === null) throw invalidSize(input, "it is neither digits nor a decimal with a unit of B, K, M, G or T");
  const [, whole = "", fraction = "", prefix, plain] = match;
  const unit = prefix ?? plain;
  if (fraction !== "" && unit === undefined) throw invalidSize(input, "a fraction needs a unit");
  const power = unit === undefined ? 0 : units.findIndex((candidate) => candidate === unit.toUpperCase());
  const scaled = BigInt(whole.replaceAll("_", "") + fraction) * 1024n ** BigInt(power);
  const divisor = 10n ** BigInt(fraction.length);
  if (scaled % divisor !== 0n) throw invalidSize(input, "it has a fraction of a byte");
  return toBytes(scaled / divisor, input);
}

/**
 * Reads a size in bytes. Units are B, K, KB, KiB, M, MB, MiB and so on up to T, in any case, always powers of 1024.
 * Digits may be grouped by `_`; one space may stand before the unit. A number or bigint is bytes.
 *
 * Throws `CONFIG.INVALID_SIZE` for other texts, negative numbers, fractions of a byte, and more than 2^53-1 bytes.
 *
 * @example
 * parseSize("1.5GiB"); // 1610612736
 */
export function parseSize(input: SizeInput): Bytes {
  if (typeof input === "string") return textBytes(input);
  if (typeof input === "number" && !Number.isInteger(input)) {
    throw invalidSize(String(input), "a number of bytes is an integer");
  }
  if (input < 0) throw invalidSize(String(input), "a size is not negative");
  return toBytes(BigInt(input), String(input));
}

function decimalText(bytes: bigint, unit: bigint): string {
  // A division by a power of two always ends: 2^-10 has ten decimal digits.
  let rest = bytes % unit;
  let digits = "";
  while (rest !== 0n) {
    rest *= 10n;
    digits += (rest / unit).toString();
    rest %= unit;
  }
  const whole = (bytes / unit).toString();
  return digits === "" ? whole : `${whole}.${digits}`;
}

/**
 * The shortest exact text of a size (`"1.5GiB"`, `"1000"`); of two equally short ones the larger unit.
 *
 * @example
 * formatSize(parseSize(1610612736)); // "1.5GiB"
 */
export function formatSize(bytes: Bytes): string {
  const exact = BigInt(bytes);
  const candidates = suffixes.map((suffix, index) => decimalText(exact, 1024n ** BigInt(4 - index)) + suffix);
  return [...candidates, exact.toString()].reduce((best, text) => (text.length < best.length ? text : best));
}
