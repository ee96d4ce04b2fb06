import { assertNever, InternalError } from "@deltafuse/config/errors";
import type { FieldType, TimeUnit } from "./field-type.ts";
import { six, three } from "./number-text.ts";

/** How many of a unit make one second. */
export const unitsPerSecond: Readonly<Record<TimeUnit, number>> = { s: 1, ms: 1e3, us: 1e6, ns: 1e9 };

/** Milliseconds of a day. */
export const dayMs: number = 86_400_000;

/** Unit of a type that has one. */
export function timeUnitOf(type: FieldType): TimeUnit {
  switch (type.type) {
    case "time32":
    case "time64":
    case "timestamp":
    case "duration":
      return type.unit;
    default:
      throw new InternalError(`The type ${type.type} has no time unit`);
  }
}

/** Digits behind the point of a second. */
const fractionDigits: Readonly<Record<TimeUnit, number>> = { s: 0, ms: 3, us: 6, ns: 9 };

const twoDigits: readonly string[] = Array.from({ length: 100 }, (_, value) => String(value).padStart(2, "0"));

function two(value: number): string {
  return twoDigits[value] ?? "";
}

function yearText(year: number): string {
  if (year >= 0 && year <= 9999) return String(year).padStart(4, "0");
  return `${year < 0 ? "-" : "+"}${String(Math.abs(year)).padStart(6, "0")}`;
}

/**
 * `YYYY-MM-DD` of a day counted from 1970-01-01, in the proleptic Gregorian calendar; years outside 0 to 9999 have a sign
 * and at least six digits. A fraction of a day is its time: `YYYY-MM-DDTHH:MM:SS.mmm`.
 */
export function dateText(days: number): string {
  const day = Math.floor(days);
  return day === days ? dayText(day) : `${dayText(day)}T${timeText(Math.round((days - day) * dayMs), "ms")}`;
}

/** Algorithm: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days. */
function dayText(days: number): string {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const month = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * month + 2) / 5) + 1;
  const year = yearOfEra + era * 400 + (month >= 10 ? 1 : 0);
  return `${yearText(year)}-${two(month < 10 ? month + 3 : month - 9)}-${two(day)}`;
}

function clockText(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  return `${two(hours)}:${two(minutes - hours * 60)}:${two(seconds - minutes * 60)}`;
}

/** Digits behind the second; `value` is below one second. */
function fractionText(value: number, unit: TimeUnit): string {
  switch (unit) {
    case "s":
      return "";
    case "ms":
      return `.${three(value)}`;
    case "us":
      return `.${six(value)}`;
    case "ns": {
      const millis = Math.floor(value / 1_000_000);
      return `.${three(millis)}${six(value - millis * 1_000_000)}`;
    }
    default:
      return assertNever(unit, "time unit");
  }
}

/** `HH:MM:SS`, with 3, 6 or 9 digits behind the second for ms, us and ns. `value` is below a day (in ns below 2^53). */
export function timeText(value: number, unit: TimeUnit): string {
  const perSecond = unitsPerSecond[unit];
  const seconds = Math.floor(value / perSecond);
  return `${clockText(seconds)}${fractionText(value - seconds * perSecond, unit)}`;
}

/** ISO 8601 text of an instant in all digits of its unit; `Z` only when it has a zone. */
export function timestampText(value: bigint, unit: TimeUnit, zoned: boolean): string {
  const perDay = BigInt(unitsPerSecond[unit]) * 86_400n;
  const rest = ((value % perDay) + perDay) % perDay;
  const days = Number((value - rest) / perDay);
  return `${dateText(days)}T${timeText(Number(rest), unit)}${zoned ? "Z" : ""}`;
}

function fraction(rest: bigint, unit: TimeUnit): string {
  if (rest === 0n) return "";
  return `.${rest.toString().padStart(fractionDigits[unit], "0").replace(/0+$/, "")}`;
}

/** Hours, minutes and seconds of an ISO 8601 duration, each with its sign; empty for zero. */
function clockParts(value: bigint, unit: TimeUnit): string {
  const sign = value < 0n ? "-" : "";
  const magnitude = value < 0n ? -value : value;
  const perSecond = BigInt(unitsPerSecond[unit]);
  const seconds = magnitude / perSecond;
  const secondsText = `${seconds % 60n}${fraction(magnitude % perSecond, unit)}`;
  const parts = [
    [(seconds / 3600n).toString(), "H"],
    [((seconds / 60n) % 60n).toString(), "M"],
    [secondsText, "S"],
  ];
  return parts.map(([number, letter]) => (number === "0" ? "" : `${sign}${number}${letter}`)).join("");
}

/** ISO 8601 text of a length of time: hours, minutes and seconds, such as `PT1H30M0.5S`; each part carries the sign. */
export function durationText(value: bigint, unit: TimeUnit): string {
  return `PT${clockParts(value, unit) || "0S"}`;
}

/** A calendar interval in its three independent parts. */
export interface IntervalParts {
  readonly months: number;
  readonly days: number;
  readonly nanoseconds: bigint;
}

/** ISO 8601 text of an interval, such as `P1Y2M3DT4H`; each part carries its own sign. */
export function intervalText(interval: IntervalParts): string {
  const years = Math.trunc(interval.months / 12);
  const calendar: readonly (readonly [number, string])[] = [
    [years, "Y"],
    [interval.months - years * 12, "M"],
    [interval.days, "D"],
  ];
  const date = calendar.map(([value, letter]) => (value === 0 ? "" : `${value}${letter}`)).join("");
  const clock = clockParts(interval.nanoseconds, "ns");
  if (clock !== "") return `P${date}T${clock}`;
  return date === "" ? "PT0S" : `P${date}`;
}
