import { randomBytes } from "node:crypto";

/** What a lease is called. */
export interface LeaseName {
  /** 80 random bits in base 32. */
  readonly id: string;
  /** `r_<id>_`. */
  readonly prefix: string;
}

const alphabet = "abcdefghijklmnopqrstuvwxyz234567";
const bytesPerId = 10;

/** Makes a name that no other lease has. */
export function leaseName(): LeaseName {
  const bits = [...randomBytes(bytesPerId)].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  const id = Array.from({ length: bits.length / 5 }, (_, at) =>
    alphabet.charAt(Number.parseInt(bits.slice(at * 5, at * 5 + 5), 2)),
  ).join("");
  return { id, prefix: `r_${id}_` };
}
