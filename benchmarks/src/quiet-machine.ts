import { setTimeout as delay } from "node:timers/promises";

/** What waiting needs to know of the machine. */
export interface LoadWatch {
  /** Mean number of busy processes in the last minute. */
  readonly load: () => number;
  readonly cores: number;
  /** Longest wait, in ms. */
  readonly mostMs: number;
  /** Between two looks, in ms. */
  readonly pollMs: number;
  readonly onWait: (load: number) => void;
}

const busyPart = 0.5;

/** Waits until at most half of the cores are busy; false when that takes too long. */
export async function waitForQuiet({ load, cores, mostMs, pollMs, onWait }: LoadWatch): Promise<boolean> {
  const end = performance.now() + mostMs;
  while (load() > busyPart * cores) {
    if (performance.now() >= end) return false;
    onWait(load());
    await delay(pollMs);
  }
  return true;
}
