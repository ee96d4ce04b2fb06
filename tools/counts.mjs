// How many tests passed and failed, read from what the test programs report.
import { readFileSync } from "node:fs";

const sum = (one, other) => ({ passed: one.passed + other.passed, failed: one.failed + other.failed });

/** The sum of several counts. */
export const total = (counts) => counts.reduce(sum, { passed: 0, failed: 0 });

/** A program that failed without a failed test (it did not compile, it crashed) counts as one failure. */
const atLeastOne = (count, code) => (code !== 0 && count.failed === 0 ? { ...count, failed: 1 } : count);

/** The sum of the `test result:` lines of `cargo test`. */
export function rustCounts(output, code) {
  const lines = output.matchAll(/^test result: \S+ (\d+) passed; (\d+) failed/gm);
  const counts = Array.from(lines, ([, passed, failed]) => ({ passed: Number(passed), failed: Number(failed) }));
  return atLeastOne(total(counts), code);
}

/** The counts of a vitest JSON report; a file that could not be loaded is one failure. */
export function vitestCounts(path, code) {
  let report;
  try {
    report = JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return { passed: 0, failed: 1 };
  }
  const broken = report.testResults.filter((file) => file.status === "failed" && file.assertionResults.length === 0);
  return atLeastOne({ passed: report.numPassedTests, failed: report.numFailedTests + broken.length }, code);
}

/** The one line that `npm test` ends with. */
export const summary = ({ passed, failed }) => `${passed} passed, ${failed} failed`;
