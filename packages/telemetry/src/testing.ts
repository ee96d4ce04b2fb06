import { type Clock, toMicroseconds } from "./clock.ts";
import type { TelemetryRecord } from "./record.ts";
import type { TelemetrySink } from "./sink.ts";

/**
 * A clock that stands still, or that advances by a fixed step at every reading.
 *
 * @param startUs - The first reading, microseconds since the Unix epoch.
 * @param stepUs - What every further reading adds. Default 0.
 *
 * @example
 * const clock = fixedClock(1000, 10);
 * [clock.now(), clock.now()]; // [1000, 1010]
 */
export function fixedClock(startUs: number, stepUs = 0): Clock {
  let nextUs = startUs;
  return {
    now() {
      const reading = toMicroseconds(nextUs);
      nextUs += stepUs;
      return reading;
    },
  };
}

/**
 * Ids for tests: `00000000-0000-7000-8000-000000000001` and so on.
 *
 * @example
 * const newId = countingIds();
 * newId(); // "00000000-0000-7000-8000-000000000001"
 */
export function countingIds(): () => string {
  let count = 0;
  return () => {
    count += 1;
    return `00000000-0000-7000-8000-${count.toString(16).padStart(12, "0")}`;
  };
}

/** A sink that keeps what it is given. */
export interface MemorySink extends TelemetrySink {
  /** All records, in the order of their arrival. */
  readonly records: readonly TelemetryRecord[];
  /** The size of each write. */
  readonly batchSizes: readonly number[];
  readonly isClosed: boolean;
}

/**
 * Makes a sink that keeps what it is given.
 *
 * @example
 * const sink = memorySink();
 * const telemetry = createTelemetry({ sinks: [sink] });
 * await telemetry.flush();
 * sink.records; // []
 */
export function memorySink(): MemorySink {
  const records: TelemetryRecord[] = [];
  const batchSizes: number[] = [];
  let isClosed = false;
  return {
    name: "memory",
    records,
    batchSizes,
    get isClosed() {
      return isClosed;
    },
    write(batch) {
      records.push(...batch);
      batchSizes.push(batch.length);
    },
    async close() {
      isClosed = true;
    },
  };
}
