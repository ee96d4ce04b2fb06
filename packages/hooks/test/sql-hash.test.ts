import { fingerprint } from "@deltafuse/config/fingerprint";
import { expect, it } from "vitest";
import { rememberedSqlHash, sqlHash } from "../src/sql-hash.ts";

it("is remembered for few short texts, and the same for all others", () => {
  const hashOf = rememberedSqlHash();
  const texts = Array.from({ length: 600 }, (_, index) => `SELECT ? FROM t${index}`);
  const asked = [...texts, "x".repeat(5000), "\uD800", "", ...texts];
  expect(asked.map(hashOf)).toEqual(asked.map(sqlHash));
  expect(hashOf(null)).toBe(fingerprint("sql", 1, { text: "" }));
  expect(hashOf("\uD800")).toBe(fingerprint("sql", 1, { text: "\uFFFD" }));
});
