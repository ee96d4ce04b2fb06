import { describe, expect, it } from "vitest";
import { type CanonicalValue, canonicalJson } from "../src/canonical-json.ts";
import { blindCast } from "../src/casts.ts";
import { goldenCases } from "./golden-cases.ts";

class Point {
  readonly x = 1;
}

const cycle: { self?: unknown } = {};
cycle.self = cycle;

function nested(levels: number): unknown {
  return levels === 0 ? 0 : [nested(levels - 1)];
}

const hole: unknown[] = [1];
hole.length = 2;

const rejected: readonly (readonly [string, unknown, string, string])[] = [
  ["a fraction", { a: 1.5 }, "a", "fractions are not allowed; write them as text"],
  ["NaN", [Number.NaN], "[0]", "NaN is not a number of JSON"],
  ["an infinity", { a: { b: -Infinity } }, "a.b", "-Infinity is not a number of JSON"],
  ["an unsafe integer", 2 ** 53, "", "the integer is not safe; use a bigint"],
  ["a lone high surrogate", "a\uD83D", "", "the text has a lone surrogate"],
  ["a lone low surrogate", ["\uDE00a"], "[0]", "the text has a lone surrogate"],
  ["a lone surrogate in a key", { "\uD83D": 1 }, '["\\ud83d"]', "the text has a lone surrogate"],
  ["undefined in an array", [undefined], "[0]", "undefined is only allowed as a member of an object"],
  ["undefined", undefined, "", "undefined is only allowed as a member of an object"],
  ["a hole", { a: hole }, "a[1]", "the array has a hole"],
  ["a symbol", { "a-b": Symbol("x") }, '["a-b"]', "a symbol is not data"],
  ["a symbol as key", { [Symbol("x")]: 1 }, "", "the object has a symbol as key"],
  ["a function", { toJSON: () => 1 }, "toJSON", "a function is not data"],
  ["a Map", new Map(), "", "it is neither a plain object nor an array"],
  ["a Set", new Set(), "", "it is neither a plain object nor an array"],
  ["a Date", { at: new Date(0) }, "at", "it is neither a plain object nor an array"],
  ["a typed array", new Uint8Array(1), "", "it is neither a plain object nor an array"],
  ["a class instance", new Point(), "", "it is neither a plain object nor an array"],
  ["a cycle", cycle, "self", "the value contains itself"],
  ["65 levels", nested(65), "[0]".repeat(64), "it is nested deeper than 64 levels"],
];

describe("canonicalJson", () => {
  it.each(goldenCases())("writes the text of $id", ({ value, text }) => {
    expect(canonicalJson(value)).toBe(text);
  });

  it.each(rejected)("rejects %s", (_what, value, path, reason) => {
    const text = (): string => canonicalJson(blindCast<CanonicalValue, "rejected at run time">(value));
    expect(text).toThrow(expect.objectContaining({ code: "CONFIG.NOT_CANONICAL", details: { path, reason } }));
  });

  it("drops undefined members and writes -0 as 0", () => {
    expect(canonicalJson({ b: undefined, a: -0 })).toBe('{"a":0}');
  });

  it("accepts objects without a prototype and the same object twice", () => {
    const shared: Record<string, CanonicalValue> = Object.assign(Object.create(null), { x: 1 });
    expect(canonicalJson([shared, shared])).toBe('[{"x":1},{"x":1}]');
  });

  it("gives one text whatever the order of the keys", () => {
    expect(canonicalJson({ a: 1, b: { d: 2, c: 3 } })).toBe(canonicalJson({ b: { c: 3, d: 2 }, a: 1 }));
  });

  it("reads back as the same value", () => {
    const value = { text: "ü\n\u2028😀", list: [1, null, false, { deep: [] }] };
    expect(JSON.parse(canonicalJson(value))).toEqual(value);
  });
});
