import { untilAborted } from "@deltafuse/config/abort";
import { type Closeable, closeable } from "@deltafuse/config/disposal";
import type { Fingerprint } from "@deltafuse/config/fingerprint";
import type { Profile } from "@deltafuse/config/profile";
import type { HookEmitter } from "@deltafuse/hooks/emitter";
import { throwFailure } from "./extension-disposal.ts";
import type { SessionExtension } from "./extension.ts";
import { type InstallPlan, planInstall } from "./install-plan.ts";
import { loadNativeLibrary } from "./native-library.ts";
import { ownMachine } from "./own-machine.ts";
import { sessionCacheClosed } from "./session-errors.ts";
import { type SessionHooks, sessionHooks } from "./session-hooks.ts";
import { warn } from "./session-handle.ts";
import { buildSession, type BuiltSession, type SessionBlueprint } from "./session-opening.ts";
import type { OpenSessionOptions, Session } from "./session.ts";

/** What a session of a cache is asked for with. */
export type EnsureOptions = Omit<OpenSessionOptions, "extensions">;

/**
 * Sessions that are built once and used by many. Two calls with profiles and extensions that say the same share one native
 * session: tables, functions and caches of one are seen by the other. Each gets a handle of its own, with its own hooks;
 * closing a handle closes nothing else. Handles without hooks of their own share some for each value of the diagnostics of
 * `env`; their sinks are closed with the cache. SET and RESET through a handle reject with `SESSION.SHARED_MUTATION`.
 */
export interface SessionCache extends Closeable {
  /**
   * A handle of the session, which is built if it is not there. Concurrent calls share one build, which goes on while one of
   * them waits; a build that failed is not kept. Rejects as `openSession`, and with `SESSION.CLOSED` on a closed cache.
   */
  ensure(profile: Profile, extensions: readonly SessionExtension[], options?: EnsureOptions): Promise<Session>;
  /**
   * A handle of the session if it is there and built. Without hooks, its records go where the diagnostics of `env` say when
   * an `ensure` has said so before, else into memory. Throws what `planInstall` throws, and `SESSION.CLOSED`.
   */
  get(profile: Profile, extensions: readonly SessionExtension[], options?: EnsureOptions): Session | undefined;
  /**
   * Forgets a session: the next `ensure` builds another one. It is freed when its last handle is closed. Resolves with
   * whether it was there.
   */
  evict(profile: Profile, extensions: readonly SessionExtension[], options?: EnsureOptions): Promise<boolean>;
  /** Forgets every session. */
  clear(): Promise<void>;
  /** Closes every handle and frees every session. */
  close(): Promise<void>;
}

interface Entry {
  readonly built: Promise<BuiltSession>;
  /** Its fingerprint. */
  readonly keyHash: Fingerprint;
  /** Those it was built with. */
  readonly hooks: HookEmitter;
  readonly handles: Set<Session>;
  /** Stops the build when nobody waits for it any more. */
  readonly stop: AbortController;
  /** Set once it is built. */
  ready: BuiltSession | null;
  /** Calls that wait, and handles that are open. */
  users: number;
  /** Whether it is free to go when nobody uses it. */
  forgotten: boolean;
}

/** Sessions with caches of their own and sessions of each scope are kept apart. */
function keyOf({ specHash }: InstallPlan, { caches }: EnsureOptions): string {
  return caches === undefined ? specHash : `${specHash} ${caches.id}`;
}

class Cache implements SessionCache {
  readonly #entries = new Map<string, Entry>();
  /** With those that are forgotten and still in use. */
  readonly #live = new Set<Entry>();
  readonly #hooks: SessionHooks = sessionHooks();
  readonly #closing: Closeable = closeable(() => this.#end());
  #closed = false;

  close(): Promise<void> {
    return this.#closing.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#closing.close();
  }

  async ensure(
    profile: Profile,
    extensions: readonly SessionExtension[],
    options: EnsureOptions = {},
  ): Promise<Session> {
    const began = performance.now();
    const plan = this.#plan(profile, extensions, options);
    const { signal } = options;
    signal?.throwIfAborted();
    const making = this.#hooks.of(options);
    const hooks = making instanceof Promise ? await making : making;
    if (this.#closed) throw sessionCacheClosed();
    const known = this.#entries.get(keyOf(plan, options));
    const about = { cache: "session", scope: null, keyHash: plan.specHash } as const;
    if (known === undefined) hooks.emit("cache.miss", about);
    const entry = known ?? this.#start(keyOf(plan, options), { plan, extensions, hooks, caches: options.caches });
    entry.users += 1;
    try {
      const built = await untilAborted(entry.built, signal);
      if (this.#closed) throw sessionCacheClosed();
      const durationUs = Math.round((performance.now() - began) * 1000);
      hooks.emit(known === undefined ? "cache.write" : "cache.hit", { ...about, durationUs });
      return this.#handle(entry, built, { hooks, durationUs: known === undefined ? null : durationUs });
    } catch (error) {
      await this.#release(entry).catch((failure: unknown) => warn(hooks, failure));
      throw error;
    }
  }

  get(profile: Profile, extensions: readonly SessionExtension[], options: EnsureOptions = {}): Session | undefined {
    const plan = this.#plan(profile, extensions, options);
    const entry = this.#entries.get(keyOf(plan, options));
    const hooks = this.#hooks.opened(options);
    const ready = entry?.ready ?? null;
    hooks.emit(ready === null ? "cache.miss" : "cache.hit", { cache: "session", scope: null, keyHash: plan.specHash });
    if (entry === undefined || ready === null) return undefined;
    entry.users += 1;
    return this.#handle(entry, ready, { hooks, durationUs: 0 });
  }

  async evict(
    profile: Profile,
    extensions: readonly SessionExtension[],
    options: EnsureOptions = {},
  ): Promise<boolean> {
    const key = keyOf(this.#plan(profile, extensions, options), options);
    const entry = this.#entries.get(key);
    if (entry === undefined) return false;
    this.#entries.delete(key);
    await this.#evict(entry, "evicted");
    return true;
  }

  async clear(): Promise<void> {
    if (this.#closed) throw sessionCacheClosed();
    const entries = [...this.#entries.values()];
    this.#entries.clear();
    throwFailure(await Promise.allSettled(entries.map((entry) => this.#evict(entry, "cleared"))));
  }

  #plan(profile: Profile, extensions: readonly SessionExtension[], options: EnsureOptions): InstallPlan {
    if (this.#closed) throw sessionCacheClosed();
    const { env, machine = ownMachine() } = options;
    return planInstall(profile, extensions, { machine, ...(env === undefined ? {} : { env }) });
  }

  #start(key: string, parts: Pick<SessionBlueprint, "plan" | "extensions" | "hooks" | "caches">): Entry {
    const stop = new AbortController();
    const build = async (): Promise<BuiltSession> => {
      const library = await loadNativeLibrary();
      return buildSession({ ...parts, library, shared: true, poolSlot: null }, { signal: stop.signal });
    };
    const entry: Entry = {
      built: build(),
      keyHash: parts.plan.specHash,
      hooks: parts.hooks,
      handles: new Set(),
      stop,
      ready: null,
      users: 0,
      forgotten: false,
    };
    this.#entries.set(key, entry);
    this.#live.add(entry);
    entry.built.then(
      (built) => this.#keep(entry, built),
      () => this.#drop(entry),
    );
    return entry;
  }

  async #keep(entry: Entry, built: BuiltSession): Promise<void> {
    entry.ready = built;
    await this.#freeUnused(entry).catch((failure: unknown) => warn(entry.hooks, failure));
  }

  #drop(entry: Entry): void {
    this.#live.delete(entry);
    for (const [key, other] of this.#entries) {
      if (other === entry) this.#entries.delete(key);
    }
  }

  /** The builder's hooks know of the session already. */
  #handle(
    entry: Entry,
    { handle, tellAgain }: BuiltSession,
    { hooks, durationUs }: { readonly hooks: HookEmitter; readonly durationUs: number | null },
  ): Session {
    const session = handle.share(hooks, async () => {
      entry.handles.delete(session);
      await this.#release(entry);
    });
    entry.handles.add(session);
    if (durationUs !== null) tellAgain(session.hooks, durationUs);
    return session;
  }

  async #release(entry: Entry): Promise<void> {
    entry.users -= 1;
    if (entry.users === 0 && entry.ready === null) {
      this.#drop(entry);
      entry.forgotten = true;
      entry.stop.abort();
    }
    await this.#freeUnused(entry);
  }

  async #evict(entry: Entry, reason: string): Promise<void> {
    const { hooks, keyHash } = entry;
    hooks.emit("cache.evict", { cache: "session", scope: null, keyHash, reason });
    await this.#forget(entry);
  }

  async #forget(entry: Entry): Promise<void> {
    entry.forgotten = true;
    await this.#freeUnused(entry);
  }

  async #freeUnused(entry: Entry): Promise<void> {
    if (entry.users > 0 || !entry.forgotten || entry.ready === null) return;
    const { handle } = entry.ready;
    entry.ready = null;
    this.#live.delete(entry);
    await handle.free();
  }

  async #end(): Promise<void> {
    this.#closed = true;
    const entries = [...this.#live];
    this.#entries.clear();
    const ends: PromiseSettledResult<void>[] = [];
    for (const entry of entries) {
      if (entry.ready === null) entry.stop.abort(sessionCacheClosed());
      ends.push(...(await Promise.allSettled([...entry.handles].map((session) => session.close()))));
      ends.push(...(await Promise.allSettled([this.#forget(entry)])));
      await Promise.allSettled([entry.built]);
    }
    await this.#hooks.close();
    throwFailure(ends);
  }
}

/**
 * Makes an empty cache of sessions. It belongs to whoever makes it; two caches share nothing.
 *
 * @example
 * const cache = createSessionCache();
 * const session = await cache.ensure(profile, [datasets({ catalog })], { hooks });
 */
export function createSessionCache(): SessionCache {
  return new Cache();
}
