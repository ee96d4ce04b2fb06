import { isPresent, rejectValue } from "./build-context.ts";
import type { BuildContext, ColumnBuilder } from "./build-context.ts";
import type { FieldType, TimeUnit } from "./field-type.ts";
import { dayMs, timeUnitOf, unitsPerSecond } from "./temporal-text.ts";
import { isValueObject } from "./values.ts";
import type { AnyValue, IntervalValue } from "./values.ts";
import { writeSafeInteger } from "./word-array.ts";

/** Units of a value (a number when it is a safe integer), or why there are none. */
type Converted = number | bigint | string;

/** The value in another unit, when nothing is lost. */
function inUnit(value: bigint, from: TimeUnit, to: TimeUnit): Converted {
  if (from === to) return value;
  const nanoseconds = value * BigInt(1e9 / unitsPerSecond[from]);
  const size = BigInt(1e9 / unitsPerSecond[to]);
  return nanoseconds % size === 0n ? nanoseconds / size : `it has parts of a unit of ${to}`;
}

function dayMsOf(value: unknown): number | string {
  if (isValueObject(value) && value.kind === "date") return Math.round(value.days * dayMs);
  if (!(value instanceof Date)) return "a DateValue or a Date is wanted";
  const ms = value.getTime();
  return Number.isNaN(ms) ? "the Date is invalid" : ms;
}

function daysOf(value: unknown): number | string {
  const ms = dayMsOf(value);
  if (typeof ms === "string") return ms;
  return ms % dayMs === 0 ? ms / dayMs : "it has a time of day (UTC)";
}

/** Milliseconds of a Date in a unit. */
function dateUnits(date: Date, unit: TimeUnit): Converted {
  const ms = date.getTime();
  if (Number.isNaN(ms)) return "the Date is invalid";
  if (unit === "s") return ms % 1000 === 0 ? ms / 1000 : "it has parts of a unit of s";
  const units = (ms * unitsPerSecond[unit]) / 1000;
  return Number.isSafeInteger(units) ? units : BigInt(ms) * BigInt(unitsPerSecond[unit] / 1000);
}

function clockUnits(text: string, unit: TimeUnit): Converted {
  const match = /^(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?$/.exec(text);
  if (match === null) return "a time reads HH:MM:SS, with a fraction if need be";
  const [, hours, minutes, seconds, fraction = ""] = match;
  const whole = (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds);
  return inUnit(BigInt(whole) * 1_000_000_000n + BigInt(fraction.padEnd(9, "0")), "ns", unit);
}

function timeUnits(value: unknown, type: FieldType): Converted {
  const unit = timeUnitOf(type);
  const units = timeOf(value, unit);
  if (typeof units === "string") return units;
  return units >= 0 && units < unitsPerSecond[unit] * 86_400 ? units : "a day has 24 hours";
}

function timeOf(value: unknown, unit: TimeUnit): Converted {
  if (isValueObject(value) && value.kind === "time") return inUnit(value.value, value.unit, unit);
  return typeof value === "string" ? clockUnits(value, unit) : "a TimeValue or a text is wanted";
}

function timestampUnits(value: unknown, type: FieldType): Converted {
  const unit = timeUnitOf(type);
  if (value instanceof Date) return dateUnits(value, unit);
  if (!isValueObject(value) || value.kind !== "timestamp") return "a TimestampValue or a Date is wanted";
  const zoned = type.type === "timestamp" && type.timezone !== undefined;
  if (zoned !== (value.zone !== null)) return zoned ? "it has no time zone" : "it has a time zone";
  return inUnit(value.value, value.unit, unit);
}

/** Milliseconds as units: a number is the nearest one to what it stands for, so a last digit may be rounded. */
function msUnits(ms: number, unit: TimeUnit): Converted {
  const units = (ms * unitsPerSecond[unit]) / 1000;
  const whole = Math.round(units);
  if (!Number.isSafeInteger(whole)) return "it is not a length of time";
  return Math.abs(units - whole) <= Math.abs(units) * 2 ** -50 ? whole : `it has parts of a unit of ${unit}`;
}

function durationUnits(value: unknown, type: FieldType): Converted {
  const unit = timeUnitOf(type);
  if (typeof value === "number") return msUnits(value, unit);
  if (isValueObject(value) && value.kind === "duration") return inUnit(value.value, value.unit, unit);
  return "a DurationValue or a number of milliseconds is wanted";
}

type Conversion = (value: unknown, type: FieldType) => Converted;

interface UnitInput {
  readonly value: unknown;
  readonly convert: Conversion;
  readonly bits: 32 | 64;
}

function unitsOf(context: BuildContext, index: number, { value, convert, bits }: UnitInput): number | bigint {
  const units = convert(value, context.field.type);
  if (typeof units === "string") return rejectValue(context, index, { value, reason: units });
  const fits = typeof units === "bigint" ? BigInt.asIntN(bits, units) === units : bits === 64 || (units | 0) === units;
  return fits ? units : rejectValue(context, index, { value, reason: `it needs more than ${bits} bits` });
}

function wideUnits(convert: Conversion): ColumnBuilder {
  return (context, values) => {
    const result = new BigInt64Array(values.length);
    const words = new Int32Array(result.buffer);
    for (let index = 0; index < values.length; index++) {
      const value = values[index];
      if (!isPresent(value)) continue;
      const units = unitsOf(context, index, { value, convert, bits: 64 });
      if (typeof units === "bigint") result[index] = units;
      else writeSafeInteger(words, index, units);
    }
    return { values: result };
  };
}

function narrowUnits(convert: Conversion): ColumnBuilder {
  return (context, values) => {
    const result = new Int32Array(values.length);
    for (let index = 0; index < values.length; index++) {
      const value = values[index];
      if (isPresent(value)) result[index] = Number(unitsOf(context, index, { value, convert, bits: 32 }));
    }
    return { values: result };
  };
}

/** Words of an interval in each layout; null when the layout has no place for a part. */
const intervalWords = {
  year_month: ({ months, days, nanoseconds }: IntervalValue) => (days === 0 && nanoseconds === 0n ? [months] : null),
  day_time: ({ months, days, nanoseconds }: IntervalValue) =>
    months === 0 && nanoseconds % 1_000_000n === 0n ? [days, Number(nanoseconds / 1_000_000n)] : null,
  month_day_nano: ({ months, days, nanoseconds }: IntervalValue) => [
    months,
    days,
    Number(BigInt.asIntN(32, nanoseconds)),
    Number(BigInt.asIntN(32, nanoseconds >> 32n)),
  ],
} as const;

const wordsPerInterval = { year_month: 1, day_time: 2, month_day_nano: 4 } as const;

function isInterval(value: unknown): value is AnyValue & { readonly kind: "interval" } {
  return isValueObject(value) && value.kind === "interval";
}

const intervals: ColumnBuilder = (context, values) => {
  const unit = context.field.type.type === "interval" ? context.field.type.unit : "month_day_nano";
  const result = new Int32Array(values.length * wordsPerInterval[unit]);
  for (const [index, value] of values.entries()) {
    if (!isPresent(value)) continue;
    const words = isInterval(value) ? intervalWords[unit](value) : null;
    if (words === null) {
      rejectValue(context, index, { value, reason: `an IntervalValue that fits ${unit} is wanted` });
    } else {
      result.set(words, index * wordsPerInterval[unit]);
    }
  }
  return { values: result };
};

/** Builders of dates, times, timestamps, durations and intervals. */
export const temporalBuilders: Readonly<Record<string, ColumnBuilder>> = {
  date32: narrowUnits(daysOf),
  date64: wideUnits(dayMsOf),
  time32: narrowUnits(timeUnits),
  time64: wideUnits(timeUnits),
  timestamp: wideUnits(timestampUnits),
  duration: wideUnits(durationUnits),
  interval: intervals,
};
