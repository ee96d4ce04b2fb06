import type { AbortableOptions } from "@deltafuse/config/abort";
import { type Closeable, closeable } from "@deltafuse/config/disposal";
import type { Profile } from "@deltafuse/config/profile";
import type { HookEmitter } from "@deltafuse/hooks/emitter";
import { throwFailure } from "./extension-disposal.ts";
import { type LeaseName, leaseName } from "./lease-name.ts";
import { invalidSize, leaseClosed, poolClosed, rebuildFailed } from "./pool-errors.ts";
import { openSlot, type PoolSlot } from "./pool-slot.ts";
import { type PoolWaiters, poolWaiters } from "./pool-waiters.ts";
import { sessionHooks } from "./session-hooks.ts";
import { startSession } from "./session-start.ts";
import type { OpenSessionOptions, Session } from "./session.ts";

/** What a pool is opened with: what each of its sessions is opened with, and how many there may be. */
export interface SessionPoolOptions extends Omit<OpenSessionOptions, "signal"> {
  /** Most sessions at once, at least 1. They are opened when they are needed. */
  readonly size: number;
}

/** A session for somebody who has it alone, until it is given back by `close`. */
export interface SessionLease extends Closeable {
  /** 80 random bits in base 32: 16 characters, lower case. */
  readonly id: string;
  /** `r_<id>_`, for names of tables and files that nobody else has. */
  readonly prefix: string;
  /**
   * The session. Once the lease was given back its calls fail with `POOL.LEASE_CLOSED`. Closing it gives the lease back.
   */
  readonly session: Session;
  /**
   * Gives the session back: ends what runs in it, and makes it as it was before. Tables, views, schemas, functions, prepared
   * statements and settings of the lease go, what it has replaced or dropped comes back. A session that cannot be cleaned is
   * replaced. Rejects with `POOL.REBUILD_FAILED` when that fails too.
   */
  close(): Promise<void>;
}

/** Sessions of one profile, lent one after the other. */
export interface SessionPool extends Closeable {
  /** Most sessions at once. */
  readonly size: number;
  /**
   * A session that is as it was when it was opened. Who comes first is served first; an abort leaves the queue. Rejects
   * with `POOL.CLOSED` and as `openSession`.
   */
  acquire(options?: AbortableOptions): Promise<SessionLease>;
  /** Refuses who waits with `POOL.CLOSED`, ends the leases, and closes all sessions. */
  close(): Promise<void>;
}

interface PoolParts {
  readonly size: number;
  readonly hooks: HookEmitter;
  readonly open: (slot: number) => Promise<Session>;
  /** What is done after the last event. */
  readonly ended: () => Promise<void>;
}

class Pool implements SessionPool {
  readonly size: number;
  readonly #parts: PoolParts;
  readonly #waiters: PoolWaiters<PoolSlot> = poolWaiters();
  readonly #idle: PoolSlot[] = [];
  readonly #leases = new Set<SessionLease>();
  readonly #builds = new Set<Promise<void>>();
  /** Numbers of the sessions there are, and of those that are being opened. */
  readonly #numbers = new Set<number>();
  readonly #closing: Closeable = closeable(() => this.#end());
  #closed = false;

  constructor(parts: PoolParts) {
    this.size = parts.size;
    this.#parts = parts;
  }

  close(): Promise<void> {
    return this.#closing.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#closing.close();
  }

  async acquire({ signal }: AbortableOptions = {}): Promise<SessionLease> {
    if (this.#closed) throw poolClosed();
    signal?.throwIfAborted();
    const began = performance.now();
    const waiting = this.#waiters.wait(signal);
    this.#serve();
    const slot = await waiting;
    if (!this.#closed) return this.#lend(slot, began);
    await slot.close();
    throw poolClosed();
  }

  #serve(): void {
    while (this.#waiters.count > 0) {
      const slot = this.#idle.shift();
      if (slot === undefined) break;
      this.#waiters.serve(slot);
    }
    while (this.#waiters.count > this.#builds.size && this.#numbers.size < this.size) this.#build();
  }

  #build(): void {
    const number = this.#freeNumber();
    this.#numbers.add(number);
    const build = this.#open(number).then(
      (slot) => this.#idle.push(slot),
      (error: unknown) => {
        this.#numbers.delete(number);
        this.#waiters.refuse(error);
      },
    );
    const done = build.then(() => {
      this.#builds.delete(done);
      if (!this.#closed) this.#serve();
    });
    this.#builds.add(done);
  }

  #freeNumber(): number {
    let number = 0;
    while (this.#numbers.has(number)) number += 1;
    return number;
  }

  async #open(number: number): Promise<PoolSlot> {
    return openSlot(number, await this.#parts.open(number));
  }

  #lend(slot: PoolSlot, began: number): SessionLease {
    const acquired = performance.now();
    const name = leaseName();
    const hooks = this.#parts.hooks.child({ sessionId: slot.base.id });
    const giving = closeable(async () => {
      this.#leases.delete(lease);
      await this.#takeBack(slot, { session, hooks, acquired });
      hooks[Symbol.dispose]();
    });
    const session = slot.lend({ hooks, closed: () => leaseClosed(name.id), giveBack: () => giving.close() });
    const lease: SessionLease = leaseOf(name, session, giving);
    this.#leases.add(lease);
    hooks.emit("pool.acquired", { slot: slot.number, waitUs: microseconds(began) });
    return lease;
  }

  async #takeBack(
    slot: PoolSlot,
    lease: { readonly session: Session; readonly hooks: HookEmitter; readonly acquired: number },
  ): Promise<void> {
    try {
      await slot.retire(lease.session);
      const cleaned = await slot.restore();
      lease.hooks.emit("pool.released", { slot: slot.number, heldUs: microseconds(lease.acquired), cleaned });
    } catch (error) {
      await this.#replace(slot, lease.hooks, error);
      return;
    }
    if (this.#closed) return slot.close();
    this.#idle.push(slot);
    this.#serve();
    return undefined;
  }

  /** A session that may not be clean is given to nobody. */
  async #replace(slot: PoolSlot, hooks: HookEmitter, error: unknown): Promise<void> {
    const { number } = slot;
    const reason = error instanceof Error ? error.message : String(error);
    await Promise.allSettled([slot.close()]);
    if (this.#closed) return;
    try {
      this.#idle.push(await this.#open(number));
      hooks.emit("pool.slot_rebuilt", { slot: number, reason });
    } catch (failure) {
      this.#numbers.delete(number);
      throw rebuildFailed(number, reason, failure);
    } finally {
      this.#serve();
    }
  }

  async #end(): Promise<void> {
    this.#closed = true;
    this.#waiters.refuseAll(poolClosed());
    await Promise.allSettled([...this.#leases].map((lease) => lease.close()));
    await Promise.allSettled(this.#builds);
    const ends = await Promise.allSettled(this.#idle.map((slot) => slot.close()));
    await this.#parts.ended();
    throwFailure(ends);
  }
}

function leaseOf({ id, prefix }: LeaseName, session: Session, closing: Closeable): SessionLease {
  return { id, prefix, session, ...closing };
}

function microseconds(began: number): number {
  return Math.round((performance.now() - began) * 1000);
}

/**
 * Opens a pool: sessions of one profile that are lent one after the other, and are as new for each who gets one. The first
 * `acquire` opens the first session. Sessions without hooks of their own share some, whose records go where the diagnostics
 * of `env` say, else into memory.
 *
 * Rejects with `POOL.INVALID_SIZE {size}`.
 *
 * @example
 * await using pool = await openSessionPool(profile, { size: 4, extensions: [datasets({ catalog })] });
 * await using lease = await pool.acquire({ signal });
 * await lease.session.execute("CREATE TABLE scratch AS SELECT 1 AS one");
 */
export async function openSessionPool(profile: Profile, options: SessionPoolOptions): Promise<SessionPool> {
  const { size, ...opening } = options;
  if (!Number.isSafeInteger(size) || size < 1) throw invalidSize(size);
  const own = sessionHooks();
  const hooks = await own.of(options);
  return new Pool({
    size,
    hooks,
    open: (slot) => startSession(profile, { ...opening, hooks }, slot),
    ended: () => own.close(),
  });
}
