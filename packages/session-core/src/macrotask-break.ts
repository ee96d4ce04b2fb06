import { setImmediate } from "node:timers/promises";

const longestRunMs = 5;

/** Lets a long loop give way to timers and I/O. */
export interface MacrotaskBreak {
  /** Whether the loop has run for 5 ms since it last gave way. */
  readonly due: boolean;
  /** Gives way to a turn of the event loop. */
  take(): Promise<void>;
  /** Says that the loop has just given way by itself, for example by awaiting a native call. */
  taken(): void;
}

/** Starts watching a loop. */
export function macrotaskBreak(): MacrotaskBreak {
  let since = performance.now();
  return {
    get due() {
      return performance.now() - since >= longestRunMs;
    },
    take: async () => {
      await setImmediate();
      since = performance.now();
    },
    taken: () => {
      since = performance.now();
    },
  };
}
