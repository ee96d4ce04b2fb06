/** Counts the calls that run, for whoever waits until there are none. */
export interface CallsInFlight {
  begin(): void;
  end(): void;
  /** Resolves when no call runs. */
  none(): Promise<void>;
}

class Calls implements CallsInFlight {
  #running = 0;
  #waiting: (() => void)[] = [];

  begin(): void {
    this.#running += 1;
  }

  end(): void {
    this.#running -= 1;
    if (this.#running > 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  async none(): Promise<void> {
    if (this.#running === 0) return;
    await new Promise<void>((resolve) => {
      this.#waiting.push(resolve);
    });
  }
}

/** Makes a counter of no calls. */
export function callsInFlight(): CallsInFlight {
  return new Calls();
}
