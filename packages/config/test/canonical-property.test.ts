import { describe, expect, it } from "vitest";
import { type CanonicalValue, canonicalJson } from "../src/canonical-json.ts";
import { blindCast } from "../src/casts.ts";
import { fingerprint } from "../src/fingerprint.ts";
import { randomNumbers } from "./random-numbers.ts";

type Members = readonly (readonly [key: string, value: CanonicalValue])[];

const parts = ["", "a", "B", "9", "10", "-1", "__proto__", "\u0000", '"', "\\", "\n", "\u007f", "\u00e9", "e\u0301"];
const beyond = ["\u2028", "\ud7ff", "\ue000", "\uffff", "\u{10000}", "\u{1f600}", "\u{10ffff}"];
const numbers = [0, -0, 1, -1, 2 ** 31, -(2 ** 31), Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER];
const wide = [0n, -1n, 2n ** 53n, -(2n ** 63n), 2n ** 64n, 10n ** 40n];

interface Random {
  readonly next: () => number;
  readonly pick: <T>(items: readonly T[]) => T;
}

function random(seed: number): Random {
  const next = randomNumbers(seed);
  return {
    next,
    pick: <T>(items: readonly T[]) => blindCast<T, "the index is inside">(items[Math.floor(next() * items.length)]),
  };
}

function text({ next, pick }: Random): string {
  return Array.from({ length: Math.floor(next() * 4) }, () => pick(next() < 0.5 ? parts : beyond)).join("");
}

function members(from: Random, depth: number): Members {
  const count = Math.floor(from.next() * 6);
  const list = Array.from({ length: count }, () => [text(from), value(from, depth - 1)] as const);
  return [...new Map(list)];
}

function value(from: Random, depth: number): CanonicalValue {
  const kind = from.next();
  if (depth > 0 && kind < 0.4) return Object.fromEntries(members(from, depth));
  if (depth > 0 && kind < 0.6) {
    return Array.from({ length: Math.floor(from.next() * 4) }, () => value(from, depth - 1));
  }
  if (kind < 0.7) return from.pick(numbers);
  if (kind < 0.8) return from.pick(wide);
  return kind < 0.9 ? text(from) : from.pick([null, true, false]);
}

function shuffled<T>(items: readonly T[], { next }: Random): readonly T[] {
  const placed = items.map((item) => ({ item, place: next() }));
  return placed.toSorted((a, b) => a.place - b.place).map(({ item }) => item);
}

function isList(of: CanonicalValue): of is readonly CanonicalValue[] {
  return Array.isArray(of);
}

/** The same value with the members of all objects in another order, and members that are undefined between them. */
function disordered(of: CanonicalValue, from: Random): CanonicalValue {
  if (isList(of)) return of.map((item) => disordered(item, from));
  if (typeof of !== "object" || of === null) return of;
  const list = Object.entries(of).map(([key, member]) => {
    return [key, member === undefined ? member : disordered(member, from)] as const;
  });
  return Object.fromEntries(shuffled([...list, ["absent", undefined] as const], from));
}

function unitsBefore(a: string, b: string): number {
  for (let at = 0; at < Math.min(a.length, b.length); at += 1) {
    if (a.charCodeAt(at) !== b.charCodeAt(at)) return a.charCodeAt(at) - b.charCodeAt(at);
  }
  return a.length - b.length;
}

/** What canonicalJson has to write, put together in the plainest way. */
function expected(of: CanonicalValue): string {
  if (isList(of)) return `[${of.map((item) => expected(item)).join(",")}]`;
  if (typeof of === "bigint") return String(of);
  if (typeof of !== "object" || of === null) return JSON.stringify(of);
  const list = Object.entries(of).flatMap(([key, member]) => (member === undefined ? [] : [[key, member] as const]));
  const sorted = list.toSorted(([a], [b]) => unitsBefore(a, b));
  return `{${sorted.map(([key, member]) => `${JSON.stringify(key)}:${expected(member)}`).join(",")}}`;
}

/** The value without bigint, which JSON.parse does not give back. */
function readable(of: CanonicalValue): CanonicalValue {
  if (isList(of)) return of.map((item) => readable(item));
  if (typeof of === "bigint") return of.toString();
  if (typeof of === "number") return of === 0 ? 0 : of;
  if (typeof of !== "object" || of === null) return of;
  return Object.fromEntries(Object.entries(of).map(([key, member]) => [key, readable(member ?? null)]));
}

const seeds = Array.from({ length: 400 }, (_, seed) => seed);

describe("canonicalJson of random values", () => {
  it("sorts by code unit at every level and writes texts and integers as JSON does", () => {
    for (const seed of seeds) {
      const sample = value(random(seed), 5);
      expect({ seed, text: canonicalJson(sample) }).toEqual({ seed, text: expected(sample) });
    }
  });

  it("does not depend on the order of members or on those that are undefined", () => {
    for (const seed of seeds) {
      const from = random(seed);
      const sample = value(from, 5);
      const other = disordered(sample, from);
      expect({ seed, text: canonicalJson(other) }).toEqual({ seed, text: canonicalJson(sample) });
      expect(fingerprint("test", 1, other)).toBe(fingerprint("test", 1, sample));
    }
  });

  it("gives different texts to different values, which can be read back", () => {
    const texts = new Map<string, CanonicalValue>();
    for (const seed of seeds) {
      const sample = readable(value(random(seed), 5));
      const written = canonicalJson(sample);
      expect(JSON.parse(written)).toEqual(sample);
      expect(canonicalJson(JSON.parse(written))).toBe(written);
      expect(texts.get(written) ?? sample).toEqual(sample);
      texts.set(written, sample);
    }
    expect(texts.size).toBeGreaterThan(200);
  });
});
