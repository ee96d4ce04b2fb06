import { type CanonicalValue, canonicalJson } from "@deltafuse/config/canonical-json";
import { blindCast } from "@deltafuse/config/casts";

const marker = "\u0000integer:";
const stringOrLongInteger = /"(?:[^"\\]|\\.)*"|-?\d{16,}/gs;

/**
 * Parses canonical JSON text without losing digits: integers of 16 digits or more become bigint when a number cannot
 * hold them. Throws `SyntaxError` for anything that is not JSON.
 */
export function parseStoredJson(text: string): CanonicalValue {
  const marked = text.replaceAll(stringOrLongInteger, (token) =>
    token.startsWith('"') ? token : JSON.stringify(marker + token),
  );
  const value: unknown = JSON.parse(marked, (_key, member: unknown) => {
    if (typeof member !== "string" || !member.startsWith(marker)) return member;
    const digits = member.slice(marker.length);
    return Number.isSafeInteger(Number(digits)) ? Number(digits) : BigInt(digits);
  });
  return blindCast<CanonicalValue, "JSON plus bigint; canonicalJson refuses fractions">(value);
}

/** Whether a text is canonical JSON. */
export function isCanonicalJson(text: string): boolean {
  try {
    return canonicalJson(parseStoredJson(text)) === text;
  } catch {
    return false;
  }
}
