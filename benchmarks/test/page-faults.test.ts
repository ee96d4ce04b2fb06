import { describe, expect, it } from "vitest";
import { childMajorFaults, majorFaults } from "../src/page-faults.ts";

describe("childMajorFaults", () => {
  it("are in the thirteenth field, whatever the program is called", () => {
    const rest = "S 1 2 2 0 -1 4194560 9000 8000 12 7 30 20 10 5 20 0 11 0 100";
    expect([childMajorFaults(`42 (node) ${rest}`), childMajorFaults(`42 (a (b) c) ${rest}\n`)]).toEqual([7, 7]);
  });
});

describe("majorFaults", () => {
  it("are at least those of this process", () => {
    const { majorPageFault } = process.resourceUsage();
    expect(majorFaults()).toBeGreaterThanOrEqual(majorPageFault);
  });
});
