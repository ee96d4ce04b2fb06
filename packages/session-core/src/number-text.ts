/** `000` to `999`. */
const threeDigits: readonly string[] = Array.from({ length: 1000 }, (_, value) => String(value).padStart(3, "0"));

/** Three digits of a number below 1000. */
export function three(value: number): string {
  return threeDigits[value] ?? "";
}

/** Six digits of a number below a million. */
export function six(value: number): string {
  const high = Math.floor(value / 1000);
  return three(high) + three(value - high * 1000);
}

/**
 * Decimal text of a safe integer. Faster than `String` beyond 32 bits, where the engine formats a float: the digits are
 * put together from parts of three.
 */
export function integerText(value: number): string {
  const magnitude = Math.abs(value);
  if (magnitude < 2_147_483_648) return String(value);
  const billions = Math.floor(magnitude / 1e9);
  const rest = magnitude - billions * 1e9;
  const millions = Math.floor(rest / 1e6);
  return `${value < 0 ? "-" : ""}${billions}${three(millions)}${six(rest - millions * 1e6)}`;
}

/**
 * Exact text of `unscaled × 10^-scale` for safe integers and a scale of 1 to 15: whole part and fraction are exact
 * numbers then.
 */
export function scaledText(scale: number): (unscaled: number) => string {
  const one = 10 ** scale;
  const fraction: (digits: number) => string =
    scale === 3 ? three : scale === 6 ? six : (digits) => String(digits + one).slice(1);
  const known = scale <= 3 ? Array.from({ length: one }, (_, digits) => `.${fraction(digits)}`) : null;
  return (unscaled) => {
    const magnitude = Math.abs(unscaled);
    const whole = Math.floor(magnitude / one);
    const digits = magnitude - whole * one;
    const text = integerText(whole) + (known === null ? `.${fraction(digits)}` : (known[digits] ?? ""));
    return unscaled < 0 ? `-${text}` : text;
  };
}
