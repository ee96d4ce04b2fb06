import { setTimeout as delay } from "node:timers/promises";

const restMs = 5;
const rowsBetweenRests = 65_536;

/** A consumer that is slower than any engine. */
export interface SlowConsumer {
  /** Takes rows, and rests where it is time to. */
  take(rows: number): Promise<void>;
  /** Rows so far. */
  readonly rows: number;
}

/** Starts one that rests for 5 ms after every 65 536 rows. */
export function slowConsumer(): SlowConsumer {
  let rows = 0;
  let next = rowsBetweenRests;
  return {
    take: async (more) => {
      rows += more;
      if (rows < next) return;
      next = rows + rowsBetweenRests;
      await delay(restMs);
    },
    get rows() {
      return rows;
    },
  };
}
