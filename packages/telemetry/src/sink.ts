import type { AbortableOptions } from "@deltafuse/config/abort";
import type { TelemetryRecord } from "./record.ts";

/** Where records go. */
export interface TelemetrySink {
  /** Name in `health()`. */
  readonly name: string;
  /** Kinds it takes. Default: all. */
  readonly kinds?: readonly string[];
  /**
   * Takes a batch in `seq` order. A throw, a rejection or a timeout loses the batch and nothing else. The signal is
   * aborted when the time for the write is over. Records that are made inside are not recorded.
   */
  write(records: readonly TelemetryRecord[], options: AbortableOptions): void | Promise<void>;
  /** Makes what was written durable. */
  flush?(options: AbortableOptions): Promise<void>;
  /** Gives its resources back. Called once, after the last write. */
  close?(): Promise<void>;
}

/** Bounds of the queue in front of a sink. */
export interface SinkOptions {
  /** Records that wait; past it the oldest is dropped and counted. Default 8192. */
  readonly maxQueue?: number;
  /** Records of one write. Default 256. */
  readonly maxBatch?: number;
  /** How long a record waits for its batch to fill. Default 1000. */
  readonly maxDelayMs?: number;
  /** Time for one write. Default 10 000. */
  readonly writeTimeoutMs?: number;
  /** Failed writes in a row before the sink pauses. Default 5. */
  readonly pauseAfterFailures?: number;
  /** Length of a pause; after it one batch probes the sink. Default 30 000. */
  readonly pauseMs?: number;
}

/** State and counters of a sink. */
export interface SinkHealth {
  readonly name: string;
  readonly state: "active" | "paused" | "closed";
  /** Records that wait. */
  readonly queued: number;
  /** Records that were written. */
  readonly written: number;
  /** Records dropped because the queue was full or the sink was closed. */
  readonly dropped: number;
  /** Writes that failed. */
  readonly failedWrites: number;
  /** Records lost in writes that failed. */
  readonly lost: number;
  /** Message of the last failure, redacted. */
  readonly lastError: string | null;
}

/**
 * A sink that calls a function with every record. A throw loses the rest of its batch and nothing else.
 *
 * @param take - Is called in `seq` order, on a later turn of the event loop.
 * @param name - Name in `health()`. Default `callback`.
 *
 * @example
 * createTelemetry({ sinks: [callbackSink((record) => console.log(record.kind))] });
 */
export function callbackSink(take: (record: TelemetryRecord) => void, name = "callback"): TelemetrySink {
  return { name, write: (records) => records.forEach((record) => take(record)) };
}
