import { fingerprint } from "@deltafuse/config/fingerprint";

/** Gives the hash of a text whose literals are replaced; of the empty text for a frame that has none. */
export type SqlHash = (sqlSanitized: string | null) => string;

const maxKept = 256;
const maxKeptLength = 2048;

/** Hash of a text whose literals are replaced, as the records of plans carry it. */
export function sqlHash(sqlSanitized: string | null): string {
  return fingerprint("sql", 1, { text: (sqlSanitized ?? "").replaceAll(/\p{Surrogate}/gu, "\uFFFD") });
}

/** The same, remembering the hashes of the last short texts: a program runs few different statements, many times. */
export function rememberedSqlHash(): SqlHash {
  const kept = new Map<string, string>();
  return (sqlSanitized) => {
    const text = sqlSanitized ?? "";
    const known = kept.get(text);
    if (known !== undefined) return known;
    const hash = sqlHash(text);
    if (text.length > maxKeptLength) return hash;
    for (const oldest of kept.keys()) {
      if (kept.size < maxKept) break;
      kept.delete(oldest);
    }
    kept.set(text, hash);
    return hash;
  };
}
