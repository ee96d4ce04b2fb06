import * as z from "@deltafuse/config/zod";
import { decodeNativeError } from "./native-call.ts";
import { loadNativeLibrary } from "./native-library.ts";

/** Threads of the native extension, and how it hands batches over. What is left out keeps its default. */
export interface RuntimeOptions {
  /** Threads that run plans. Default: the number of cores, at least 2. */
  readonly workerThreads?: number;
  /** Threads that serve sockets of object stores. Default: 2. */
  readonly ioThreads?: number;
  /** Most threads for blocking work. Default: 64. */
  readonly maxBlockingThreads?: number;
  /**
   * Whether batches of 64 KiB and more are handed over in the memory where the extension made them, which cannot be moved to
   * another thread. With `false` each is copied into memory of the JavaScript engine, as it is where a runtime wants that
   * (Electron). Default: true.
   */
  readonly externalBuffers?: boolean;
}

/** Counters of the native extension in this process. */
export interface RuntimeStats {
  /** Null until the first native call has started the threads. */
  readonly workerThreads: number | null;
  readonly ioThreads: number | null;
  /** Open native objects by class: `session`, `frame`, `prepared`, `stream`, `sink`, `provider`, `table`, `cacheScope`, `bytes`. */
  readonly handles: Readonly<Record<string, number>>;
  /** Native objects that the garbage collector freed, because nobody closed them. */
  readonly leaked: number;
  /** Batches whose buffers were copied into memory of the JavaScript engine. */
  readonly copiedBuffers: number;
}

const statsSchema: z.ZodMiniType<RuntimeStats> = z.strictObject({
  workerThreads: z.nullable(z.int()),
  ioThreads: z.nullable(z.int()),
  handles: z.record(z.string(), z.int()),
  leaked: z.int(),
  copiedBuffers: z.int(),
});

/**
 * Sets the threads of the native extension and its way to hand batches over, for the whole process. Call it before the first
 * session is opened.
 *
 * Rejects with `NATIVE.RUNTIME_STARTED` when the threads run already, with `NATIVE.LOAD_FAILED` or
 * `SESSION.CONTRACT_MISMATCH` when the extension cannot be used.
 */
export async function configureRuntime(options: RuntimeOptions): Promise<void> {
  const { binding } = await loadNativeLibrary();
  try {
    binding.configureRuntime(JSON.stringify({ v: 1, ...options }));
  } catch (error) {
    throw decodeNativeError(error);
  }
}

/**
 * Reads the counters of the native extension.
 *
 * Rejects with `NATIVE.LOAD_FAILED` or `SESSION.CONTRACT_MISMATCH` when the extension cannot be used.
 */
export async function runtimeStats(): Promise<RuntimeStats> {
  const { binding } = await loadNativeLibrary();
  return statsSchema.parse(JSON.parse(binding.runtimeStats()));
}
