import { describe, expect, it } from "vitest";
import { parseLabel } from "../src/label.ts";

describe("parseLabel", () => {
  it("takes a name, or a name with tags, and freezes", () => {
    const label = parseLabel({ name: "nightly", tags: { team: "żółw", empty: "" } });
    expect(parseLabel("n")).toEqual({ name: "n" });
    expect(parseLabel({ name: "x".repeat(128) })).toEqual({ name: "x".repeat(128) });
    expect(label).toEqual({ name: "nightly", tags: { team: "żółw", empty: "" } });
    expect([label, label.tags].every(Object.isFrozen)).toBe(true);
  });

  it("does not share its tags with the caller", () => {
    const tags = { a: "1" };
    const label = parseLabel({ name: "n", tags });
    tags.a = "2";
    expect(label.tags).toEqual({ a: "1" });
  });

  it.each([
    ["", "name"],
    ["x".repeat(129), "name"],
    ["a\nb", "name"],
    ["a\u0085b", "name"],
    [{ name: 5 }, "name"],
    [null, ""],
    [{ name: "n", tags: [] }, "tags"],
    [{ name: "n", tags: null }, "tags"],
    [{ name: "n", tags: Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`t${i}`, ""])) }, "tags"],
    [{ name: "n", tags: { a: 1 } }, 'tags["a"]'],
    [{ name: "n", tags: { a: "x".repeat(257) } }, 'tags["a"]'],
    [{ name: "n", tags: { "": "x" } }, 'tags[""]'],
  ])("refuses %j", (label, member) => {
    expect(() => parseLabel(label as string)).toThrow(
      expect.objectContaining({
        code: "HOOKS.INVALID_LABEL",
        details: expect.objectContaining({ path: member }) as object,
      }),
    );
  });
});
