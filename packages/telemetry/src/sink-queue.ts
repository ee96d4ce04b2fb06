import { type AbortableOptions, untilAborted } from "@deltafuse/config/abort";
import { flushTimeout } from "./errors.ts";
import type { PendingRecord } from "./pending-record.ts";
import type { SinkHealth, SinkOptions, TelemetrySink } from "./sink.ts";
import type { SinkNotice } from "./telemetry-notice.ts";

/** The bounded queue in front of one sink, with at most one write in flight; a write past its timeout is given up. */
export interface SinkQueue {
  readonly name: string;
  /** Queues a record the sink wants; never waits and never throws. */
  push(record: PendingRecord): void;
  /** Writes what is queued now. Rejects with `TELEMETRY.FLUSH_TIMEOUT` when the sink hangs or stays paused. */
  flush(options: AbortableOptions): Promise<void>;
  /** Flushes until the deadline, then closes the sink; what is left is dropped. Never rejects. */
  close(deadlineMs: number): Promise<void>;
  health(): SinkHealth;
}

/** What a queue needs from its owner. */
export interface SinkQueueEnvironment {
  /** Runs a function of the sink so that records made inside are not recorded. */
  readonly suppress: <T>(fn: () => T) => T;
  /** Cleans the message of an error. */
  readonly redact: (message: string) => string;
  /** Is told that the sink falls behind or works again. */
  readonly tell: (notice: SinkNotice) => void;
}

type WriteOutcome = "written" | "failed" | "timeout";

const defaults: Required<SinkOptions> = {
  maxQueue: 8192,
  maxBatch: 256,
  maxDelayMs: 1000,
  writeTimeoutMs: 10_000,
  pauseAfterFailures: 5,
  pauseMs: 30_000,
};

class BoundedSinkQueue implements SinkQueue {
  readonly #sink: TelemetrySink;
  readonly #options: Required<SinkOptions>;
  readonly #environment: SinkQueueEnvironment;
  #queue: PendingRecord[] = [];
  #writing: Promise<WriteOutcome> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #timerDelayMs = 0;
  #state: SinkHealth["state"] = "active";
  /** The queue was full since the last write. */
  #isFull = false;
  #failuresInRow = 0;
  #written = 0;
  #dropped = 0;
  #failedWrites = 0;
  #lost = 0;
  #lastError: string | null = null;
  /** Records gone, as the owner was told last. */
  #told = 0;

  constructor(sink: TelemetrySink, options: SinkOptions, environment: SinkQueueEnvironment) {
    this.#sink = sink;
    this.#options = { ...defaults, ...options };
    this.#environment = environment;
  }

  get name(): string {
    return this.#sink.name;
  }

  push(record: PendingRecord): void {
    if (this.#sink.kinds !== undefined && !this.#sink.kinds.includes(record.kind)) return;
    if (this.#state === "closed") {
      this.#dropped += 1;
      return;
    }
    this.#queue.push(record);
    if (this.#queue.length > this.#options.maxQueue) {
      this.#queue.shift();
      this.#dropped += 1;
      if (!this.#isFull) this.#tell("dropping");
      this.#isFull = true;
    }
    this.#schedule();
  }

  async flush(options: AbortableOptions): Promise<void> {
    options.signal?.throwIfAborted();
    await untilAborted(this.#drain(), options.signal);
    if (this.#sink.flush === undefined) return;
    const outcome = await this.#guarded((signal) => this.#sink.flush?.({ signal }));
    if (outcome === "timeout") throw flushTimeout(this.name);
  }

  async close(deadlineMs: number): Promise<void> {
    if (this.#state === "closed") return;
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(flushTimeout(this.name)), deadlineMs);
    timer.unref();
    try {
      await this.flush({ signal: deadline.signal });
    } catch (error) {
      this.#note(error);
    } finally {
      clearTimeout(timer);
    }
    this.#state = "closed";
    clearTimeout(this.#timer);
    this.#dropped += this.#queue.length;
    this.#queue = [];
    if (this.#sink.close !== undefined) await this.#guarded(() => this.#sink.close?.(), deadlineMs);
  }

  health(): SinkHealth {
    return {
      name: this.name,
      state: this.#state,
      queued: this.#queue.length,
      written: this.#written,
      dropped: this.#dropped,
      failedWrites: this.#failedWrites,
      lost: this.#lost,
      lastError: this.#lastError,
    };
  }

  /** Writes until nothing of what was queued at the start is left. */
  async #drain(): Promise<void> {
    await this.#writing;
    let left = this.#queue.length;
    while (left > 0 && this.#queue.length > 0 && this.#state !== "closed") {
      const before = this.#written + this.#lost;
      const outcome = await this.#write();
      left -= this.#written + this.#lost - before;
      if (outcome === "timeout" || (this.#state === "paused" && left > 0)) throw flushTimeout(this.name);
    }
  }

  #schedule(): void {
    if (this.#writing !== undefined || this.#state !== "active") return;
    const delayMs = this.#queue.length >= this.#options.maxBatch ? 0 : this.#options.maxDelayMs;
    if (this.#timer === undefined || delayMs < this.#timerDelayMs) this.#writeAfter(delayMs);
  }

  #writeAfter(ms: number): void {
    clearTimeout(this.#timer);
    this.#timerDelayMs = ms;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#write();
    }, ms);
    this.#timer.unref();
  }

  /** Starts a write, or joins the one in flight. */
  #write(): Promise<WriteOutcome> {
    this.#writing ??= this.#writeBatch().finally(() => {
      this.#writing = undefined;
      if (this.#state === "paused") this.#writeAfter(this.#options.pauseMs);
      else if (this.#queue.length > 0) this.#schedule();
    });
    return this.#writing;
  }

  async #writeBatch(): Promise<WriteOutcome> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const batch = Object.freeze(this.#queue.splice(0, this.#options.maxBatch).map((record) => record.read()));
    if (batch.length === 0) return "written";
    const outcome = await this.#guarded((signal) => this.#sink.write(batch, { signal }));
    if (outcome === "written") {
      this.#written += batch.length;
      this.#failuresInRow = 0;
      this.#isFull = false;
      if (this.#state === "paused" || this.#told < this.#dropped + this.#lost) {
        this.#state = "active";
        this.#tell("resumed");
      }
      return outcome;
    }
    this.#lost += batch.length;
    this.#failedWrites += 1;
    this.#failuresInRow += 1;
    if (this.#failuresInRow >= this.#options.pauseAfterFailures && this.#state === "active") {
      this.#state = "paused";
      this.#tell("paused");
    }
    return outcome;
  }

  #tell(state: SinkNotice["state"]): void {
    this.#told = this.#dropped + this.#lost;
    this.#environment.tell({
      kind: "sink.degraded",
      sink: this.name,
      state,
      dropped: this.#dropped,
      lost: this.#lost,
    });
  }

  /** Runs a function of the sink; its failure or its silence past the timeout is noted, never thrown. */
  async #guarded(
    run: (signal: AbortSignal) => void | Promise<void>,
    timeoutMs: number = this.#options.writeTimeoutMs,
  ): Promise<WriteOutcome> {
    const controller = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<WriteOutcome>((resolve) => {
      timer = setTimeout(() => {
        const error = flushTimeout(this.name);
        this.#note(error);
        controller.abort(error);
        resolve("timeout");
      }, timeoutMs);
      timer.unref();
    });
    const work = async (): Promise<WriteOutcome> => {
      try {
        await this.#environment.suppress(() => run(controller.signal));
        return "written";
      } catch (error) {
        this.#note(error);
        return "failed";
      }
    };
    try {
      return await Promise.race([work(), timeout]);
    } finally {
      clearTimeout(timer);
    }
  }

  #note(error: unknown): void {
    this.#lastError = this.#environment.redact(error instanceof Error ? error.message : String(error));
  }
}

/** Makes the queue in front of a sink. */
export function createSinkQueue(
  sink: TelemetrySink,
  options: SinkOptions,
  environment: SinkQueueEnvironment,
): SinkQueue {
  return new BoundedSinkQueue(sink, options, environment);
}
