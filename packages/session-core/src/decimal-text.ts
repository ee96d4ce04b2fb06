const powers: readonly bigint[] = Array.from({ length: 77 }, (_, exponent) => 10n ** BigInt(exponent));

/** Ten to the power of a whole number that is not negative. */
export function powerOfTen(exponent: number): bigint {
  return powers[exponent] ?? 10n ** BigInt(exponent);
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

/** Value of digits alone; NaN for any other character. */
function digitsValue(text: string, start: number, end: number): number {
  let value = 0;
  for (let index = start; index < end; index++) {
    const digit = text.charCodeAt(index) - 48;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}

/**
 * The unscaled integer of a short decimal text such as `-12.5`, with at most `scale` digits behind the point, when it is a
 * safe integer. NaN for all other texts, which {@link parseDecimal} may understand.
 */
export function shortDecimal(text: string, scale: number): number {
  const negative = text.charCodeAt(0) === 45;
  const start = negative ? 1 : 0;
  const point = text.indexOf(".");
  const wholeEnd = point < 0 ? text.length : point;
  const missing = scale - (point < 0 ? 0 : text.length - point - 1);
  if (wholeEnd === start || missing < 0 || wholeEnd - start + scale > 15) return Number.NaN;
  const whole = digitsValue(text, start, wholeEnd);
  const fraction = point < 0 ? 0 : digitsValue(text, point + 1, text.length);
  const unscaled = whole * 10 ** scale + fraction * 10 ** missing;
  return negative ? -unscaled : unscaled;
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
