import { expect, it } from "vitest";
import { nearest } from "../src/nearest.ts";

it.each([
  ["limt", ["limit", "pool"], "limit"],
  ["lmiit", ["limit", "pool"], "limit"],
  ["LIMIT", ["limit"], "limit"],
  ["ab", ["ac", "aa"], "aa"],
  ["a", ["b"], undefined],
  ["", ["a"], undefined],
  ["memory", ["spill", "cache"], undefined],
  ["schemahardning", ["schemaHardening"], "schemaHardening"],
  ["abcdefghijklmnopqrst", ["abcdefghijklmnop"], "abcdefghijklmnop"],
  ["abcdefghijklmnopqrst", ["abcdefghijklmno"], undefined],
])("takes %j for the nearest of %j: %s", (text, candidates, expected) => {
  expect(nearest(text, candidates)).toBe(expected);
});
