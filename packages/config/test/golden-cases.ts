import { readFileSync } from "node:fs";
import type { CanonicalValue, JsonValue } from "../src/canonical-json.ts";
import { blindCast } from "../src/casts.ts";

/** A case of golden/canonical.json, which the Rust twin of canonical JSON reads too. */
interface GoldenCase {
  readonly id: string;
  readonly value: CanonicalValue;
  readonly text: string;
  readonly digest?: { readonly kind: string; readonly version: number; readonly sha256: string };
}

function decode(value: JsonValue): CanonicalValue {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item: JsonValue) => decode(item));
  const entries = Object.entries(value);
  const [first] = entries;
  if (entries.length === 1 && first?.[0] === "$bigint" && typeof first[1] === "string") return BigInt(first[1]);
  return Object.fromEntries(entries.map(([key, member]) => [key, decode(member)]));
}

export function goldenCases(): readonly GoldenCase[] {
  const text = readFileSync(new URL("golden/canonical.json", import.meta.url), "utf8");
  const cases = blindCast<(Omit<GoldenCase, "value"> & { value: JsonValue })[], "the shape of the file">(
    JSON.parse(text),
  );
  return cases.map((entry) => ({ ...entry, value: decode(entry.value) }));
}
