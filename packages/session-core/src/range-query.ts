import { valueInvalid } from "./row-errors.ts";

/** Whole numbers from `start` to before `end`, each `step` after the one before. */
export interface RangeBounds {
  readonly start: number | bigint;
  readonly end: number | bigint;
  readonly step: number | bigint;
}

/** The query of a range. Throws `ROWS.VALUE_INVALID`. */
export function rangeQuery({ start, end, step }: RangeBounds): string {
  const bounds = [int64("start", start), int64("end", end), int64("step", step)];
  if (bounds[2] === 0n) throw refused("step", { actual: "0", reason: "a range with it has no end" });
  return `SELECT * FROM range(${bounds.join(", ")})`;
}

function int64(path: string, value: number | bigint): bigint {
  if (typeof value !== "bigint" && !Number.isSafeInteger(value)) {
    throw refused(path, {
      actual: String(value),
      reason: "a number must be whole and exact; give a bigint past ±(2^53-1)",
    });
  }
  const whole = BigInt(value);
  if (BigInt.asIntN(64, whole) === whole) return whole;
  throw refused(path, { actual: String(value), reason: "it has more than 64 bits" });
}

function refused(path: string, mismatch: { readonly actual: string; readonly reason: string }): Error {
  return valueInvalid({ path, row: null }, { type: "int64", ...mismatch });
}
