import { describe, expect, it } from "vitest";
import { limitDifference, sharedLimits } from "../src/limits.ts";

const limits = { threads: 2, partitions: 4, memoryGiB: 1 };
const deltafuse = { threads: "2", "execution.target_partitions": "4", "runtime.memory_limit": "1G" };

describe("limitDifference", () => {
  it("takes what engines tell of the limits that they were given, in their words", () => {
    const memory = ["1G", "1024M", "1048576K", "1073741824"];
    const told = [
      ...memory.map((size) => ({ ...deltafuse, "runtime.memory_limit": size })),
      { threads: "2", memory_limit: "1.0 GiB", preserve_insertion_order: "true" },
      { threads: "2", datafusion: "55.2.0" },
    ];
    expect(told.map((settings) => limitDifference(settings, limits))).toEqual(told.map(() => null));
  });

  it.each([
    [{ ...deltafuse, threads: "4" }, "threads 4"],
    [{ ...deltafuse, "execution.target_partitions": "8" }, "execution.target_partitions 8"],
    [{ ...deltafuse, "runtime.memory_limit": "unlimited" }, "runtime.memory_limit unlimited"],
    [{ threads: "2", memory_limit: "12.4 GiB" }, "memory_limit 12.4 GiB"],
    [{}, "threads none"],
  ])("names what is not so: %j", (settings, found) => {
    const given = "and was given 2 threads, 4 partitions and 1 GiB.";
    expect(limitDifference(settings, limits)).toBe(`It has ${found}, ${given}`);
  });
});

describe("sharedLimits", () => {
  it("are at most four threads, a partition for each, and 4 GiB", () => {
    const { threads, partitions, memoryGiB } = sharedLimits();
    expect([threads >= 1 && threads <= 4, partitions === threads, memoryGiB]).toEqual([true, true, 4]);
  });
});
