import type { AbortableOptions } from "@deltafuse/config/abort";
import * as z from "@deltafuse/config/zod";
import type { NativeCancel } from "./native-binding.ts";
import type { Progress } from "./record-batch-stream.ts";

/** Options of everything that executes and may take long. */
export interface ProgressOptions extends AbortableOptions {
  /** Called at most 4 times a second while the work runs. If it throws, the work is stopped and rejects with that error. */
  readonly onProgress?: (progress: Progress) => void;
}

/** A watch over the counters of a running native call. */
export interface ProgressWatch {
  /** The caller's signal, which also aborts when the listener throws. */
  readonly signal: AbortSignal | undefined;
  /** Ends the watch. */
  stop(): void;
}

interface Counters {
  readonly phase: string;
  readonly rows: number;
  readonly bytes: number;
  readonly filesDone: number;
  readonly filesTotal: number;
  readonly spilledBytes: number;
}

const intervalMs = 250;

const countersSchema: z.ZodMiniType<Counters> = z.strictObject({
  phase: z.string(),
  rows: z.number(),
  bytes: z.number(),
  filesDone: z.number(),
  filesTotal: z.number(),
  spilledBytes: z.number(),
});

/**
 * Progress from the counters of the engine.
 *
 * @param json - What `NativeCancel.progress()` gave.
 * @param elapsedMs - Milliseconds since the work began.
 */
export function progressOf(json: string, elapsedMs: number): Progress {
  const { phase, rows, bytes, filesDone, filesTotal, spilledBytes } = countersSchema.parse(JSON.parse(json));
  const files = filesTotal === 0 ? {} : { files: { done: filesDone, total: filesTotal } };
  return { phase, rows, bytes, ...files, spilledBytes, elapsedMs };
}

/** Polls the counters while the work runs; without a listener it does nothing. The timer keeps no process alive. */
export function watchProgress(cancel: Pick<NativeCancel, "progress">, options: ProgressOptions): ProgressWatch {
  const { onProgress, signal } = options;
  if (onProgress === undefined) return { signal, stop: () => undefined };
  const failed = new AbortController();
  const began = performance.now();
  const combined = signal === undefined ? failed.signal : AbortSignal.any([signal, failed.signal]);
  const poll = (): void => {
    const json = combined.aborted ? null : cancel.progress();
    if (json === null) return;
    try {
      onProgress(progressOf(json, Math.round(performance.now() - began)));
    } catch (error) {
      failed.abort(error);
    }
  };
  const timer = setInterval(poll, intervalMs);
  timer.unref();
  return {
    signal: combined,
    stop: () => clearInterval(timer),
  };
}
