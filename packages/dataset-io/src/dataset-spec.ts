import type { CanonicalValue } from "@deltafuse/config/canonical-json";
import { type Fingerprint, fingerprint } from "@deltafuse/config/fingerprint";
import type { ResolvedLocation } from "./location.ts";

function canonical(value: unknown): CanonicalValue {
  if (typeof value === "number" && !Number.isSafeInteger(value)) return { number: String(value) };
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value === "object" && value !== null) {
    const members = Object.entries(value).filter(([, member]) => member !== undefined);
    return Object.fromEntries(members.map(([name, member]) => [name, canonical(member)]));
  }
  if (typeof value === "bigint") return value;
  return typeof value === "boolean" || typeof value === "number" || typeof value === "string" ? value : null;
}

/** A location as data that can be hashed; fractions as text. */
export function locationSpec(location: ResolvedLocation): CanonicalValue {
  return canonical(location);
}

/** Hash of where a dataset is and how it is read. Two datasets with one hash are the same table. */
export function specHash(location: ResolvedLocation): Fingerprint {
  return fingerprint("dataset", 1, locationSpec(location));
}
