import { toErrorPayload } from "@deltafuse/hooks/error-payload";
import * as z from "@deltafuse/config/zod";
import type { LateCancel } from "./late-cancel.ts";
import type { BatchLayout, NativeBatch, NativeStream, QueryOutcome } from "./native-binding.ts";
import { decodeDocument, decodeNativeError } from "./native-call.ts";
import { nativeSpansSchema } from "./native-spans.ts";
import { decodeMeasuredRun } from "./profile-reply.ts";
import type { ProfileStatus, QueryProfile } from "./query-profile.ts";
import type { ProgressWatch } from "./progress-watch.ts";
import { cancelReason, type PulledRun, type RunTotals } from "./query-run.ts";
import { sessionError } from "./errors.ts";
import type { TableFeed } from "./table-feed.ts";
import type { SessionState } from "./session-state.ts";

/** What a running query is made of. */
export interface BatchPullParts {
  readonly state: SessionState;
  readonly run: PulledRun;
  readonly native: NativeStream;
  /** The first batch, where it came with the opening; null for a result without rows. */
  readonly first: NativeBatch | null | undefined;
  readonly cancel: LateCancel;
  readonly watch: ProgressWatch;
  /** Output partitions of the plan. */
  readonly partitions: number;
  /** Rows that are given while it runs. */
  readonly feeds: readonly TableFeed[];
}

/** Pulls the batches of a native stream, and sees to it that its work ends, and is told of, exactly once. */
export interface BatchPull {
  /**
   * The next batch, null at the end. The first call starts the work. One call at a time. Memory that is given back is
   * freed at once. The first call decides the layout.
   */
  next(returned?: ArrayBuffer, layout?: BatchLayout): Promise<NativeBatch | null>;
  /** Ends the query before its last batch and waits until the work has stopped. Idempotent. */
  stop(): Promise<void>;
  /** Ends the query because its batches could not be used; gives the error to throw. */
  fail(error: unknown): Promise<unknown>;
  /** What the query has done so far, or did. */
  profile(): QueryProfile;
}

type End =
  | { readonly kind: "complete" | "early" | "aborted" | "session_closed" }
  | { readonly kind: "failed"; readonly error: unknown };

const outcomes: Readonly<Record<End["kind"], QueryOutcome>> = {
  complete: "finished",
  early: "finished",
  aborted: "cancelled",
  session_closed: "cancelled",
  failed: "failed",
};

const count = z.int();
const metricsSchema = z.strictObject({
  rows: count,
  batches: count,
  bytes: count,
  firstBatchUs: z.nullable(count),
  durationUs: count,
  peakReservedBytes: count,
  totals: z.strictObject({
    scanRows: count,
    scanBytes: count,
    filesDone: count,
    filesTotal: count,
    spillCount: count,
    spilledRows: count,
    spilledBytes: count,
    operators: count,
  }),
  nativeSpans: z.exactOptional(nativeSpansSchema),
});

class Pull implements BatchPull {
  readonly #parts: BatchPullParts;
  readonly #here: <T>(fn: () => T) => T;
  readonly #onAbort = (): void => this.#here(() => this.#interrupt({ kind: "aborted" }));
  readonly #onSessionClose = async (): Promise<void> => {
    this.#here(() => this.#interrupt({ kind: "session_closed" }));
    await this.#pulling;
    await this.#ending;
  };
  #started = false;
  /** The batch that came with the opening. */
  #first: NativeBatch | null | undefined;
  /** The batch before was the last one. */
  #exhausted = false;
  /** What interrupted the pull in flight. */
  #interruption: End | undefined;
  #pulling: Promise<unknown> | undefined;
  #end: End | undefined;
  #ending: Promise<void> | undefined;
  #thrown: unknown;

  constructor(parts: BatchPullParts, here: <T>(fn: () => T) => T) {
    this.#parts = parts;
    this.#first = parts.first;
    this.#here = here;
    parts.watch.signal?.addEventListener("abort", this.#onAbort, { once: true });
    parts.state.streams.add(this.#onSessionClose);
  }

  async next(returned?: ArrayBuffer, layout?: BatchLayout): Promise<NativeBatch | null> {
    if (this.#parts.watch.signal?.aborted === true) this.#interrupt({ kind: "aborted" });
    if (this.#ending !== undefined) return this.#afterEnd();
    if (!this.#started) {
      this.#started = true;
      this.#parts.state.countQuery();
      this.#parts.run.start();
      for (const feed of this.#parts.feeds) feed.start();
    }
    if (this.#exhausted) {
      await this.#finish({ kind: "complete" });
      return null;
    }
    try {
      const batch = this.#begun() ?? (await this.#pull(returned, layout));
      if (batch === null) await this.#finish({ kind: "complete" });
      else {
        this.#exhausted = batch.last;
        this.#parts.run.countBatch(batch.header[0] ?? 0, batch.data.byteLength);
      }
      return batch;
    } catch (error) {
      const { feeds, state } = this.#parts;
      const failure = decodeNativeError(error, state.callbackErrors);
      const blamed = feeds.reduce<unknown>((blame, feed) => feed.blame(blame), failure);
      await this.#finish(this.#interruption ?? { kind: "failed", error: blamed });
      return await this.#afterEnd();
    } finally {
      this.#pulling = undefined;
    }
  }

  /** The batch that came with the opening, once. */
  #begun(): NativeBatch | undefined {
    const first = this.#first;
    this.#first = undefined;
    return first ?? undefined;
  }

  #pull(returned: ArrayBuffer | undefined, layout: BatchLayout | undefined): Promise<NativeBatch | null> {
    const pulled = this.#parts.native.next(this.#parts.cancel.token(), returned, layout);
    this.#pulling = pulled.catch(() => undefined);
    return pulled;
  }

  async stop(): Promise<void> {
    this.#interrupt({ kind: "early" });
    await this.#pulling;
    await this.#finish({ kind: "early" });
  }

  async fail(error: unknown): Promise<unknown> {
    await this.#finish({ kind: "failed", error });
    return this.#thrown ?? error;
  }

  profile(): QueryProfile {
    const { native, run } = this.#parts;
    const error = this.#end?.kind === "failed" ? toErrorPayload(this.#thrown ?? this.#end.error) : null;
    return { queryId: run.queryId, status: this.#status(), error, ...decodeMeasuredRun(native.profile()) };
  }

  #status(): ProfileStatus {
    if (this.#end !== undefined) return endStatus[this.#end.kind];
    return this.#started ? "running" : "planned";
  }

  /** Stops a pull in flight, which then ends the query; without one the query ends here. */
  #interrupt(end: End): void {
    if (this.#ending !== undefined) return;
    this.#interruption ??= end;
    this.#parts.cancel.token().cancel();
    if (this.#pulling === undefined) void this.#finish(this.#interruption);
  }

  async #afterEnd(): Promise<null> {
    await this.#ending;
    const { state, watch, run } = this.#parts;
    switch (this.#end?.kind) {
      case "aborted":
        throw watch.signal?.reason;
      case "session_closed":
        throw state.closedError();
      case "failed":
        throw this.#thrown;
      case "early":
        throw sessionError("NATIVE.CLOSED", "The stream was closed while it was read. Close it after the last read.", {
          details: { queryId: run.queryId },
        });
      default:
        return null;
    }
  }

  #finish(end: End): Promise<void> {
    this.#end ??= end;
    this.#ending ??= this.#release(this.#end);
    return this.#ending;
  }

  async #release(end: End): Promise<void> {
    const { native, state, watch, run, feeds } = this.#parts;
    watch.stop();
    watch.signal?.removeEventListener("abort", this.#onAbort);
    try {
      if (end.kind !== "complete") await this.#halt();
      const totals = this.#started ? this.#totals() : null;
      await this.#tell(end, totals);
    } finally {
      run.release();
      native.close(outcomes[end.kind]);
      await Promise.all(feeds.map((feed) => feed.stop()));
      state.streams.delete(this.#onSessionClose);
    }
  }

  /** A cancelled pull returns when the work behind it has stopped. */
  async #halt(): Promise<void> {
    if (!this.#started && this.#first === undefined) return;
    const { native, cancel } = this.#parts;
    cancel.token().cancel();
    await native.next(cancel.token()).catch(() => undefined);
  }

  #totals(): RunTotals | null {
    const { native, partitions, run } = this.#parts;
    try {
      const metrics = decodeDocument("stream.metrics", native.metrics(), metricsSchema);
      const { totals, peakReservedBytes, nativeSpans } = metrics;
      if (nativeSpans !== undefined) run.operation.addNativeSpans(nativeSpans.spans, nativeSpans.dropped);
      const { scanRows, scanBytes, spillCount, spilledRows, spilledBytes, operators } = totals;
      return { scanRows, scanBytes, spillCount, spilledRows, spilledBytes, peakReservedBytes, partitions, operators };
    } catch {
      // The session was closed first; the end is told without counters.
      return null;
    }
  }

  async #tell(end: End, totals: RunTotals | null): Promise<void> {
    const { run, watch } = this.#parts;
    if (end.kind === "failed") this.#thrown = run.fail(end.error, totals);
    else if (end.kind === "aborted") run.cancel(cancelReason(watch.signal), totals);
    else if (!this.#started) return;
    else if (end.kind === "session_closed") run.cancel("session_closed", totals);
    else await run.finish(totals ?? { ...noTotals, partitions: this.#parts.partitions }, end.kind === "early");
  }
}

const endStatus: Readonly<Record<End["kind"], ProfileStatus>> = {
  complete: "finished",
  early: "stopped",
  aborted: "cancelled",
  session_closed: "cancelled",
  failed: "failed",
};

const noTotals: RunTotals = {
  scanRows: null,
  scanBytes: null,
  spillCount: null,
  spilledRows: null,
  spilledBytes: null,
  peakReservedBytes: null,
  partitions: null,
  operators: null,
};

/** Takes charge of a native stream. What holds here, such as the run, holds for every pull, wherever it is called from. */
export function batchPull(parts: BatchPullParts): BatchPull {
  const here = parts.state.hooks.telemetry.scope.capture();
  const pull = new Pull(parts, here);
  return {
    next: (returned, layout) => here(() => pull.next(returned, layout)),
    stop: () => here(() => pull.stop()),
    fail: (error) => here(() => pull.fail(error)),
    profile: () => pull.profile(),
  };
}
