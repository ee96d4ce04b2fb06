import { availableParallelism, totalmem } from "node:os";
import { expect, it } from "vitest";
import { readMachine } from "../src/machine.ts";

it("reads the cores and the memory that this process may use", () => {
  const machine = readMachine();
  expect(machine.cores).toBe(availableParallelism());
  expect(machine.memoryBytes).toBeGreaterThan(0);
  expect(machine.memoryBytes).toBeLessThanOrEqual(totalmem());
});
