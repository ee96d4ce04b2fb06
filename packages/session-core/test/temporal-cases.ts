import type { ColumnParts } from "../src/column-view.ts";
import { dateValue, durationValue, intervalValue, timestampValue, timeValue } from "../src/values.ts";

/** Values of one type, and what each row mode makes of them. */
export interface ValueCase {
  readonly name: string;
  /** Logical type. */
  readonly type: string;
  /** Type of the column where it differs from the logical one. */
  readonly storage?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly parts: Omit<ColumnParts, "type" | "length" | "nullCount">;
  readonly lossless: readonly unknown[];
  /** Default: as lossless. */
  readonly plain?: readonly unknown[];
  /** Default: as plain. */
  readonly numbers?: readonly unknown[];
  /** Default: as plain. */
  readonly json?: readonly unknown[];
}

const utc = (text: string): Date => new Date(`${text}Z`);
const second = 978_307_200n;

/** Cases of dates, times, timestamps, durations and intervals. */
export const temporalCases: readonly ValueCase[] = [
  {
    name: "date32",
    type: "date32",
    parts: { values: Int32Array.of(0, -1, 11_323) },
    lossless: [dateValue(0), dateValue(-1), dateValue(11_323)],
    plain: [utc("1970-01-01T00:00"), utc("1969-12-31T00:00"), utc("2001-01-01T00:00")],
    numbers: [0, -86_400_000, 978_307_200_000],
    json: ["1970-01-01", "1969-12-31", "2001-01-01"],
  },
  {
    name: "date64",
    type: "date64",
    parts: { values: BigInt64Array.of(0n, -1n, 978_307_200_001n) },
    lossless: [dateValue(0), dateValue(-1 / 86_400_000), dateValue(978_307_200_001 / 86_400_000)],
    plain: [utc("1970-01-01T00:00"), utc("1969-12-31T23:59:59.999"), utc("2001-01-01T00:00:00.001")],
    numbers: [0, -1, 978_307_200_001],
    json: ["1970-01-01", "1969-12-31T23:59:59.999", "2001-01-01T00:00:00.001"],
  },
  {
    name: "time32(s)",
    type: "time32(s)",
    parts: { values: Int32Array.of(0, 86_399) },
    lossless: [timeValue(0n, "s"), timeValue(86_399n, "s")],
    plain: ["00:00:00", "23:59:59"],
    numbers: [0, 86_399_000],
    json: ["00:00:00", "23:59:59"],
  },
  {
    name: "time32(ms)",
    type: "time32(ms)",
    parts: { values: Int32Array.of(1, 86_399_999) },
    lossless: [timeValue(1n, "ms"), timeValue(86_399_999n, "ms")],
    plain: ["00:00:00.001", "23:59:59.999"],
    numbers: [1, 86_399_999],
    json: ["00:00:00.001", "23:59:59.999"],
  },
  {
    name: "time64(us)",
    type: "time64(us)",
    parts: { values: BigInt64Array.of(1_500n, 86_399_999_999n) },
    lossless: [timeValue(1_500n, "us"), timeValue(86_399_999_999n, "us")],
    plain: ["00:00:00.001500", "23:59:59.999999"],
    numbers: [1.5, 86_399_999.999],
    json: ["00:00:00.001500", "23:59:59.999999"],
  },
  {
    name: "time64(ns)",
    type: "time64(ns)",
    parts: { values: BigInt64Array.of(1_500_000n, 86_399_999_999_999n) },
    lossless: [timeValue(1_500_000n, "ns"), timeValue(86_399_999_999_999n, "ns")],
    plain: ["00:00:00.001500000", "23:59:59.999999999"],
    numbers: [1.5, 86_399_999.999999],
    json: ["00:00:00.001500000", "23:59:59.999999999"],
  },
  {
    name: "timestamp(s)",
    type: "timestamp(s)",
    parts: { values: BigInt64Array.of(0n, -1n, second) },
    lossless: [0n, -1n, second].map((value) => timestampValue(value, "s", null)),
    plain: [utc("1970-01-01T00:00"), utc("1969-12-31T23:59:59"), utc("2001-01-01T00:00")],
    numbers: [0, -1000, 978_307_200_000],
    json: ["1970-01-01T00:00:00", "1969-12-31T23:59:59", "2001-01-01T00:00:00"],
  },
  {
    name: "timestamp(ms, UTC)",
    type: "timestamp(ms, UTC)",
    parts: { values: BigInt64Array.of(0n, -1n, second * 1000n + 1n) },
    lossless: [0n, -1n, second * 1000n + 1n].map((value) => timestampValue(value, "ms", "UTC")),
    plain: [utc("1970-01-01T00:00"), utc("1969-12-31T23:59:59.999"), utc("2001-01-01T00:00:00.001")],
    numbers: [0, -1, 978_307_200_001],
    json: ["1970-01-01T00:00:00.000Z", "1969-12-31T23:59:59.999Z", "2001-01-01T00:00:00.001Z"],
  },
  {
    name: "timestamp(us)",
    type: "timestamp(us)",
    parts: { values: BigInt64Array.of(-1n, -1001n, second * 1_000_000n + 1_500n, -8_640_000_000_000_000_000n) },
    lossless: [-1n, -1001n, second * 1_000_000n + 1_500n, -8_640_000_000_000_000_000n].map((value) =>
      timestampValue(value, "us", null),
    ),
    plain: [
      utc("1969-12-31T23:59:59.999"),
      utc("1969-12-31T23:59:59.998"),
      utc("2001-01-01T00:00:00.001"),
      new Date(-8.64e15),
    ],
    numbers: [-0.001, -1.001, 978_307_200_001.5, -8.64e15],
    json: [
      "1969-12-31T23:59:59.999999",
      "1969-12-31T23:59:59.998999",
      "2001-01-01T00:00:00.001500",
      "-271821-04-20T00:00:00.000000",
    ],
  },
  {
    name: "timestamp(ns, Europe/Berlin)",
    type: "timestamp(ns, Europe/Berlin)",
    parts: {
      values: BigInt64Array.of(
        -1n,
        0n,
        9_223_372_036_854_775_807n,
        -9_223_372_036_854_775_808n,
        second * 1_000_000_000n,
      ),
    },
    lossless: [-1n, 0n, 9_223_372_036_854_775_807n, -9_223_372_036_854_775_808n, second * 1_000_000_000n].map((value) =>
      timestampValue(value, "ns", "Europe/Berlin"),
    ),
    plain: [
      utc("1969-12-31T23:59:59.999"),
      utc("1970-01-01T00:00"),
      utc("2262-04-11T23:47:16.854"),
      utc("1677-09-21T00:12:43.145"),
      utc("2001-01-01T00:00"),
    ],
    numbers: [-0.000001, 0, 9_223_372_036_854.775, -9_223_372_036_854.775, 978_307_200_000],
    json: [
      "1969-12-31T23:59:59.999999999Z",
      "1970-01-01T00:00:00.000000000Z",
      "2262-04-11T23:47:16.854775807Z",
      "1677-09-21T00:12:43.145224192Z",
      "2001-01-01T00:00:00.000000000Z",
    ],
  },
  {
    name: "duration(s)",
    type: "duration(s)",
    parts: { values: BigInt64Array.of(90n, -1n) },
    lossless: [durationValue(90n, "s"), durationValue(-1n, "s")],
    plain: [90_000, -1000],
    json: ["PT1M30S", "PT-1S"],
  },
  {
    name: "duration(ns)",
    type: "duration(ns)",
    parts: { values: BigInt64Array.of(1_500_000n, -1n) },
    lossless: [durationValue(1_500_000n, "ns"), durationValue(-1n, "ns")],
    plain: [1.5, -0.000001],
    json: ["PT0.0015S", "PT-0.000000001S"],
  },
  {
    name: "interval(year_month)",
    type: "interval(year_month)",
    parts: { values: Int32Array.of(14, -1) },
    lossless: [intervalValue(14, 0, 0n), intervalValue(-1, 0, 0n)],
    json: ["P1Y2M", "P-1M"],
  },
  {
    name: "interval(day_time)",
    type: "interval(day_time)",
    parts: { values: Int32Array.of(1, 1500, -2, -1) },
    lossless: [intervalValue(0, 1, 1_500_000_000n), intervalValue(0, -2, -1_000_000n)],
    json: ["P1DT1.5S", "P-2DT-0.001S"],
  },
  {
    name: "interval(month_day_nano)",
    type: "interval(month_day_nano)",
    parts: { values: Int32Array.of(1, 2, 3, 0, -1, -2, -1, -1) },
    lossless: [intervalValue(1, 2, 3n), intervalValue(-1, -2, -1n)],
    json: ["P1M2DT0.000000003S", "P-1M-2DT-0.000000001S"],
  },
];
