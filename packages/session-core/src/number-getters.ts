import type { ColumnView } from "./column-batch.ts";
import { integerText } from "./number-text.ts";
import { unsafeInteger } from "./row-errors.ts";
import type { ValuePlan } from "./row-plan.ts";
import { bitAt } from "./validity.ts";
import type { BinderMaker, GetterBinder, ValueGetter } from "./value-getter.ts";
import { signedNumber, signedWords, unsignedNumber } from "./word-array.ts";

const nothing = new Uint8Array(0);

function bits(view: ColumnView): Uint8Array {
  return view.values instanceof Uint8Array ? view.values : nothing;
}

function element({ values }: ColumnView): ValueGetter {
  return (row) => values?.[row];
}

/** Number of an IEEE 754 half. */
function halfFloat(half: number): number {
  const sign = half >> 15 === 0 ? 1 : -1;
  const exponent = (half >> 10) & 31;
  const fraction = half & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function jsonNumber(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}

const float: BinderMaker =
  ({ mode, storage }) =>
  ({ values }) => {
    const read: (row: number) => number =
      storage.type === "float16" ? (row) => halfFloat(Number(values?.[row])) : (row) => Number(values?.[row]);
    return mode === "json" ? (row) => jsonNumber(read(row)) : read;
  };

type WordReader = (words: Int32Array, row: number) => number;

function safeInteger(plan: ValuePlan, read: WordReader): GetterBinder {
  return (view) => {
    const words = signedWords(view);
    return (row) => {
      const value = read(words, row);
      if (Number.isSafeInteger(value)) return value;
      throw unsafeInteger({ path: plan.path, row: null }, String(view.values?.[row]));
    };
  };
}

function jsonInteger(view: ColumnView, read: WordReader): ValueGetter {
  const words = signedWords(view);
  return (row) => {
    const value = read(words, row);
    return Number.isSafeInteger(value) ? integerText(value) : String(view.values?.[row]);
  };
}

const wide: BinderMaker = (plan) => {
  const read = plan.storage.type === "uint64" ? unsignedNumber : signedNumber;
  if (plan.mode === "lossless") return element;
  return plan.mode === "json" ? (view) => jsonInteger(view, read) : safeInteger(plan, read);
};

const small: BinderMaker = () => element;

/** Readers of booleans, integers and floats. */
export const numberGetters: Readonly<Record<string, BinderMaker>> = {
  bool: () => (view) => {
    const values = bits(view);
    return (row) => bitAt(values, row);
  },
  int8: small,
  int16: small,
  int32: small,
  uint8: small,
  uint16: small,
  uint32: small,
  int64: wide,
  uint64: wide,
  float16: float,
  float32: float,
  float64: float,
};
