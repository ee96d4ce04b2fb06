import { closeSync, openSync, readSync } from "node:fs";

/** How long this thread has been ready to run while other threads had the processors. */
export interface ProcessorWait {
  /** Since the thread began, in ms. */
  total(): number;
  close(): void;
}

const schedulerStatistics = "/proc/thread-self/schedstat";

/** Opens the counter of this thread; null where the system has none (other than Linux). */
export function openProcessorWait(): ProcessorWait | null {
  try {
    const file = openSync(schedulerStatistics, "r");
    const bytes = Buffer.alloc(128);
    const total = (): number => {
      const length = readSync(file, bytes, 0, bytes.length, 0);
      // Three numbers: nanoseconds on a processor, nanoseconds of waiting for one, and how often it ran.
      return Number(bytes.toString("latin1", 0, length).split(" ")[1]) / 1e6;
    };
    return { total, close: () => closeSync(file) };
  } catch {
    return null;
  }
}
