import { describe, expect, it } from "vitest";
import type { TimeUnit } from "../src/field-type.ts";
import {
  dateValue,
  decimalValue,
  durationValue,
  intervalValue,
  isValueObject,
  timestampValue,
  timeValue,
} from "../src/values.ts";

describe("DecimalValue", () => {
  it.each([
    [1250n, 2, "12.50"],
    [-5n, 2, "-0.05"],
    [0n, 3, "0.000"],
    [-100n, 0, "-100"],
    [12n, -3, "12000"],
    [99999999999999999999999999999999999999n, 38, "0.99999999999999999999999999999999999999"],
  ])("prints %s with scale %i", (unscaled, scale, text) => {
    const value = decimalValue(unscaled, 38, scale);
    expect([value.toString(), JSON.stringify(value)]).toEqual([text, `"${text}"`]);
  });

  it("compares by number across scales", () => {
    const half = decimalValue(5n, 10, 1);
    expect(half.compare(decimalValue(50n, 10, 2))).toBe(0);
    expect(half.compare(decimalValue(-51n, 10, 2))).toBe(1);
    expect(half.compare(decimalValue(51n, 10, 2))).toBe(-1);
  });
});

describe("DateValue", () => {
  it("prints every day of four centuries and the edges of the calendar as Date does", () => {
    const days = Array.from({ length: 300_000 }, (_, index) => index - 150_000);
    const wrong = days.filter(
      (day) => !new Date(day * 86_400_000).toISOString().startsWith(`${dateValue(day).toString()}T`),
    );
    expect(wrong).toEqual([]);
    expect(dateValue(-719_528).toString()).toBe("0000-01-01");
    expect(dateValue(-719_529).toString()).toBe("-000001-12-31");
    expect(dateValue(2_932_897).toString()).toBe("+010000-01-01");
    expect(dateValue(2_147_483_647).toString()).toBe("+5881580-07-11");
  });

  it("compares by day", () => {
    expect([dateValue(-1).compare(dateValue(0)), dateValue(3).compare(dateValue(3))]).toEqual([-1, 0]);
  });
});

describe("TimeValue", () => {
  it.each([
    [86_399n, "s", "23:59:59"],
    [1n, "ms", "00:00:00.001"],
    [43_200_000_001n, "us", "12:00:00.000001"],
    [86_399_999_999_999n, "ns", "23:59:59.999999999"],
  ] as [bigint, TimeUnit, string][])("prints %s %s", (value, unit, text) => {
    expect(JSON.stringify(timeValue(value, unit))).toBe(`"${text}"`);
  });

  it("compares across units", () => {
    expect(timeValue(1n, "s").compare(timeValue(1000n, "ms"))).toBe(0);
    expect(timeValue(1n, "s").compare(timeValue(999_999_999n, "ns"))).toBe(1);
  });
});

describe("TimestampValue", () => {
  it.each([
    [0n, "s", null, "1970-01-01T00:00:00"],
    [0n, "s", "UTC", "1970-01-01T00:00:00Z"],
    [-1n, "ns", null, "1969-12-31T23:59:59.999999999"],
    [-1n, "ms", "Europe/Berlin", "1969-12-31T23:59:59.999Z"],
    [978_307_200_000_001n, "us", null, "2001-01-01T00:00:00.000001"],
    [-62_167_219_200_001n, "ms", null, "-000001-12-31T23:59:59.999"],
    [9_223_372_036_854_775_807n, "ns", null, "2262-04-11T23:47:16.854775807"],
    [-9_223_372_036_854_775_808n, "ns", null, "1677-09-21T00:12:43.145224192"],
    [9_223_372_036_854_775_807n, "s", null, "+292277026596-12-04T15:30:07"],
  ] as [bigint, TimeUnit, string | null, string][])("prints %s %s in zone %s", (value, unit, zone, text) => {
    expect(timestampValue(value, unit, zone).toJSON()).toBe(text);
  });

  it("compares by instant", () => {
    expect(timestampValue(1n, "s", "UTC").compare(timestampValue(1_000_000_000n, "ns", null))).toBe(0);
    expect(timestampValue(-1n, "ns", "UTC").compare(timestampValue(0n, "s", null))).toBe(-1);
  });
});

describe("DurationValue", () => {
  it.each([
    [0n, "s", "PT0S"],
    [5_400n, "s", "PT1H30M"],
    [-1_500n, "ms", "PT-1.5S"],
    [90_061_000_001n, "us", "PT25H1M1.000001S"],
    [3_600_000_000_000n, "ns", "PT1H"],
  ] as [bigint, TimeUnit, string][])("prints %s %s", (value, unit, text) => {
    expect(durationValue(value, unit).toString()).toBe(text);
  });

  it("compares by length", () => {
    expect(durationValue(60n, "s").compare(durationValue(60_000n, "ms"))).toBe(0);
  });
});

describe("IntervalValue", () => {
  it.each([
    [0, 0, 0n, "PT0S"],
    [14, 3, 14_706_500_000_000n, "P1Y2M3DT4H5M6.5S"],
    [-1, 2, -3_000_000_000n, "P-1M2DT-3S"],
    [24, 0, 0n, "P2Y"],
  ])("prints %i months, %i days, %s ns", (months, days, nanoseconds, text) => {
    expect(JSON.stringify(intervalValue(months, days, nanoseconds))).toBe(`"${text}"`);
  });

  it("compares months first, then days, then nanoseconds", () => {
    expect(intervalValue(1, 0, 0n).compare(intervalValue(0, 31, 0n))).toBe(1);
    expect(intervalValue(0, 1, 0n).compare(intervalValue(0, 1, 1n))).toBe(-1);
    expect(intervalValue(0, 1, 1n).compare(intervalValue(0, 1, 1n))).toBe(0);
  });
});

describe("isValueObject", () => {
  it("accepts value objects alone", () => {
    const values = [decimalValue(1n, 1, 0), dateValue(0), intervalValue(0, 0, 0n)];
    expect(values.every(isValueObject)).toBe(true);
    expect([null, 1, {}, { kind: "decimal" }, new Date(), "x"].some(isValueObject)).toBe(false);
  });
});
