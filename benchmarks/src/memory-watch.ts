const pollMs = 10;

/** A watch over the resident memory of this process. */
export interface MemoryWatch {
  /** Ends it; the most that was seen, in MiB. */
  end(): number;
}

/** Looks every 10 ms from now on. */
export function watchMemory(): MemoryWatch {
  let most = process.memoryUsage.rss();
  const look = (): void => {
    most = Math.max(most, process.memoryUsage.rss());
  };
  const timer = setInterval(look, pollMs);
  // After a run that failed nobody ends the watch, and the process ends all the same.
  timer.unref();
  return {
    end: () => {
      clearInterval(timer);
      look();
      return most / 2 ** 20;
    },
  };
}
