/** Ten to the power of a whole number that is not negative. */
export function powerOfTen(exponent: number): bigint {
  return 10n ** BigInt(exponent);
}

/**
 * Exact text of `unscaled × 10^-scale`: all `scale` digits behind the point, no exponent.
 *
 * @example
 * decimalText(-5n, 2); // "-0.05"
 */
export function decimalText(unscaled: bigint, scale: number): string {
  if (scale <= 0) return (unscaled * powerOfTen(-scale)).toString();
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, "0");
  const point = digits.length - scale;
  return `${unscaled < 0n ? "-" : ""}${digits.slice(0, point)}.${digits.slice(point)}`;
}

/** A decimal number as an integer and the number of digits behind the point. */
export interface UnscaledDecimal {
  readonly unscaled: bigint;
  readonly scale: number;
}

/** Reads `-12.50` or `1.25e3`. Null when the text is not a decimal number. */
export function parseDecimal(text: string): UnscaledDecimal | null {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?$/.exec(text);
  if (match === null) return null;
  const [, sign, whole = "", fraction = "", exponent = "0"] = match;
  if (whole === "" && fraction === "") return null;
  const magnitude = BigInt(whole + fraction);
  return { unscaled: sign === "-" ? -magnitude : magnitude, scale: fraction.length - Number(exponent) };
}

/** The integer for another scale. Null when digits would be lost. */
export function rescaleDecimal(value: UnscaledDecimal, scale: number): bigint | null {
  if (scale >= value.scale) return value.unscaled * powerOfTen(scale - value.scale);
  const divisor = powerOfTen(value.scale - scale);
  return value.unscaled % divisor === 0n ? value.unscaled / divisor : null;
}

/** Whether the integer has at most `precision` digits. */
export function fitsPrecision(unscaled: bigint, precision: number): boolean {
  const limit = powerOfTen(precision);
  return unscaled < limit && unscaled > -limit;
}
