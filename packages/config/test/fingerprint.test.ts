import { describe, expect, it } from "vitest";
import { fingerprint, parseFingerprint } from "../src/fingerprint.ts";
import { goldenCases } from "./golden-cases.ts";

const withDigest = goldenCases().flatMap(({ id, value, digest }) =>
  digest === undefined ? [] : [{ id, value, ...digest }],
);

describe("fingerprint", () => {
  it.each(withDigest)("gives the digest of $id", ({ kind, version, value, sha256 }) => {
    expect(fingerprint(kind, version, value)).toBe(sha256);
  });

  it("covers ten golden vectors and 25 random ones, which a third implementation made", () => {
    const ids = ["G", "R"].flatMap((letter) => {
      return Array.from({ length: letter === "G" ? 10 : 25 }, (_, index) => `${letter}${index + 1}`);
    });
    expect(withDigest.map(({ id }) => id)).toEqual(ids);
  });

  it("gives G2 with an undefined member and G3 with a negative zero", () => {
    const g2 = { b: 1, a: [true, null, "x", { z: [], y: {} }], c: undefined };
    const g3 = {
      i64: -9223372036854775808n,
      u64: 18446744073709551615n,
      safe: 9007199254740991,
      zero: -0,
      one: 1n,
    };
    expect(fingerprint("test", 1, g2)).toBe("9766e994600c7beffdf20b39d7da8397ec4928da8c7e8a6d89fe93e7e9289a2c");
    expect(fingerprint("test", 1, g3)).toBe("881e37977cb765caa45c58dbcfcac94728116b95a2f1981d5282526da874a3fd");
  });

  it.each([
    ["Test", 1],
    ["", 1],
    ["1test", 1],
    ["test", 0],
    ["test", 1.5],
    ["test", -1],
  ])("rejects kind %j with version %j", (kind, version) => {
    expect(() => fingerprint(kind, version, {})).toThrow(
      expect.objectContaining({ code: "CONFIG.INVALID_FINGERPRINT" }),
    );
  });
});

describe("parseFingerprint", () => {
  it("accepts what fingerprint gives", () => {
    const digest = fingerprint("test", 1, {});
    expect(parseFingerprint(String(digest))).toBe(digest);
  });

  it.each(["", "abc", "A".repeat(64), "0".repeat(63), "0".repeat(65)])("rejects %j", (text) => {
    expect(() => parseFingerprint(text)).toThrow(
      expect.objectContaining({
        code: "CONFIG.INVALID_FINGERPRINT",
        details: { input: text, reason: "expected 64 lower-case hexadecimal digits" },
      }),
    );
  });
});
