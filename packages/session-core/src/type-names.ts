import type { IntervalUnit, SimpleType, TimeUnit } from "./field-type.ts";

/** Spellings of types without members, in {@link normalName} form. */
export const simpleTypes: Readonly<Record<string, SimpleType["type"]>> = {
  null: "null",
  bool: "bool",
  boolean: "bool",
  int8: "int8",
  tinyint: "int8",
  int16: "int16",
  smallint: "int16",
  int2: "int16",
  int32: "int32",
  integer: "int32",
  int4: "int32",
  int64: "int64",
  bigint: "int64",
  int: "int64",
  uint8: "uint8",
  uint16: "uint16",
  uint32: "uint32",
  uint64: "uint64",
  float16: "float16",
  halffloat: "float16",
  float32: "float32",
  float4: "float32",
  real: "float32",
  float64: "float64",
  float8: "float64",
  double: "float64",
  float: "float64",
  utf8: "utf8",
  string: "utf8",
  text: "utf8",
  varchar: "utf8",
  char: "utf8",
  character: "utf8",
  largeutf8: "large_utf8",
  largestring: "large_utf8",
  utf8view: "utf8_view",
  stringview: "utf8_view",
  binary: "binary",
  bytes: "binary",
  bytea: "binary",
  blob: "binary",
  varbinary: "binary",
  largebinary: "large_binary",
  binaryview: "binary_view",
  date32: "date32",
  date: "date32",
  date64: "date64",
};

/** What an integer becomes when `UNSIGNED` follows it. */
export const unsignedTypes: Readonly<Partial<Record<SimpleType["type"], SimpleType["type"]>>> = {
  int8: "uint8",
  int16: "uint16",
  int32: "uint32",
  int64: "uint64",
};

/** Spellings of time units, in {@link normalName} form; digits are SQL's fractional digits. */
export const timeUnits: Readonly<Record<string, TimeUnit>> = {
  s: "s",
  second: "s",
  "0": "s",
  ms: "ms",
  millisecond: "ms",
  "3": "ms",
  us: "us",
  µs: "us",
  microsecond: "us",
  "6": "us",
  ns: "ns",
  nanosecond: "ns",
  "9": "ns",
};

/** Spellings of interval units, in {@link normalName} form. */
export const intervalUnits: Readonly<Record<string, IntervalUnit>> = {
  yearmonth: "year_month",
  daytime: "day_time",
  monthdaynano: "month_day_nano",
};

/** Names of the types with members, as they are suggested. */
const memberTypes = [
  "decimal",
  "numeric",
  "decimal32",
  "decimal64",
  "decimal128",
  "decimal256",
  "fixed_size_binary",
  "time",
  "time32",
  "time64",
  "timestamp",
  "timestamptz",
  "duration",
  "interval",
  "list",
  "array",
  "large_list",
  "list_view",
  "large_list_view",
  "fixed_size_list",
  "struct",
  "map",
  "dictionary",
  "run_end_encoded",
  "sparse_union",
  "dense_union",
] as const;

/** A name without case and underscores: `LargeUtf8` and `large_utf8` are one. */
export function normalName(name: string): string {
  return name.toLowerCase().replaceAll("_", "");
}

function editDistance(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const substitution = (previous[column - 1] ?? 0) + (from[row - 1] === to[column - 1] ? 0 : 1);
      const step = Math.min(previous[column] ?? 0, current[column - 1] ?? 0) + 1;
      current.push(Math.min(substitution, step));
    }
    previous = current;
  }
  return previous[to.length] ?? 0;
}

/** The type name closest to an unknown one; null when none is close. */
export function nearestTypeName(name: string): string | null {
  const wanted = normalName(name);
  const limit = Math.max(1, Math.floor(wanted.length / 3));
  const names = [...Object.values(simpleTypes), ...Object.keys(simpleTypes), ...memberTypes];
  const ranked = names.map((candidate) => ({ candidate, distance: editDistance(wanted, normalName(candidate)) }));
  const best = ranked.reduce((left, right) => (right.distance < left.distance ? right : left));
  return best.distance <= limit ? best.candidate : null;
}
