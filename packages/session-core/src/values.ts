import { decimalText, rescaleDecimal } from "./decimal-text.ts";
import type { TimeUnit } from "./field-type.ts";
import { dateText, durationText, intervalText, timestampText, timeText, unitsPerSecond } from "./temporal-text.ts";

/** Result of a comparison: negative when the left one is smaller. */
export type Order = -1 | 0 | 1;

interface ValueObject<Kind extends string> {
  /** Tells the value objects apart. */
  readonly kind: Kind;
  /** The json form of the value (the one of row mode `json`). */
  toString(): string;
  /** Same as `toString()`. */
  toJSON(): string;
}

/** A decimal number, exact: `unscaled × 10^-scale`. Its text has all digits of the scale. */
export interface DecimalValue extends ValueObject<"decimal"> {
  readonly unscaled: bigint;
  readonly precision: number;
  readonly scale: number;
  /** By number, whatever the scales. */
  compare(other: DecimalValue): Order;
}

/** A calendar day. Its text is `YYYY-MM-DD`, and for a `date64` that has a time of day `YYYY-MM-DDTHH:MM:SS.mmm`. */
export interface DateValue extends ValueObject<"date"> {
  /** Days since 1970-01-01; a fraction is the time of day of a `date64`. */
  readonly days: number;
  /** By day. */
  compare(other: DateValue): Order;
}

/** A time of day. Its text is `HH:MM:SS`, with the digits of its unit behind a point. */
export interface TimeValue extends ValueObject<"time"> {
  /** Units since midnight. */
  readonly value: bigint;
  readonly unit: TimeUnit;
  /** By time, whatever the units. */
  compare(other: TimeValue): Order;
}

/** An instant. Its text is ISO 8601 in all digits of the unit, with `Z` when there is a zone. */
export interface TimestampValue extends ValueObject<"timestamp"> {
  /** Units since 1970-01-01T00:00:00, in UTC when there is a zone. */
  readonly value: bigint;
  readonly unit: TimeUnit;
  /** Zone of the column; null for local time without one. */
  readonly zone: string | null;
  /** By instant, whatever the units and zones. */
  compare(other: TimestampValue): Order;
}

/** A length of time. Its text is ISO 8601, such as `PT1H30M0.5S`. */
export interface DurationValue extends ValueObject<"duration"> {
  readonly value: bigint;
  readonly unit: TimeUnit;
  /** By length, whatever the units. */
  compare(other: DurationValue): Order;
}

/** A calendar interval. Its text is ISO 8601, such as `P1Y2M3DT4H`. */
export interface IntervalValue extends ValueObject<"interval"> {
  readonly months: number;
  readonly days: number;
  readonly nanoseconds: bigint;
  /** By months, then days, then nanoseconds: a month has no fixed number of days. */
  compare(other: IntervalValue): Order;
}

/** Any value object. */
export type AnyValue = DecimalValue | DateValue | TimeValue | TimestampValue | DurationValue | IntervalValue;

function order(left: bigint | number, right: bigint | number): Order {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

function nanoseconds(value: bigint, unit: TimeUnit): bigint {
  return value * BigInt(1e9 / unitsPerSecond[unit]);
}

class Decimal implements DecimalValue {
  readonly unscaled: bigint;
  readonly precision: number;
  readonly scale: number;

  constructor(unscaled: bigint, precision: number, scale: number) {
    this.unscaled = unscaled;
    this.precision = precision;
    this.scale = scale;
  }

  get kind(): "decimal" {
    return "decimal";
  }

  compare(other: DecimalValue): Order {
    const scale = Math.max(this.scale, other.scale);
    return order(rescaleDecimal(this, scale) ?? 0n, rescaleDecimal(other, scale) ?? 0n);
  }

  toString(): string {
    return decimalText(this.unscaled, this.scale);
  }

  toJSON(): string {
    return this.toString();
  }
}

class CalendarDay implements DateValue {
  readonly days: number;

  constructor(days: number) {
    this.days = days;
  }

  get kind(): "date" {
    return "date";
  }

  compare(other: DateValue): Order {
    return order(this.days, other.days);
  }

  toString(): string {
    return dateText(this.days);
  }

  toJSON(): string {
    return this.toString();
  }
}

class TimeOfDay implements TimeValue {
  readonly value: bigint;
  readonly unit: TimeUnit;

  constructor(value: bigint, unit: TimeUnit) {
    this.value = value;
    this.unit = unit;
  }

  get kind(): "time" {
    return "time";
  }

  compare(other: TimeValue): Order {
    return order(nanoseconds(this.value, this.unit), nanoseconds(other.value, other.unit));
  }

  toString(): string {
    return timeText(Number(this.value), this.unit);
  }

  toJSON(): string {
    return this.toString();
  }
}

class Timestamp implements TimestampValue {
  readonly value: bigint;
  readonly unit: TimeUnit;
  readonly zone: string | null;

  constructor(value: bigint, unit: TimeUnit, zone: string | null) {
    this.value = value;
    this.unit = unit;
    this.zone = zone;
  }

  get kind(): "timestamp" {
    return "timestamp";
  }

  compare(other: TimestampValue): Order {
    return order(nanoseconds(this.value, this.unit), nanoseconds(other.value, other.unit));
  }

  toString(): string {
    return timestampText(this.value, this.unit, this.zone !== null);
  }

  toJSON(): string {
    return this.toString();
  }
}

class Duration implements DurationValue {
  readonly value: bigint;
  readonly unit: TimeUnit;

  constructor(value: bigint, unit: TimeUnit) {
    this.value = value;
    this.unit = unit;
  }

  get kind(): "duration" {
    return "duration";
  }

  compare(other: DurationValue): Order {
    return order(nanoseconds(this.value, this.unit), nanoseconds(other.value, other.unit));
  }

  toString(): string {
    return durationText(this.value, this.unit);
  }

  toJSON(): string {
    return this.toString();
  }
}

class Interval implements IntervalValue {
  readonly months: number;
  readonly days: number;
  readonly nanoseconds: bigint;

  constructor(months: number, days: number, wholeNanoseconds: bigint) {
    this.months = months;
    this.days = days;
    this.nanoseconds = wholeNanoseconds;
  }

  get kind(): "interval" {
    return "interval";
  }

  compare(other: IntervalValue): Order {
    return (
      order(this.months, other.months) || order(this.days, other.days) || order(this.nanoseconds, other.nanoseconds)
    );
  }

  toString(): string {
    return intervalText(this);
  }

  toJSON(): string {
    return this.toString();
  }
}

/** Makes a {@link DecimalValue}: `decimalValue(1250n, 10, 2)` is 12.50. */
export function decimalValue(unscaled: bigint, precision: number, scale: number): DecimalValue {
  return new Decimal(unscaled, precision, scale);
}

/** Makes a {@link DateValue} of days since 1970-01-01. */
export function dateValue(days: number): DateValue {
  return new CalendarDay(days);
}

/** Makes a {@link TimeValue} of units since midnight. */
export function timeValue(value: bigint, unit: TimeUnit): TimeValue {
  return new TimeOfDay(value, unit);
}

/** Makes a {@link TimestampValue} of units since 1970-01-01; `zone` null means local time without a zone. */
export function timestampValue(value: bigint, unit: TimeUnit, zone: string | null): TimestampValue {
  return new Timestamp(value, unit, zone);
}

/** Makes a {@link DurationValue}. */
export function durationValue(value: bigint, unit: TimeUnit): DurationValue {
  return new Duration(value, unit);
}

/** Makes an {@link IntervalValue}. */
export function intervalValue(months: number, days: number, wholeNanoseconds: bigint): IntervalValue {
  return new Interval(months, days, wholeNanoseconds);
}

const kinds: readonly string[] = ["decimal", "date", "time", "timestamp", "duration", "interval"];

/** Whether a value is one of the value objects, judged by its shape, so that two copies of this package agree. */
export function isValueObject(value: unknown): value is AnyValue {
  if (typeof value !== "object" || value === null || !("kind" in value) || !("compare" in value)) return false;
  return typeof value.kind === "string" && kinds.includes(value.kind) && typeof value.compare === "function";
}
