import { blindCast } from "@deltafuse/config/casts";
import type { FieldType, IntervalUnit, NestedField, TimeUnit } from "../src/field-type.ts";
import { dateText } from "../src/temporal-text.ts";
import type { DecimalValue, DurationValue, IntervalValue, TimestampValue, TimeValue } from "../src/values.ts";

const perSecond: Readonly<Record<TimeUnit, bigint>> = { s: 1n, ms: 1000n, us: 1_000_000n, ns: 1_000_000_000n };

function padded(value: bigint | number, width: number): string {
  return String(value).padStart(width, "0");
}

function magnitude(value: bigint): bigint {
  return value < 0n ? -value : value;
}

function floorDivided(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  return value % by < 0n ? quotient - 1n : quotient;
}

/** Three, six or nine digits behind the point, as few as are needed. */
function fraction(nanoseconds: bigint): string {
  if (nanoseconds === 0n) return "";
  const digits = padded(nanoseconds, 9);
  if (digits.endsWith("000000")) return `.${digits.slice(0, 3)}`;
  return digits.endsWith("000") ? `.${digits.slice(0, 6)}` : `.${digits}`;
}

function clock(units: bigint, unit: TimeUnit): string {
  const seconds = units / perSecond[unit];
  const rest = (units % perSecond[unit]) * (1_000_000_000n / perSecond[unit]);
  const parts = [seconds / 3600n, (seconds / 60n) % 60n, seconds % 60n].map((part) => padded(part, 2));
  return `${parts.join(":")}${fraction(rest)}`;
}

function zoneOffset(zone: string, at: Date): string {
  if (/^[+-]/.test(zone)) return zone;
  const format = new Intl.DateTimeFormat("en", { timeZone: zone, timeZoneName: "longOffset" });
  return format.formatToParts(at).find(({ type }) => type === "timeZoneName")?.value ?? "";
}

function offsetMinutes(zone: string, at: Date): number {
  const [, sign, hours = "0", minutes = "0"] = /([+-])(\d\d):(\d\d)/.exec(zoneOffset(zone, at)) ?? [];
  return (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}

function instant({ value, unit, zone }: TimestampValue): string {
  const seconds = floorDivided(value, perSecond[unit]);
  const offset = zone === null ? 0 : offsetMinutes(zone, new Date(Number(seconds) * 1000));
  const local = value + BigInt(offset * 60) * perSecond[unit];
  const perDay = perSecond[unit] * 86_400n;
  const days = floorDivided(local, perDay);
  const text = `${dateText(Number(days))}T${clock(local - days * perDay, unit)}`;
  if (zone === null) return text;
  if (offset === 0) return `${text}Z`;
  const size = Math.abs(offset);
  return `${text}${offset < 0 ? "-" : "+"}${padded(Math.floor(size / 60), 2)}:${padded(size % 60, 2)}`;
}

function duration({ value, unit }: DurationValue): string {
  if (value === 0n) return "P0D";
  const seconds = magnitude(value) / perSecond[unit];
  const rest = (magnitude(value) % perSecond[unit]) * (1_000_000_000n / perSecond[unit]);
  const digits = rest === 0n ? "" : `.${padded(rest, 9).replace(/0+$/, "")}`;
  return `${value < 0n ? "-" : ""}PT${seconds}${digits}S`;
}

function secondsText(nanoseconds: bigint, digits: number): string {
  const size = magnitude(nanoseconds);
  const below = padded(size % 1_000_000_000n, 9).slice(0, digits);
  return `${nanoseconds < 0n ? "-" : ""}${size / 1_000_000_000n}.${below} secs`;
}

function interval({ months, days, nanoseconds }: IntervalValue, unit: IntervalUnit): string {
  if (unit === "year_month") return `${Math.floor(months / 12)} years ${months - Math.floor(months / 12) * 12} mons`;
  const hour = 3_600_000_000_000n;
  const minute = 60_000_000_000n;
  const parts = [
    [months !== 0, `${months} mons`],
    [days !== 0, `${days} days`],
    [nanoseconds / hour !== 0n, `${nanoseconds / hour} hours`],
    [(nanoseconds % hour) / minute !== 0n, `${(nanoseconds % hour) / minute} mins`],
    [nanoseconds % minute !== 0n, secondsText(nanoseconds % minute, unit === "day_time" ? 3 : 9)],
  ] as const;
  const text = parts.filter(([present]) => present).map(([, part]) => part);
  return text.length === 0 ? "0 secs" : text.join(" ");
}

function decimal({ unscaled, scale }: DecimalValue): string {
  const digits = magnitude(unscaled).toString();
  const sign = unscaled < 0n ? "-" : "";
  if (scale <= 0) return `${sign}${digits}${"0".repeat(-scale)}`;
  const all = digits.padStart(scale + 1, "0");
  return `${sign}${all.slice(0, -scale)}.${all.slice(-scale)}`;
}

function unusual(value: number): string | null {
  if (Number.isNaN(value)) return "NaN";
  if (value === 0) return Object.is(value, -0) ? "-0.0" : "0.0";
  if (Number.isFinite(value)) return null;
  return value < 0 ? "-inf" : "inf";
}

/** Digits and exponent as Rust's shortest form writes them: `1.0`, `1.5e300`, `1e-7`. */
function float(value: number, single: boolean): string {
  const [most, least] = single ? [13, -6] : [16, -5];
  const precise = Math.abs(single ? shortestSingle(value) : value);
  const [digits = "", exponent = "0"] = precise.toExponential().replace(".", "").split("e");
  const point = Number(exponent) + 1;
  const sign = value < 0 ? "-" : "";
  if (point > 0 && point <= most) {
    return `${sign}${digits.slice(0, point).padEnd(point, "0")}.${digits.slice(point) || "0"}`;
  }
  if (point <= 0 && point > least) return `${sign}0.${"0".repeat(-point)}${digits}`;
  const rest = digits.length > 1 ? `.${digits.slice(1)}` : "";
  return `${sign}${digits.slice(0, 1)}${rest}e${point - 1}`;
}

function shortestSingle(value: number): number {
  for (let precision = 1; precision < 9; precision += 1) {
    const rounded = Number(value.toPrecision(precision));
    if (Math.fround(rounded) === value) return rounded;
  }
  return value;
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function struct(value: object, fields: readonly NestedField[]): string {
  const values = new Map<string, unknown>(Object.entries(value));
  return `{${fields.map(({ name, type }) => `${name}: ${arrowDisplay(values.get(name), type)}`).join(", ")}}`;
}

type Shown<T> = (value: T, type: FieldType) => string;

/** The text that Arrow shows for a lossless row value. */
export function arrowDisplay(value: unknown, type: FieldType): string {
  if (type.type === "dictionary") return arrowDisplay(value, type.value);
  if (type.type === "run_end_encoded") return arrowDisplay(value, type.values.type);
  if (value === null) return "NULL";
  const show = shown[type.type];
  if (show !== undefined) return blindCast<Shown<unknown>, "the type tells what the value is">(show)(value, type);
  return typeof value === "bigint" || typeof value === "number" || typeof value === "boolean"
    ? value.toString()
    : blindCast<string, "all other types are listed">(value);
}

const list: Shown<unknown[]> = (items, type) => {
  const item = "item" in type ? type.item.type : type;
  return `[${items.map((one) => arrowDisplay(one, item)).join(", ")}]`;
};

const shown: Readonly<Record<string, Shown<never>>> = {
  float32: (value: number) => unusual(value) ?? float(value, true),
  float64: (value: number) => unusual(value) ?? float(value, false),
  decimal,
  binary: hex,
  large_binary: hex,
  binary_view: hex,
  fixed_size_binary: hex,
  date32: (value: { readonly days: number }) => dateText(value.days),
  date64: (value: { readonly days: number }) => {
    const ms = BigInt(Math.round(value.days * 86_400_000));
    const days = floorDivided(ms, 86_400_000n);
    return `${dateText(Number(days))}T${clock(ms - days * 86_400_000n, "ms")}`;
  },
  time32: (value: TimeValue) => clock(value.value, value.unit),
  time64: (value: TimeValue) => clock(value.value, value.unit),
  timestamp: instant,
  duration,
  interval: (value: IntervalValue, type: FieldType) =>
    interval(value, type.type === "interval" ? type.unit : "month_day_nano"),
  list,
  large_list: list,
  list_view: list,
  large_list_view: list,
  fixed_size_list: list,
  struct: (value: object, type: FieldType) => struct(value, type.type === "struct" ? type.fields : []),
  map: (value: Map<unknown, unknown>, type: FieldType) => {
    const [key, item] = type.type === "map" ? [type.key.type, type.value.type] : [type, type];
    const entries = Array.from(value, ([k, v]) => `${arrowDisplay(k, key)}: ${arrowDisplay(v, item)}`);
    return `{${entries.join(", ")}}`;
  },
};
