import { parseProfile } from "@deltafuse/config/profile";
import { recordingHooks } from "@deltafuse/hooks/testing";
import { describe, expect, it } from "vitest";
import { defineSlot, type SessionExtension } from "../src/extension.ts";
import { runtimeStats } from "../src/native-runtime.ts";
import { nativeSession } from "../src/native-session.ts";
import { createSessionCache } from "../src/session-cache.ts";
import type { Session } from "../src/session.ts";

const profile = parseProfile({ preset: "test", sql: { policy: "admin" } });
const slot = defineSlot<string>("mark");

/** Counts how often it is installed, and can be made to wait or fail. */
function counting(install: (count: number) => Promise<void> | void = () => undefined): SessionExtension & {
  readonly installed: () => number;
} {
  let count = 0;
  return {
    id: "counting",
    version: 1,
    contribute: () => ({ steps: [{ id: "tables.register", phase: "catalogs", spec: null }] }),
    install: async (session) => {
      count += 1;
      session.setSlot(slot, "installed");
      await install(count);
    },
    installed: () => count,
  };
}

async function openSessions(): Promise<number> {
  return (await runtimeStats()).handles["session"] ?? 0;
}

async function rowsOf(session: Session, sql: string): Promise<readonly object[]> {
  return [...(await session.sql(sql).rows({ values: "plain" }))];
}

describe("a cache of sessions", () => {
  it("builds once for concurrent calls that ask for the same", async () => {
    await using cache = createSessionCache();
    const extension = counting();
    const sessions = await Promise.all(Array.from({ length: 5 }, () => cache.ensure(profile, [extension])));
    expect(extension.installed()).toBe(1);
    expect(new Set(sessions.map(({ id }) => id)).size).toBe(1);
    expect(new Set(sessions).size).toBe(5);
    expect(sessions.map((session) => session.slot(slot))).toEqual(Array.from({ length: 5 }, () => "installed"));
    const [one, other] = sessions;
    await one?.execute("CREATE TABLE t AS SELECT 7 AS a");
    expect(other === undefined ? [] : await rowsOf(other, "SELECT a FROM t")).toEqual([{ a: 7 }]);
    const different = parseProfile({ preset: "test", sql: { policy: "read_only" } });
    expect((await cache.ensure(different, [extension])).id).not.toBe(one?.id);
    await using another = createSessionCache();
    expect((await another.ensure(profile, [extension])).id).not.toBe(one?.id);
  });

  it("tries again after a build that failed", async () => {
    await using cache = createSessionCache();
    const extension = counting((count) => {
      if (count === 1) throw new Error("not yet");
    });
    const tried = await Promise.allSettled([cache.ensure(profile, [extension]), cache.ensure(profile, [extension])]);
    expect(tried.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    await expect(Promise.reject(tried[1].status === "rejected" ? tried[1].reason : null)).rejects.toMatchObject({
      code: "SESSION.INSTALL_FAILED",
    });
    expect(cache.get(profile, [extension])).toBeUndefined();
    const session = await cache.ensure(profile, [extension]);
    expect(await rowsOf(session, "SELECT 1 AS a")).toEqual([{ a: 1 }]);
    expect(extension.installed()).toBe(2);
  });

  it("closes handles one by one and keeps the session until it is forgotten", async () => {
    const before = await openSessions();
    await using cache = createSessionCache();
    const one = await cache.ensure(profile, []);
    const other = await cache.ensure(profile, []);
    const third = cache.get(profile, []);
    await one.close();
    await one.close();
    expect(() => one.sql("SELECT 1")).toThrow(expect.objectContaining({ code: "SESSION.CLOSED" }));
    expect(await rowsOf(other, "SELECT 1 AS a")).toEqual([{ a: 1 }]);
    await other.close();
    expect(third === undefined ? [] : await rowsOf(third, "SELECT 2 AS a")).toEqual([{ a: 2 }]);
    await third?.close();
    expect(await openSessions()).toBe(before + 1);
    expect((await cache.ensure(profile, [])).id).toBe(one.id);
    expect(await cache.evict(profile, [])).toBe(true);
    expect(await cache.evict(profile, [])).toBe(false);
    expect(cache.get(profile, [])).toBeUndefined();
    expect((await cache.ensure(profile, [])).id).not.toBe(one.id);
    await cache.clear();
    await cache.close();
    expect(await openSessions()).toBe(before);
  });

  it("frees a forgotten session when its last handle is closed, or at once without handles", async () => {
    const before = await openSessions();
    await using cache = createSessionCache();
    const session = await cache.ensure(profile, []);
    await cache.clear();
    expect(await rowsOf(session, "SELECT 1 AS a")).toEqual([{ a: 1 }]);
    expect(await openSessions()).toBe(before + 1);
    await session.close();
    expect(await openSessions()).toBe(before);
    await (await cache.ensure(profile, [])).close();
    expect(await openSessions()).toBe(before + 1);
    await cache.clear();
    expect(await openSessions()).toBe(before);
  });

  it("closes everything with itself", async () => {
    const before = await openSessions();
    const cache = createSessionCache();
    const session = await cache.ensure(profile, []);
    const stream = await session.sql("SELECT * FROM range(0, 10000000)").stream();
    const forgotten = await cache.ensure(profile, []);
    await cache.clear();
    const pending = cache.ensure(profile, [counting()]);
    const closed = expect.objectContaining({ code: "SESSION.CLOSED" });
    const rejected = expect(pending).rejects.toEqual(closed);
    await Promise.all([cache.close(), cache.close()]);
    await rejected;
    expect(() => forgotten.table("t")).toThrow(closed);
    await expect(cache.ensure(profile, [])).rejects.toEqual(closed);
    expect(() => cache.get(profile, [])).toThrow(closed);
    await expect(cache.clear()).rejects.toEqual(closed);
    await stream.close();
    expect(await openSessions()).toBe(before);
  });

  it("goes on building while somebody waits, and stops when nobody does", async () => {
    const before = await openSessions();
    await using cache = createSessionCache();
    const gates: (() => void)[] = [];
    const extension = counting(() => new Promise<void>((resolve) => gates.push(resolve)));
    const leaving = new AbortController();
    const left = cache.ensure(profile, [extension], { signal: leaving.signal });
    const staying = cache.ensure(profile, [extension]);
    while (gates.length === 0) await new Promise((resolve) => setImmediate(resolve));
    leaving.abort(new Error("gone"));
    await expect(left).rejects.toThrow("gone");
    gates.forEach((open) => open());
    expect((await staying).slot(slot)).toBe("installed");
    expect(extension.installed()).toBe(1);
    await cache.evict(profile, [extension]);

    const all = new AbortController();
    const abandoned = cache.ensure(profile, [extension], { signal: all.signal });
    while (gates.length === 1) await new Promise((resolve) => setImmediate(resolve));
    all.abort(new Error("gone too"));
    await expect(abandoned).rejects.toThrow("gone too");
    gates.forEach((open) => open());
    const again = cache.ensure(profile, [extension]);
    while (gates.length === 2) await new Promise((resolve) => setImmediate(resolve));
    gates.forEach((open) => open());
    expect((await again).slot(slot)).toBe("installed");
    expect(extension.installed()).toBe(3);
    await cache.close();
    expect(await openSessions()).toBe(before);
  });

  it("refuses SET and RESET through a handle, and changes nothing", async () => {
    await using cache = createSessionCache();
    const session = await cache.ensure(profile, []);
    const before = await session.runtime();
    for (const [sql, statement] of [
      ["SET datafusion.execution.batch_size = 1", "SET"],
      ["RESET datafusion.execution.batch_size", "RESET"],
      ["SET TIME ZONE = '+02:00'", "SET"],
    ]) {
      await expect(session.execute(sql ?? "")).rejects.toMatchObject({
        code: "SESSION.SHARED_MUTATION",
        details: { statement, queryId: expect.any(String) },
      });
    }
    expect(await session.runtime()).toEqual(before);
  });

  it("gives every handle its own hooks", async () => {
    await using cache = createSessionCache();
    const [first, second] = [recordingHooks(), recordingHooks()];
    const one = await cache.ensure(profile, [], { hooks: first });
    const other = await cache.ensure(profile, [], { hooks: second });
    await rowsOf(other, "SELECT 1 AS a");
    await other.close();
    await one.close();
    const made = ["cache.miss", "session.opened", "cache.write"];
    expect(first.names()).toEqual([...made, "session.closing", "session.closed"]);
    expect(second.names()).toEqual([
      "cache.hit",
      "session.opened",
      "sql.received",
      "cache.miss",
      "plan.compiled",
      "query.started",
      "query.finished",
      "session.closing",
      "session.closed",
    ]);
    for (const hooks of [first, second]) {
      expect(hooks.of("session.opened").map(({ shared }) => shared)).toEqual([true]);
      expect(hooks.of("session.closed").map(({ shared }) => shared)).toEqual([true]);
    }
    expect([first, second].map((hooks) => hooks.of("session.closed").map(({ queries }) => queries))).toEqual([
      [0],
      [1],
    ]);
  });

  it("lets frames of two handles of one session be joined", async () => {
    await using cache = createSessionCache();
    const one = await cache.ensure(profile, []);
    const other = await cache.ensure(profile, []);
    const left = one.sql("SELECT 1 AS a");
    const right = other.sql("SELECT 1 AS a, 2 AS b");
    expect([...(await left.join(right, { on: ["a"] }).rows({ values: "plain" }))]).toEqual([{ a: 1, b: 2 }]);
  });

  it("counts what one handle adds for all of them", async () => {
    await using cache = createSessionCache();
    const one = await cache.ensure(profile, []);
    const other = await cache.ensure(profile, []);
    nativeSession(one).addFunction("mask", "aa");
    expect((await other.runtime()).revision).toBe(1);
  });
});
