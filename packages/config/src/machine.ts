import { readFileSync } from "node:fs";
import { availableParallelism, totalmem } from "node:os";
import { cgroupLimits } from "./cgroup.ts";

/** What a session may use of the computer it runs on. */
export interface Machine {
  /** Processor cores that this process may use, at least 1. */
  readonly cores: number;
  /** Bytes of memory that this process may use. */
  readonly memoryBytes: number;
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/**
 * Reads the machine: the cores and the memory of the computer, or of the container where it gives less. The limits of
 * a container are those of the control groups of Linux, versions 1 and 2.
 *
 * @example
 * const { cores, memoryBytes } = readMachine();
 */
export function readMachine(): Machine {
  const cores = availableParallelism();
  const memoryBytes = totalmem();
  const limits = cgroupLimits(readText);
  return {
    cores: Math.min(cores, limits.cores ?? cores),
    memoryBytes: Math.min(memoryBytes, limits.memoryBytes ?? memoryBytes),
  };
}
