import type { AbortableOptions } from "@deltafuse/config/abort";
import { type Closeable, closeable } from "@deltafuse/config/disposal";
import type { EnvPatch } from "@deltafuse/config/env";
import type { Machine } from "@deltafuse/config/machine";
import { parseProfile, type Profile } from "@deltafuse/config/profile";
import { resolveProfile } from "@deltafuse/config/resolve";
import { uuidV7 } from "@deltafuse/config/uuid";
import { nativeScope } from "./cache-scope-handle.ts";
import { cacheStatsSchema, clearReportSchema } from "./metrics-schema.ts";
import type { NativeBinding, NativeCacheScope, NativeHandle } from "./native-binding.ts";
import { callNative, decodeDocument, decodeNativeError } from "./native-call.ts";
import { loadNativeLibrary } from "./native-library.ts";
import { ownMachine } from "./own-machine.ts";
import type { FileCacheMetrics, FileCacheName } from "./runtime-metrics.ts";
import { cacheScopeClosed } from "./session-errors.ts";

/** What is dropped from caches. */
export interface ClearCaches {
  /** Default: all of them. */
  readonly kinds?: readonly FileCacheName[];
  /** Only what is about this absolute path or `file://` URL, or about something below it. Default: everything. */
  readonly prefix?: string;
}

/** What was dropped from caches. */
export interface ClearReport {
  /** One entry for each cache that was asked for. */
  readonly caches: readonly { readonly name: FileCacheName; readonly entries: number; readonly bytes: number }[];
}

/**
 * Caches of files that several sessions share: Parquet footers, listings and statistics of files. Sessions that reach a
 * store with other credentials never see each other's entries. Sessions outlive the scope they were opened with: the
 * caches go with the last of them.
 */
export interface CacheScope extends Closeable {
  /** Unlike that of every other scope. */
  readonly id: string;
  /** What each cache holds and has done. Throws `SESSION.CLOSED` after close. */
  stats(): readonly FileCacheMetrics[];
  /** Drops entries for all sessions of the scope. Rejects with `SESSION.CLOSED` after close. */
  clear(what?: ClearCaches, options?: AbortableOptions): Promise<ClearReport>;
  /** Lets the caches go. No session can be opened with the scope afterwards; those that have it keep their caches. */
  close(): Promise<void>;
}

/** What the limits of the caches are read with. */
export interface CacheScopeOptions {
  /** What environment variables change: `readEnv()`. Default: nothing. */
  readonly env?: EnvPatch;
  /** Default: this machine, as it is when the process first needs it. */
  readonly machine?: Machine;
}

class Scope implements CacheScope {
  readonly id: string = uuidV7();
  readonly #binding: NativeBinding;
  readonly #native: NativeCacheScope;
  readonly #closing: Closeable;
  #closed = false;

  constructor(binding: NativeBinding, native: NativeCacheScope) {
    this.#binding = binding;
    this.#native = native;
    this.#closing = closeable(async () => {
      this.#closed = true;
      native.close();
    });
  }

  get [nativeScope](): NativeHandle {
    return this.#open();
  }

  close(): Promise<void> {
    return this.#closing.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#closing.close();
  }

  stats(): readonly FileCacheMetrics[] {
    return decodeDocument("cacheScope.stats", this.#open().stats(), cacheStatsSchema).caches;
  }

  async clear(what: ClearCaches = {}, options: AbortableOptions = {}): Promise<ClearReport> {
    const call = { entrypoint: "cacheScope.clear", on: this.#open(), request: { ...what }, reply: clearReportSchema };
    const { body } = await callNative({ binding: this.#binding }, call, options);
    return body;
  }

  #open(): NativeCacheScope {
    if (this.#closed) throw cacheScopeClosed();
    return this.#native;
  }
}

/**
 * Makes empty caches for several sessions, with the limits that a profile resolves to. It belongs to whoever makes it.
 *
 * Rejects with `NATIVE.LOAD_FAILED` and `SESSION.CONTRACT_MISMATCH` when the extension cannot be used, and with
 * `CONFIG.INVALID_PROFILE`.
 *
 * @param profile - Default: the profile of the preset `default`.
 *
 * @example
 * await using caches = await createCacheScope(profile);
 * const session = await openSession(profile, { caches });
 */
export async function createCacheScope(
  profile: Profile = parseProfile({}),
  { env, machine = ownMachine() }: CacheScopeOptions = {},
): Promise<CacheScope> {
  const { runtimeEnv } = resolveProfile(profile, { machine, ...(env === undefined ? {} : { env }) });
  const { binding } = await loadNativeLibrary();
  try {
    return new Scope(binding, binding.createCacheScope(JSON.stringify({ v: 1, ...runtimeEnv.caches })));
  } catch (error) {
    throw decodeNativeError(error);
  }
}
