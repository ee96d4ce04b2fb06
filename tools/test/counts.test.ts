import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { rustCounts, summary, total, vitestCounts } from "../counts.mjs";

const folder = mkdtempSync(join(tmpdir(), "deltafuse-counts-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const report = (content: unknown): string => {
  const path = join(folder, "report.json");
  writeFileSync(path, JSON.stringify(content));
  return path;
};

describe("rustCounts", () => {
  const output = [
    "running 3 tests",
    "test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.1s",
    "test result: FAILED. 4 passed; 2 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.1s",
  ].join("\n");

  it("adds the result lines of all test binaries", () => {
    expect(rustCounts(output, 101)).toEqual({ passed: 7, failed: 2 });
  });

  it("counts a crate that does not compile as one failure", () => {
    expect(rustCounts("error[E0432]: unresolved import", 101)).toEqual({ passed: 0, failed: 1 });
  });
});

describe("vitestCounts", () => {
  it("counts a file that cannot be loaded as one failure", () => {
    const testResults = [
      { status: "passed", assertionResults: [{}] },
      { status: "failed", assertionResults: [] },
    ];
    expect(vitestCounts(report({ numPassedTests: 5, numFailedTests: 1, testResults }), 1)).toEqual({
      passed: 5,
      failed: 2,
    });
  });

  it("counts an error outside of all tests as one failure", () => {
    expect(vitestCounts(report({ numPassedTests: 5, numFailedTests: 0, testResults: [] }), 1)).toEqual({
      passed: 5,
      failed: 1,
    });
  });

  it("counts a report that was never written as one failure", () => {
    expect(vitestCounts(join(folder, "missing.json"), 1)).toEqual({ passed: 0, failed: 1 });
  });
});

it("sums up in one line", () => {
  const counts = [
    { passed: 2, failed: 0 },
    { passed: 3, failed: 1 },
  ];
  expect(summary(total(counts))).toBe("5 passed, 1 failed");
});
