import type { ColumnView } from "./column-batch.ts";
import type { TimeUnit } from "./field-type.ts";
import type { ValuePlan } from "./row-plan.ts";
import { dateText, dayMs, timestampText, timeText, timeUnitOf, unitsPerSecond } from "./temporal-text.ts";
import { unreadable } from "./value-getter.ts";
import type { BinderMaker, GetterBinder, ValueGetter } from "./value-getter.ts";
import { dateValue, durationValue, intervalValue, timestampValue, timeValue } from "./values.ts";
import { signedNumber, signedWords, wideInteger } from "./word-array.ts";

/** A Date reaches this many milliseconds from 1970 in both directions. */
const lastDateMs = 8_640_000_000_000_000;

function bigAt({ values }: ColumnView): (row: number) => bigint {
  return (row) => BigInt(values?.[row] ?? 0);
}

/** Whole milliseconds, rounded down, exactly: 2^32 is split by the unit so that no step leaves the safe integers. */
function floorMs(words: Int32Array, row: number, unit: TimeUnit): number {
  if (unit === "s") return signedNumber(words, row) * 1000;
  if (unit === "ms") return signedNumber(words, row);
  const low = (words[2 * row] ?? 0) >>> 0;
  const high = words[2 * row + 1] ?? 0;
  if (unit === "us") return high * 4_294_967 + Math.floor((high * 296 + low) / 1000);
  return high * 4294 + Math.floor((high * 967_296 + low) / 1_000_000);
}

/** Milliseconds with their fraction, as the nearest number. */
function numberMs(view: ColumnView, unit: TimeUnit): (row: number) => number {
  const { values } = view;
  const words = signedWords(view);
  const read =
    values instanceof Int32Array ? (row: number) => values[row] ?? 0 : (row: number) => signedNumber(words, row);
  if (unit === "s") return (row) => read(row) * 1000;
  const perMs = unitsPerSecond[unit] / 1000;
  return (row) => read(row) / perMs;
}

function dateAt(plan: ValuePlan, ms: number, actual: () => string): Date {
  if (Math.abs(ms) <= lastDateMs) return new Date(ms);
  throw unreadable(plan, actual());
}

function dayGetter(plan: ValuePlan, days: (row: number) => number): ValueGetter {
  switch (plan.mode) {
    case "lossless":
      return (row) => dateValue(days(row));
    case "json":
      return (row) => dateText(days(row));
    case "plain":
      return (row) => dateAt(plan, Math.round(days(row) * dayMs), () => dateText(days(row)));
    default:
      return (row) => days(row) * dayMs;
  }
}

/** Text of a day; neighbouring rows often have the same one. */
function dayText(): (days: number) => string {
  let last = Number.NaN;
  let text = "";
  return (days) => {
    if (days !== last) {
      text = dateText(days);
      last = days;
    }
    return text;
  };
}

/** ISO text of timestamps by numbers alone; instants beyond the exact milliseconds go through bigint. */
function instantText(view: ColumnView, unit: TimeUnit, zoned: boolean): (row: number) => string {
  const words = signedWords(view);
  const value = bigAt(view);
  const date = dayText();
  const end = zoned ? "Z" : "";
  const perMs = unitsPerSecond[unit] / 1000;
  const ofMs = unit === "us" ? 296 : 967_296;
  return (row) => {
    const ms = floorMs(words, row, unit);
    if (!Number.isSafeInteger(ms)) return timestampText(value(row), unit, zoned);
    const days = Math.floor(ms / dayMs);
    const rest = ms - days * dayMs;
    if (unit === "s") return `${date(days)}T${timeText(rest / 1000, unit)}${end}`;
    if (unit === "ms") return `${date(days)}T${timeText(rest, unit)}${end}`;
    const spread = (words[2 * row + 1] ?? 0) * ofMs + ((words[2 * row] ?? 0) >>> 0);
    const below = spread - Math.floor(spread / perMs) * perMs;
    return `${date(days)}T${timeText(rest * perMs + below, unit)}${end}`;
  };
}

const date32: BinderMaker =
  (plan) =>
  ({ values }) =>
    dayGetter(plan, (row) => Number(values?.[row]));

const date64: BinderMaker = (plan) => (view) => {
  const words = signedWords(view);
  if (plan.mode === "numbers") return (row) => signedNumber(words, row);
  return dayGetter(plan, (row) => signedNumber(words, row) / dayMs);
};

const time: BinderMaker = (plan) => {
  const unit = timeUnitOf(plan.logical);
  return (view) => {
    const { values } = view;
    if (plan.mode === "numbers") return numberMs(view, unit);
    if (plan.mode === "lossless") {
      const value = bigAt(view);
      return (row) => timeValue(value(row), unit);
    }
    return (row) => timeText(Number(values?.[row]), unit);
  };
};

const timestamp: BinderMaker = (plan) => {
  const unit = timeUnitOf(plan.logical);
  const zone = plan.logical.type === "timestamp" ? (plan.logical.timezone ?? null) : null;
  return (view) => {
    if (plan.mode === "numbers") return numberMs(view, unit);
    const value = bigAt(view);
    const words = signedWords(view);
    if (plan.mode === "lossless") return (row) => timestampValue(value(row), unit, zone);
    if (plan.mode === "json") return instantText(view, unit, zone !== null);
    return (row) => dateAt(plan, floorMs(words, row, unit), () => timestampText(value(row), unit, zone !== null));
  };
};

const duration: BinderMaker = (plan) => {
  const unit = timeUnitOf(plan.logical);
  return (view) => {
    const value = bigAt(view);
    if (plan.mode === "lossless") return (row) => durationValue(value(row), unit);
    return plan.mode === "json" ? (row) => durationValue(value(row), unit).toString() : numberMs(view, unit);
  };
};

const intervalReaders = {
  year_month: (words: Int32Array, row: number) => intervalValue(words[row] ?? 0, 0, 0n),
  day_time: (words: Int32Array, row: number) =>
    intervalValue(0, words[2 * row] ?? 0, BigInt(words[2 * row + 1] ?? 0) * 1_000_000n),
  month_day_nano: (words: Int32Array, row: number) =>
    intervalValue(words[4 * row] ?? 0, words[4 * row + 1] ?? 0, wideInteger(words, 4 * row + 2, 2)),
} as const;

const interval: BinderMaker = (plan): GetterBinder => {
  const read = intervalReaders[plan.logical.type === "interval" ? plan.logical.unit : "month_day_nano"];
  return (view) => {
    const words = signedWords(view);
    return plan.mode === "json" ? (row) => read(words, row).toString() : (row) => read(words, row);
  };
};

/** Readers of dates, times, timestamps, durations and intervals. */
export const temporalGetters: Readonly<Record<string, BinderMaker>> = {
  date32,
  date64,
  time32: time,
  time64: time,
  timestamp,
  duration,
  interval,
};
