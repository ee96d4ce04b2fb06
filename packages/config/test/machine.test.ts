import { readFileSync } from "node:fs";
import { availableParallelism, totalmem } from "node:os";
import { expect, it } from "vitest";
import { cgroupLimits } from "../src/cgroup.ts";
import { readMachine } from "../src/machine.ts";

it("reads the cores and the memory that this process may use", () => {
  const machine = readMachine();
  const { cores, memoryBytes } = cgroupLimits((path) => {
    try {
      return readFileSync(path, "utf8");
    } catch {
      return undefined;
    }
  });
  expect(machine).toEqual({
    cores: Math.min(availableParallelism(), cores ?? Infinity),
    memoryBytes: Math.min(totalmem(), memoryBytes ?? Infinity),
  });
  expect(Number.isSafeInteger(machine.cores) && machine.cores >= 1).toBe(true);
  expect(Number.isSafeInteger(machine.memoryBytes) && machine.memoryBytes > 0).toBe(true);
});
