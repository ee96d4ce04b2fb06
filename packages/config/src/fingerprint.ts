import { hash } from "node:crypto";
import type { Brand } from "./brand.ts";
import { type CanonicalValue, canonicalJson } from "./canonical-json.ts";
import { blindCast } from "./casts.ts";
import { invalidFingerprint } from "./config-errors.ts";

/** Lower-case hex SHA-256, 64 characters. */
export type Fingerprint = Brand<string, "Fingerprint">;

const kindPattern = /^[a-z][a-z0-9_.-]*$/;
const digestPattern = /^[0-9a-f]{64}$/;

/**
 * Fingerprint of a value: SHA-256 of the UTF-8 canonical JSON of `{kind, version, value}`.
 *
 * @param kind - What the value is, matching `[a-z][a-z0-9_.-]*`.
 * @param version - Version of the shape of the value, a positive integer.
 * @param value - The value. Throws `CONFIG.NOT_CANONICAL` as {@link canonicalJson}.
 *
 * Throws `CONFIG.INVALID_FINGERPRINT` for a bad kind or version.
 *
 * @example
 * fingerprint("test", 1, {}); // "582ad247256bcd58e16e546e63534faeb28731ba391317f2cde39687ee4734f1"
 * fingerprint("test", 0, {}); // throws CONFIG.INVALID_FINGERPRINT
 */
export function fingerprint(kind: string, version: number, value: CanonicalValue): Fingerprint {
  if (!kindPattern.test(kind)) throw invalidFingerprint(kind, "a kind matches [a-z][a-z0-9_.-]*");
  if (!Number.isSafeInteger(version) || version < 1) {
    throw invalidFingerprint(String(version), "a version is a positive integer");
  }
  const digest = hash("sha256", canonicalJson({ kind, version, value }), "hex");
  return blindCast<Fingerprint, "a SHA-256 in hex is what the brand stands for">(digest);
}

/**
 * Takes a text as a fingerprint. Throws `CONFIG.INVALID_FINGERPRINT`.
 *
 * @example
 * parseFingerprint("0".repeat(64)); // "0".repeat(64)
 * parseFingerprint("00"); // throws CONFIG.INVALID_FINGERPRINT
 */
export function parseFingerprint(text: string): Fingerprint {
  if (!digestPattern.test(text)) throw invalidFingerprint(text, "expected 64 lower-case hexadecimal digits");
  return blindCast<Fingerprint, "the pattern was checked">(text);
}
