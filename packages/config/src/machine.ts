import { availableParallelism, totalmem } from "node:os";

/** What a session may use of the computer it runs on. */
export interface Machine {
  /** Processor cores that this process may use, at least 1. */
  readonly cores: number;
  /** Bytes of memory that this process may use. */
  readonly memoryBytes: number;
}

/** Reads the machine: cores as `os.availableParallelism()`, memory as the smaller of the computer's and the container's. */
export function readMachine(): Machine {
  const total = totalmem();
  const constrained = process.constrainedMemory();
  return { cores: availableParallelism(), memoryBytes: constrained > 0 ? Math.min(total, constrained) : total };
}
