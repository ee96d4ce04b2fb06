import { describe, expect, it } from "vitest";
import { unifiedDiff } from "../src/text-diff.ts";

function diff(before: string, after: string): readonly string[] {
  return unifiedDiff(before, after, ["old", "new"]).split("\n");
}

/** Makes the second text of the first and a diff. */
function patched(before: string, text: string): string {
  const lines = before.split("\n");
  const result: string[] = [];
  let taken = 0;
  for (const line of text.split("\n").slice(2)) {
    const [, start, length] = /^@@ -(\d+),(\d+) \+\d+,\d+ @@$/.exec(line) ?? [];
    if (start !== undefined) {
      const from = Number(length) === 0 ? Number(start) : Number(start) - 1;
      result.push(...lines.slice(taken, from));
      taken = from;
    } else if (line.startsWith("+")) result.push(line.slice(1));
    else {
      expect(lines[taken]).toBe(line.slice(1));
      if (line.startsWith(" ")) result.push(line.slice(1));
      taken += 1;
    }
  }
  return [...result, ...lines.slice(taken)].join("\n");
}

describe("unifiedDiff", () => {
  it("is empty for equal texts", () => {
    expect(unifiedDiff("a\nb", "a\nb", ["old", "new"])).toBe("");
  });

  it("shows changes with three lines around them", () => {
    const lines = Array.from({ length: 12 }, (_, index) => `line ${index}`);
    expect(diff(lines.join("\n"), lines.with(5, "other").join("\n"))).toEqual([
      "--- old",
      "+++ new",
      "@@ -3,7 +3,7 @@",
      " line 2",
      " line 3",
      " line 4",
      "-line 5",
      "+other",
      " line 6",
      " line 7",
      " line 8",
    ]);
  });

  it("joins changes that are near and parts those that are far", () => {
    const lines = Array.from({ length: 30 }, (_, index) => `line ${index}`);
    const near = diff(lines.join("\n"), lines.with(5, "x").with(11, "y").join("\n"));
    const far = diff(lines.join("\n"), lines.with(5, "x").with(13, "y").join("\n"));
    expect([near, far].map((text) => text.filter((line) => line.startsWith("@@")))).toEqual([
      ["@@ -3,13 +3,13 @@"],
      ["@@ -3,7 +3,7 @@", "@@ -11,7 +11,7 @@"],
    ]);
  });

  it("gives back the second text for random pairs", () => {
    let seed = 7;
    const random = (below: number): number => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % below;
    };
    for (let round = 0; round < 300; round += 1) {
      const before = Array.from({ length: random(20) + 1 }, () => `l${random(6)}`).join("\n");
      const after = Array.from({ length: random(20) + 1 }, () => `l${random(6)}`).join("\n");
      const text = unifiedDiff(before, after, ["old", "new"]);
      expect(text === "" ? before : patched(before, text)).toBe(after);
    }
  });

  it("replaces what is too long to compare", () => {
    const before = Array.from({ length: 2100 }, (_, index) => `a${index}`).join("\n");
    const after = Array.from({ length: 2100 }, (_, index) => `b${index}`).join("\n");
    expect(patched(before, unifiedDiff(before, after, ["old", "new"]))).toBe(after);
  });
});
