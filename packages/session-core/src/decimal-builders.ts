import { InternalError } from "@deltafuse/config/errors";
import { isPresent, rejectValue } from "./build-context.ts";
import type { BuildContext, ColumnBuilder } from "./build-context.ts";
import { fitsPrecision, parseDecimal, rescaleDecimal, shortDecimal } from "./decimal-text.ts";
import type { UnscaledDecimal } from "./decimal-text.ts";
import type { DecimalType } from "./field-type.ts";
import { isValueObject } from "./values.ts";
import { highWord } from "./word-array.ts";

function decimalOf(value: unknown): UnscaledDecimal | null {
  if (typeof value === "string") return parseDecimal(value);
  if (typeof value === "bigint") return { unscaled: value, scale: 0 };
  if (typeof value === "number") return Number.isFinite(value) ? parseDecimal(String(value)) : null;
  return isValueObject(value) && value.kind === "decimal" ? value : null;
}

function unscaledOf(context: BuildContext, index: number, input: { value: unknown; type: DecimalType }): bigint {
  const { value, type } = input;
  const decimal = decimalOf(value);
  if (decimal === null) {
    return rejectValue(context, index, { value, reason: "a DecimalValue, decimal text, bigint or number is wanted" });
  }
  const unscaled = rescaleDecimal(decimal, type.scale);
  if (unscaled === null) {
    return rejectValue(context, index, { value, reason: `it has more than ${type.scale} digits behind the point` });
  }
  if (fitsPrecision(unscaled, type.precision)) return unscaled;
  return rejectValue(context, index, { value, reason: `it has more than ${type.precision} digits` });
}

/**
 * The unscaled integer of a short text, or of a number that is the nearest one to a decimal of this scale; NaN for all
 * else.
 */
function smallUnscaled(value: unknown, scale: number, one: number): number {
  if (typeof value === "string") return shortDecimal(value, scale);
  if (typeof value !== "number") return Number.NaN;
  const unscaled = Math.round(value * one);
  return Number.isSafeInteger(unscaled) && unscaled / one === value ? unscaled : Number.NaN;
}

interface Words {
  readonly words: Uint32Array;
  readonly perValue: number;
}

function writeSmall({ words, perValue }: Words, index: number, value: number): void {
  const high = Math.floor(value / highWord);
  const start = index * perValue;
  words[start] = value - high * highWord;
  if (perValue > 1) words[start + 1] = high;
  if (perValue > 2 && value < 0) words.fill(4_294_967_295, start + 2, start + perValue);
}

function writeBig({ words, perValue }: Words, index: number, value: bigint): void {
  let rest = value;
  for (let word = 0; word < perValue; word++) {
    words[index * perValue + word] = Number(BigInt.asUintN(32, rest));
    rest >>= 32n;
  }
}

const decimals: ColumnBuilder = (context, values) => {
  const { type } = context.field;
  if (type.type !== "decimal") throw new InternalError(`${context.path} is not a decimal`);
  const perValue = type.bitWidth / 32;
  const target = { words: new Uint32Array(values.length * perValue), perValue };
  const one = type.scale >= 0 && type.scale <= 15 ? 10 ** type.scale : Number.NaN;
  const limit = Math.min(10 ** type.precision, Number.MAX_SAFE_INTEGER);
  for (let index = 0; index < values.length; index++) {
    const value = values[index];
    if (!isPresent(value)) continue;
    const small = smallUnscaled(value, type.scale, one);
    if (Math.abs(small) < limit) writeSmall(target, index, small);
    else writeBig(target, index, unscaledOf(context, index, { value, type }));
  }
  return { values: target.words };
};

/** Builder of decimals. */
export const decimalBuilders: Readonly<Record<string, ColumnBuilder>> = { decimal: decimals };
