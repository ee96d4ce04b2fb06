import { InternalError } from "@deltafuse/config/errors";
import { decimalText, powerOfTen } from "./decimal-text.ts";
import { scaledText } from "./number-text.ts";
import type { ValuePlan } from "./row-plan.ts";
import type { BinderMaker, ValueGetter } from "./value-getter.ts";
import { decimalValue } from "./values.ts";
import { signedNumber, signedWords, wideInteger } from "./word-array.ts";

/** The unscaled integers of a column. */
interface Unscaled {
  /** Row `row` when it is a safe integer, else NaN. */
  readonly small: (row: number) => number;
  readonly exact: (row: number) => bigint;
}

function unscaled128(words: Int32Array): Unscaled {
  return {
    small: (row) => {
      const high = words[4 * row + 1] ?? 0;
      const sign = high >> 31;
      if (words[4 * row + 2] !== sign || words[4 * row + 3] !== sign) return Number.NaN;
      const value = signedNumber(words, 2 * row);
      return Number.isSafeInteger(value) ? value : Number.NaN;
    },
    exact: (row) => wideInteger(words, 4 * row, 4),
  };
}

function unscaled(words: Int32Array, count: number): Unscaled {
  if (count === 4) return unscaled128(words);
  const exact = (row: number): bigint => wideInteger(words, count * row, count);
  return {
    small: (row) => {
      const value = Number(exact(row));
      return Number.isSafeInteger(value) ? value : Number.NaN;
    },
    exact,
  };
}

function textGetter({ small, exact }: Unscaled, scale: number): ValueGetter {
  if (scale < 1 || scale > 15) return (row) => decimalText(exact(row), scale);
  const format = scaledText(scale);
  return (row) => {
    const value = small(row);
    return Number.isNaN(value) ? decimalText(exact(row), scale) : format(value);
  };
}

/** Nearest number: a quotient of two exact numbers is rounded once; other values go through their exact text. */
function numberGetter({ small, exact }: Unscaled, scale: number): ValueGetter {
  if (scale < 0 || scale > 22) return (row) => Number(decimalText(exact(row), scale));
  const one = Number(powerOfTen(scale));
  return (row) => {
    const value = small(row);
    return Number.isNaN(value) ? Number(decimalText(exact(row), scale)) : value / one;
  };
}

function decimalOf(plan: ValuePlan): { readonly precision: number; readonly scale: number; readonly words: number } {
  const { logical, storage } = plan;
  if (logical.type !== "decimal" || storage.type !== "decimal") {
    throw new InternalError(`${plan.path} is stored as ${storage.type}, its type is ${logical.type}`);
  }
  return { precision: logical.precision, scale: logical.scale, words: storage.bitWidth / 32 };
}

/** Readers of decimals. */
export const decimalGetters: Readonly<Record<string, BinderMaker>> = {
  decimal: (plan) => {
    const { precision, scale, words } = decimalOf(plan);
    return (view) => {
      const source = unscaled(signedWords(view), words);
      if (plan.mode === "lossless") return (row) => decimalValue(source.exact(row), precision, scale);
      return plan.mode === "numbers" ? numberGetter(source, scale) : textGetter(source, scale);
    };
  },
};
