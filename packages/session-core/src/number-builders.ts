import { isPresent, rejectValue } from "./build-context.ts";
import type { BuildContext, ColumnBuilder } from "./build-context.ts";
import { writeSafeInteger } from "./word-array.ts";

interface IntegerRange {
  readonly least: number;
  readonly most: number;
}

type SmallIntegers = Int8Array | Int16Array | Int32Array | Uint8Array | Uint16Array | Uint32Array;

function smallInteger(context: BuildContext, index: number, input: { value: unknown; range: IntegerRange }): number {
  const { value, range } = input;
  const number = typeof value === "bigint" ? Number(value) : value;
  if (typeof number === "number" && Number.isInteger(number)) {
    if (number >= range.least && number <= range.most) return number;
    return rejectValue(context, index, { value, reason: `it is outside ${range.least} to ${range.most}` });
  }
  return rejectValue(context, index, { value, reason: "an integer is wanted (number or bigint)" });
}

function smallIntegers(create: (length: number) => SmallIntegers, range: IntegerRange): ColumnBuilder {
  return (context, values) => {
    const result = create(values.length);
    for (let index = 0; index < values.length; index++) {
      const value = values[index];
      if (isPresent(value)) result[index] = smallInteger(context, index, { value, range });
    }
    return { values: result };
  };
}

interface WideTarget {
  readonly words: Int32Array;
  readonly whole: BigInt64Array | BigUint64Array;
  readonly signed: boolean;
}

/** Writes one 64-bit integer; false when the value is none. */
function writeWide({ words, whole, signed }: WideTarget, index: number, value: unknown): boolean {
  if (typeof value === "number" && Number.isSafeInteger(value) && (signed || value >= 0)) {
    writeSafeInteger(words, index, value);
    return true;
  }
  if (typeof value !== "bigint") return false;
  if ((signed ? BigInt.asIntN(64, value) : BigInt.asUintN(64, value)) !== value) return false;
  whole[index] = value;
  return true;
}

function wideIntegers(signed: boolean): ColumnBuilder {
  return (context, values) => {
    const whole = signed ? new BigInt64Array(values.length) : new BigUint64Array(values.length);
    const target = { words: new Int32Array(whole.buffer), whole, signed };
    const range = signed ? "-2^63 to 2^63-1" : "0 to 2^64-1";
    for (let index = 0; index < values.length; index++) {
      const value = values[index];
      if (!isPresent(value) || writeWide(target, index, value)) continue;
      rejectValue(context, index, { value, reason: `a bigint or a safe integer of ${range} is wanted` });
    }
    return { values: whole };
  };
}

function floatNumber(context: BuildContext, index: number, value: unknown): number {
  if (typeof value === "number") return value;
  if (typeof value === "bigint" && Number.isSafeInteger(Number(value))) return Number(value);
  return rejectValue(context, index, { value, reason: "a number is wanted" });
}

function floats(create: (length: number) => Float32Array | Float64Array): ColumnBuilder {
  return (context, values) => {
    const result = create(values.length);
    for (let index = 0; index < values.length; index++) {
      const value = values[index];
      if (isPresent(value)) result[index] = floatNumber(context, index, value);
    }
    return { values: result };
  };
}

/** Bits of the IEEE 754 half nearest to a number; ties go to the even one. */
function halfBits(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  if (magnitude >= 65_520) return sign | 0x7c00;
  const exponent = magnitude < 2 ** -14 ? -14 : Math.floor(Math.log2(magnitude));
  const scaled = magnitude / 2 ** (exponent - 10);
  const floor = Math.floor(scaled);
  const rest = scaled - floor;
  const rounded = rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
  return sign | (magnitude < 2 ** -14 ? rounded : ((exponent + 15) << 10) + (rounded - 1024));
}

const halves: ColumnBuilder = (context, values) => ({
  values: Uint16Array.from(values, (value, index) =>
    isPresent(value) ? halfBits(floatNumber(context, index, value)) : 0,
  ),
});

const booleans: ColumnBuilder = (context, values) => {
  const bits = new Uint8Array((values.length + 7) >> 3);
  for (let index = 0; index < values.length; index++) {
    const value = values[index];
    if (!isPresent(value)) continue;
    if (typeof value !== "boolean") rejectValue(context, index, { value, reason: "true or false is wanted" });
    if (value) bits[index >> 3] = (bits[index >> 3] ?? 0) | (1 << (index & 7));
  }
  return { values: bits };
};

/** Builders of booleans, integers and floats. */
export const numberBuilders: Readonly<Record<string, ColumnBuilder>> = {
  bool: booleans,
  int8: smallIntegers((length) => new Int8Array(length), { least: -128, most: 127 }),
  int16: smallIntegers((length) => new Int16Array(length), { least: -32_768, most: 32_767 }),
  int32: smallIntegers((length) => new Int32Array(length), { least: -2_147_483_648, most: 2_147_483_647 }),
  uint8: smallIntegers((length) => new Uint8Array(length), { least: 0, most: 255 }),
  uint16: smallIntegers((length) => new Uint16Array(length), { least: 0, most: 65_535 }),
  uint32: smallIntegers((length) => new Uint32Array(length), { least: 0, most: 4_294_967_295 }),
  int64: wideIntegers(true),
  uint64: wideIntegers(false),
  float16: halves,
  float32: floats((length) => new Float32Array(length)),
  float64: floats((length) => new Float64Array(length)),
};
