import { presetNames } from "@deltafuse/config/presets";
import { parseProfile, type ProfileInput } from "@deltafuse/config/profile";
import { recordingHooks } from "@deltafuse/hooks/testing";
import { describe, expect, it } from "vitest";
import { defineSlot, type SessionExtension } from "../src/extension.ts";
import { nativeSession } from "../src/native-session.ts";
import { runtimeStats } from "../src/native-runtime.ts";
import { openSessionPool, type SessionPool, type SessionPoolOptions } from "../src/session-pool.ts";
import { diffSettings } from "../src/session-runtime.ts";
import { openSession, type Session } from "../src/session.ts";

const machine = { cores: 2, memoryBytes: 2 ** 32 };

function open(options: Partial<SessionPoolOptions> = {}, profile: ProfileInput = {}): Promise<SessionPool> {
  const parsed = parseProfile({ preset: "test", sql: { policy: "admin" }, ...profile });
  return openSessionPool(parsed, { size: 1, machine, ...options });
}

async function rows(session: Session, sql: string): Promise<readonly object[]> {
  return [...(await session.sql(sql).rows({ values: "plain" }))];
}

async function openSessions(): Promise<number> {
  return (await runtimeStats()).handles["session"] ?? 0;
}

/** Everything there is to see in a session. */
async function seen(session: Session): Promise<object> {
  const { catalogs } = await session.inspect();
  const { entries } = await session.settings();
  const { sessionHash, revision, functions, runtimeEnv } = await session.runtime();
  return { catalogs, entries, sessionHash, revision, functions, runtimeEnv };
}

/** Brings a table and a view into a session. */
const tables: SessionExtension = {
  id: "tables",
  version: 1,
  contribute: () => ({ steps: [{ id: "tables.register", phase: "catalogs", spec: null }] }),
  install: async (session) => {
    await session.execute("CREATE TABLE orders AS SELECT value AS id FROM range(3)");
    await session.createView("views.few", session.sql("SELECT id FROM orders WHERE id < 2"));
  },
};

const failure = (code: string): unknown => expect.objectContaining({ code });

describe("a lease", () => {
  it("has a session whose records name its slot", async () => {
    const hooks = recordingHooks();
    const pool = await open({ size: 2, hooks });
    const leases = [await pool.acquire(), await pool.acquire()];
    await Promise.all(leases.map((lease) => lease.close()));
    await pool.close();
    const bodies = hooks.telemetry.recorder.snapshot({ kinds: ["session"] }).map(({ body }) => body);
    expect(bodies.map(({ action, poolSlot }) => JSON.stringify([action, poolSlot])).toSorted()).toEqual([
      '["closed",0]',
      '["closed",1]',
      '["opened",0]',
      '["opened",1]',
    ]);
  });

  it("has a session of its own until it is given back", async () => {
    await using pool = await open();
    const lease = await pool.acquire();
    expect(lease.id).toMatch(/^[a-z2-7]{16}$/);
    expect(lease.prefix).toBe(`r_${lease.id}_`);
    const frame = lease.session.sql("SELECT 1 AS one");
    expect(await rows(lease.session, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
    const prepared = await lease.session.prepare("SELECT $1 AS n");
    await lease.close();
    await lease.close();
    expect(() => lease.session.sql("SELECT 1")).toThrow(expect.objectContaining({ code: "POOL.LEASE_CLOSED" }));
    expect(() => prepared.bind([1])).toThrow(expect.objectContaining({ code: "POOL.LEASE_CLOSED" }));
    await expect(frame.rows()).rejects.toEqual(failure("POOL.LEASE_CLOSED"));
    await expect(lease.session.settings()).rejects.toMatchObject({ details: { lease: lease.id } });
    await using next = await pool.acquire();
    expect(next.session.id).toBe(lease.session.id);
    expect(await rows(next.session, "SELECT 2 AS two")).toEqual([{ two: 2 }]);
  });

  it("leaves nothing behind", async () => {
    await using pool = await open({ extensions: [tables] }, { prepared: [{ name: "first", sql: "SELECT $1 AS n" }] });
    const lease = await pool.acquire();
    const { session } = lease;
    const before = await seen(session);
    await session.execute("CREATE TABLE scratch AS SELECT 1 AS one");
    await session.execute("CREATE OR REPLACE TABLE orders AS SELECT 'other' AS text");
    await session.execute("CREATE SCHEMA more");
    await session.execute("CREATE TABLE more.inner_table AS SELECT 1 AS one");
    await session.drop("view", "views.few");
    await session.createView("views.mine", session.sql("SELECT 1 AS one"));
    await session.execute("SET datafusion.execution.batch_size = 17");
    await session.execute("SET datafusion.runtime.metadata_cache_limit = '3M'");
    await session.execute("SET TIME ZONE = '+02:00'");
    await session.execute("PREPARE second AS SELECT 2 AS two");
    await session.execute("DEALLOCATE first");
    expect(await seen(session)).not.toEqual(before);
    await lease.close();
    await using next = await pool.acquire();
    expect(await seen(next.session)).toEqual(before);
    expect(await rows(next.session, "SELECT id FROM orders ORDER BY id")).toEqual([{ id: 0 }, { id: 1 }, { id: 2 }]);
    expect(await rows(next.session, "SELECT id FROM views.few ORDER BY id")).toEqual([{ id: 0 }, { id: 1 }]);
    expect(await rows(next.session, "EXECUTE first(7)")).toEqual([{ n: 7 }]);
    expect(await next.session.prepared("first").bind([8]).rows({ values: "plain" })).toEqual([{ n: 8 }]);
    await expect(rows(next.session, "EXECUTE second")).rejects.toEqual(failure("SQL.PREPARED_NOT_FOUND"));
    expect(() => next.session.prepared("second")).toThrow(expect.objectContaining({ code: "SQL.PREPARED_NOT_FOUND" }));
  });

  it("tells what was cleaned, in order", async () => {
    const hooks = recordingHooks();
    await using pool = await open({ hooks, extensions: [tables] });
    const lease = await pool.acquire();
    const before = hooks.events().length;
    await lease.session.execute("CREATE TABLE scratch AS SELECT 1 AS one");
    await lease.session.drop("view", "views.few");
    await lease.session.execute("SET datafusion.execution.batch_size = 17");
    await lease.session.execute("PREPARE one AS SELECT 1 AS one");
    await lease.close();
    const told = hooks
      .events()
      .slice(before)
      .filter(({ event }) => !event.startsWith("query.") && !event.startsWith("plan.") && !event.startsWith("sql."));
    expect(told.map(({ event }) => event)).toEqual([
      "table.registered",
      "table.dropped",
      "setting.changed",
      "statement.prepared",
      "pool.released",
    ]);
    expect(hooks.of("pool.acquired")).toMatchObject([{ slot: 0, sessionId: lease.session.id }]);
    expect(hooks.of("pool.released")).toMatchObject([
      { slot: 0, cleaned: { tables: 1, views: 1, functions: 0, prepared: 1, settings: 1 } },
    ]);
    expect(hooks.of("session.closed")).toEqual([]);
  });

  it("ends what runs in it when it is given back", async () => {
    const hooks = recordingHooks();
    await using pool = await open({ hooks });
    const lease = await pool.acquire();
    const stream = await lease.session.sql("SELECT value FROM range(1000000000)").stream();
    const columns = stream.columns()[Symbol.asyncIterator]();
    await columns.next();
    const creating = lease.session.execute(
      "CREATE TABLE big AS SELECT a.value FROM range(100000) a JOIN range(100000) b ON a.value + b.value = -1",
    );
    const created = expect(creating).rejects.toEqual(failure("POOL.LEASE_CLOSED"));
    await lease.close();
    await created;
    await expect(columns.next()).rejects.toEqual(failure("POOL.LEASE_CLOSED"));
    await using next = await pool.acquire();
    expect(
      (await next.session.inspect({ table: "big" })).catalogs.flatMap(({ schemas }) =>
        schemas.flatMap(({ tables: found }) => found),
      ),
    ).toEqual([]);
    expect(hooks.of("pool.slot_rebuilt")).toEqual([]);
  });

  it("is given back by closing its session", async () => {
    await using pool = await open();
    const lease = await pool.acquire();
    await lease.session.close();
    await using next = await pool.acquire();
    expect(next.session.id).toBe(lease.session.id);
  });

  it("has frames that belong to it alone", async () => {
    await using pool = await open();
    const lease = await pool.acquire();
    const frame = lease.session.sql("SELECT 1 AS one");
    await frame.schema();
    await lease.close();
    await using next = await pool.acquire();
    await expect(next.session.createView("kept", frame)).rejects.toEqual(failure("FRAME.FOREIGN_SESSION"));
    const asTable = { tables: { given: frame } };
    expect(() => next.session.sql("SELECT * FROM given", asTable)).toThrow(failure("FRAME.FOREIGN_SESSION"));
    expect(() => next.session.sql("SELECT 1 AS one").union(frame)).toThrow(failure("FRAME.FOREIGN_SESSION"));
  });

  it("puts changed rows of tables in memory back", async () => {
    await using pool = await open({ extensions: [tables] });
    const lease = await pool.acquire();
    await lease.session.execute("INSERT INTO orders VALUES (9)");
    await lease.session.execute("UPDATE orders SET id = 7 WHERE id = 0");
    expect(await rows(lease.session, "SELECT sum(id) AS total FROM orders")).toEqual([{ total: 19 }]);
    await lease.close();
    await using next = await pool.acquire();
    expect(next.session.id).toBe(lease.session.id);
    expect(await rows(next.session, "SELECT id FROM orders ORDER BY id")).toEqual([{ id: 0 }, { id: 1 }, { id: 2 }]);
  });

  it("has what extensions keep for themselves, as they say", async () => {
    const shared = defineSlot<string[]>("shared");
    const copied = defineSlot<string[]>("copied", (value) => [...value]);
    const keeper: SessionExtension = {
      id: "keeper",
      version: 1,
      contribute: () => ({ steps: [{ id: "tables.register", phase: "catalogs", spec: null }] }),
      install: async (session) => {
        session.setSlot(shared, ["installed"]);
        session.setSlot(copied, ["installed"]);
      },
    };
    const mine = defineSlot<number>("mine");
    await using pool = await open({ extensions: [keeper] });
    const lease = await pool.acquire();
    lease.session.slot(shared)?.push("changed");
    lease.session.slot(copied)?.push("changed");
    lease.session.setSlot(mine, 1);
    expect(lease.session.slot(copied)).toEqual(["installed", "changed"]);
    await lease.close();
    await using next = await pool.acquire();
    const { session } = next;
    expect([session.slot(shared), session.slot(copied), session.slot(mine)]).toEqual([
      ["installed", "changed"],
      ["installed"],
      undefined,
    ]);
  });
});

describe("a pool of sessions", () => {
  it.each(presetNames)("has what the preset %s declares, again and again", async (preset) => {
    await using pool = await open({}, { preset });
    await using alone = await openSession(parseProfile({ preset, sql: { policy: "admin" } }), { machine });
    const { sessionId: _own, settings: declared, ...rest } = await alone.runtime();
    for (const changed of ["datafusion.execution.batch_size", "datafusion.optimizer.max_passes"]) {
      await using lease = await pool.acquire();
      const { sessionId: _lent, settings, ...found } = await lease.session.runtime();
      expect(found).toEqual(rest);
      expect(diffSettings(declared, settings)).toEqual([]);
      await lease.session.execute(`SET ${changed} = 5`);
    }
  });

  it("opens sessions on demand and serves who came first", async () => {
    const sessions = await openSessions();
    await using pool = await open({ size: 2 });
    expect(await openSessions()).toBe(sessions);
    const [one, two] = await Promise.all([pool.acquire(), pool.acquire()]);
    expect(await openSessions()).toBe(sessions + 2);
    expect(one.session.id).not.toBe(two.session.id);
    const order: string[] = [];
    const waiting = ["a", "b"].map(async (name) => {
      const lease = await pool.acquire();
      order.push(name);
      return lease;
    });
    await two.close();
    const first = await waiting[0];
    expect(order).toEqual(["a"]);
    expect(first?.session.id).toBe(two.session.id);
    await one.close();
    await Promise.all(waiting);
    expect(order).toEqual(["a", "b"]);
    expect(await openSessions()).toBe(sessions + 2);
  });

  it("lets go of who gives up waiting", async () => {
    await using pool = await open();
    const lease = await pool.acquire();
    const controller = new AbortController();
    const waiting = pool.acquire({ signal: controller.signal });
    const next = pool.acquire();
    const reason = new Error("too long");
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    await expect(pool.acquire({ signal: controller.signal })).rejects.toBe(reason);
    await lease.close();
    expect((await next).session.id).toBe(lease.session.id);
  });

  it("replaces a session that cannot be cleaned", async () => {
    const hooks = recordingHooks();
    await using pool = await open({ hooks, extensions: [tables] });
    const lease = await pool.acquire();
    nativeSession(lease.session).handle.close();
    await lease.close();
    expect(hooks.of("pool.slot_rebuilt")).toMatchObject([{ slot: 0, reason: expect.stringContaining("closed") }]);
    await using next = await pool.acquire();
    expect(next.session.id).not.toBe(lease.session.id);
    expect(await rows(next.session, "SELECT id FROM views.few ORDER BY id")).toEqual([{ id: 0 }, { id: 1 }]);
    const names = hooks.names().filter((name) => name.startsWith("pool.") || name.startsWith("session."));
    expect(names).toEqual([
      "session.step",
      "session.opened",
      "pool.acquired",
      "session.closing",
      "session.closed",
      "session.step",
      "session.opened",
      "pool.slot_rebuilt",
      "pool.acquired",
    ]);
  });

  it("goes on when a session can be neither cleaned nor replaced", async () => {
    let opened = 0;
    const fragile: SessionExtension = {
      ...tables,
      install: async () => {
        opened += 1;
        if (opened === 2) throw new Error("not now");
      },
    };
    await using pool = await open({ extensions: [fragile] });
    const lease = await pool.acquire();
    nativeSession(lease.session).handle.close();
    await expect(lease.close()).rejects.toMatchObject({
      code: "POOL.REBUILD_FAILED",
      details: { slot: 0, reason: expect.any(String) },
      cause: { code: "SESSION.INSTALL_FAILED" },
    });
    await using next = await pool.acquire();
    expect(await rows(next.session, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
    expect(opened).toBe(3);
  });

  it("tells who asks why a session cannot be opened, and tries again", async () => {
    let opened = 0;
    const fragile: SessionExtension = {
      ...tables,
      install: async () => {
        opened += 1;
        if (opened < 3) throw new Error("not yet");
      },
    };
    await using pool = await open({ extensions: [fragile] });
    const [first, second, third] = await Promise.allSettled([pool.acquire(), pool.acquire(), pool.acquire()]);
    expect([first, second]).toEqual([
      { status: "rejected", reason: failure("SESSION.INSTALL_FAILED") },
      { status: "rejected", reason: failure("SESSION.INSTALL_FAILED") },
    ]);
    expect(third?.status).toBe("fulfilled");
  });

  it("ends its leases and refuses who waits when it is closed", async () => {
    const sessions = await openSessions();
    const pool = await open();
    const lease = await pool.acquire();
    const waiting = pool.acquire();
    const refused = expect(waiting).rejects.toEqual(failure("POOL.CLOSED"));
    await pool.close();
    await refused;
    await expect(pool.acquire()).rejects.toEqual(failure("POOL.CLOSED"));
    expect(() => lease.session.sql("SELECT 1")).toThrow(expect.objectContaining({ code: "POOL.LEASE_CLOSED" }));
    expect(await openSessions()).toBe(sessions);
  });

  it("has a size", async () => {
    await expect(open({ size: 0 })).rejects.toMatchObject({ code: "POOL.INVALID_SIZE", details: { size: 0 } });
    await expect(open({ size: 1.5 })).rejects.toEqual(failure("POOL.INVALID_SIZE"));
  });

  it("lends a thousand times and keeps nothing", async () => {
    await using pool = await open({ size: 2, extensions: [tables] });
    const prefixes = new Set<string>();
    const use = async (changes: boolean): Promise<void> => {
      await using lease = await pool.acquire();
      const { session, prefix } = lease;
      prefixes.add(prefix);
      if (!changes) return;
      expect((await session.inspect()).catalogs[0]?.schemas.map(({ tables: found }) => found.length)).toEqual([1, 1]);
      await session.execute(`CREATE TABLE ${prefix}t AS SELECT value FROM range(100)`);
      await session.execute("DROP TABLE orders");
    };
    const handles = async (): Promise<unknown> => (await runtimeStats()).handles;
    await Promise.all([use(true), use(true)]);
    const before = await handles();
    for (let round = 0; round < 250; round += 1) {
      await Promise.all([round % 5 === 0, false, false, false].map((changes) => use(changes)));
    }
    expect(prefixes.size).toBe(1002);
    expect({ ...Object(await handles()), frame: 0, prepared: 0 }).toEqual({ ...Object(before), frame: 0, prepared: 0 });
  }, 240_000);
});
