import { registerDataset } from "@deltafuse/dataset-io/register";
import { type CacheScope, createCacheScope } from "@deltafuse/session-core/cache-scope";
import { openSession, type Session } from "@deltafuse/session-core/session";
import type { Client, Setup } from "../contestant.ts";
import type { Counters } from "../workload.ts";
import { benchmarkProfile } from "./deltafuse-profile.ts";

type Place = Pick<Setup, "limits" | "tables">;

/** Sessions that have one table, and share the caches of files of a scope or nothing. */
class SessionGroup {
  readonly #place: Place;
  readonly #table: string;
  readonly #caches: CacheScope | null;

  constructor(place: Place, table: string, caches: CacheScope | null) {
    this.#place = place;
    this.#table = table;
    this.#caches = caches;
  }

  async open(): Promise<Session> {
    const options = this.#caches === null ? {} : { caches: this.#caches };
    const session = await openSession(benchmarkProfile(this.#place.limits), options);
    await registerDataset(session, this.#table, this.#place.tables[this.#table]?.path ?? "");
    return session;
  }

  /** One more session, as a client. */
  async client(): Promise<Client> {
    const session = await this.open();
    return {
      query: async (sql) => ({ rows: (await session.sql(sql).rows()).length }),
      close: () => session.close(),
    };
  }

  async close(): Promise<void> {
    await this.#caches?.close();
  }
}

/** Sessions beside those of this process: with the caches of one scope, or each with its own. */
export async function sessionGroup(place: Place, table: string, caches: "shared" | "own"): Promise<SessionGroup> {
  const scope = caches === "own" ? null : await createCacheScope(benchmarkProfile(place.limits));
  return new SessionGroup(place, table, scope);
}

/** Lookups in caches of files, hits and misses, of some sessions that ask the same, one after the other. */
async function lookups(group: SessionGroup, sql: string, sessions: number): Promise<string> {
  const opened: Session[] = [];
  try {
    for (let count = 0; count < sessions; count++) {
      const session = await group.open();
      opened.push(session);
      await session.sql(sql).rows();
    }
    const all = await Promise.all(opened.map((session) => session.metrics()));
    return all
      .map(({ caches }) => caches.find(({ name }) => name === "metadata"))
      .map((footers) => `${footers?.hits ?? 0} hits ${footers?.misses ?? 0} misses`)
      .join(", ");
  } finally {
    for (const session of opened) await session.close();
    await group.close();
  }
}

/** What the caches of footers of three sessions have done, with a scope for all of them and without one. */
export async function sharingCounters(place: Place, table: string, sql: string): Promise<Counters> {
  return {
    sharedFooters: await lookups(await sessionGroup(place, table, "shared"), sql, 3),
    ownFooters: await lookups(await sessionGroup(place, table, "own"), sql, 3),
  };
}
