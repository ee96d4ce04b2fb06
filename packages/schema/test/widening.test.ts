import { parseTypeText } from "@deltafuse/session-core/type-text";
import { describe, expect, it } from "vitest";
import { isSafeWidening } from "../src/field-type.ts";

function widens(from: string, to: string): boolean {
  return isSafeWidening(parseTypeText(from), parseTypeText(to));
}

/** Every pair of these that widens, by the table of the design; all other pairs are refused. */
const scalars: Readonly<Record<string, readonly string[]>> = {
  bool: [],
  int8: ["int16", "int32", "int64", "float32", "float64", "decimal128(3,0)", "decimal128(12,2)", "decimal128(38,10)"],
  int16: ["int32", "int64", "float32", "float64", "decimal128(12,2)", "decimal128(38,10)"],
  int32: ["int64", "float64", "decimal128(12,2)", "decimal128(38,10)"],
  int64: ["decimal128(38,10)"],
  uint8:
    "uint16 uint32 uint64 int16 int32 int64 float32 float64 decimal128(3,0) decimal128(12,2) decimal128(38,10)".split(
      " ",
    ),
  uint16: ["uint32", "uint64", "int32", "int64", "float32", "float64", "decimal128(12,2)", "decimal128(38,10)"],
  uint32: ["uint64", "int64", "float64", "decimal128(12,2)", "decimal128(38,10)"],
  uint64: ["decimal128(38,10)"],
  float16: ["float32", "float64"],
  float32: ["float64"],
  float64: [],
  utf8: ["large_utf8", "utf8_view", "dictionary<int32,utf8>"],
  large_utf8: ["utf8", "utf8_view", "dictionary<int32,utf8>"],
  utf8_view: ["utf8", "large_utf8", "dictionary<int32,utf8>"],
  "dictionary<int32,utf8>": ["utf8", "large_utf8", "utf8_view"],
  "dictionary<int8,int16>": ["int16", "int32", "int64", "float32", "float64", "decimal128(12,2)", "decimal128(38,10)"],
  binary: [],
  date32: ["date64"],
  date64: [],
  "time32(s)": ["time64(us)"],
  "time64(us)": [],
  "timestamp(s)": ["timestamp(ms)", "timestamp(us)"],
  "timestamp(ms)": ["timestamp(us)"],
  "timestamp(us)": [],
  "timestamp(ns)": [],
  "timestamp(us, UTC)": [],
  "decimal128(3,0)": ["decimal128(12,2)", "decimal128(38,10)"],
  "decimal128(12,2)": ["decimal128(38,10)"],
  "decimal128(38,10)": [],
  "duration(s)": [],
};

/** int16 is what the dictionary holds: it widens to it and what widens to int16 does too. */
const extra: Readonly<Record<string, readonly string[]>> = {
  int8: ["dictionary<int8,int16>"],
  uint8: ["dictionary<int8,int16>"],
  int16: ["dictionary<int8,int16>"],
};

const names = Object.keys(scalars);

describe("isSafeWidening", () => {
  it("answers the table exhaustively", () => {
    for (const from of names) {
      const expected = new Set([from, ...(scalars[from] ?? []), ...(extra[from] ?? [])]);
      expect({ from, to: names.filter((to) => widens(from, to)) }).toEqual({
        from,
        to: names.filter((to) => expected.has(to)),
      });
    }
  });

  it("is transitive", () => {
    const broken = names.flatMap((a) =>
      names.flatMap((b) =>
        names.filter((c) => widens(a, b) && widens(b, c) && !widens(a, c)).map((c) => `${a} ${b} ${c}`),
      ),
    );
    expect(broken).toEqual([]);
  });

  it.each(["int64", "list<utf8>", "struct<a: int8!>", "timestamp(ns, Europe/Vienna)"])("takes null as any %s", (to) => {
    expect(widens("null", to)).toBe(true);
  });

  it.each([
    ["list<int32>", "large_list<int64>", true],
    ["fixed_size_list<int8,3>", "list<int16>", true],
    ["fixed_size_list<int8,3>", "fixed_size_list<int16,3>", true],
    ["fixed_size_list<int8,3>", "fixed_size_list<int8,4>", false],
    ["list<int8>", "fixed_size_list<int8,3>", false],
    ["list<int64>", "list<int32>", false],
    ["list<int8!>", "list<int8>", true],
    ["list<int8>", "list<int8!>", false],
    ["struct<a: int8>", "struct<a: int64, b: utf8>", true],
    ["struct<a: int8>", "struct<a: int64, b: utf8!>", false],
    ["struct<a: int8, b: utf8>", "struct<a: int8>", false],
    ["map<utf8,int8>", "map<large_utf8,int16>", true],
    ["map<int8,utf8>", "map<int16,utf8>", false],
    ["map<utf8,int8,sorted>", "map<utf8,int8>", true],
    ["map<utf8,int8>", "map<utf8,int8,sorted>", false],
    ["int8", "decimal128(3,-2)", false],
  ])("%s to %s: %s", (from, to, expected) => {
    expect(widens(from, to)).toBe(expected);
  });
});
