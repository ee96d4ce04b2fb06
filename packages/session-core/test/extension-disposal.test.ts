import { parseProfile } from "@deltafuse/config/profile";
import { recordingHooks } from "@deltafuse/hooks/testing";
import { beforeEach, describe, expect, it } from "vitest";
import { defineSlot, type SessionExtension } from "../src/extension.ts";
import { runtimeStats } from "../src/native-runtime.ts";
import { createSessionCache } from "../src/session-cache.ts";
import { openSessionPool } from "../src/session-pool.ts";
import { openSession } from "../src/session.ts";

const profile = parseProfile({ preset: "test", sql: { policy: "admin" } });
const slot = defineSlot<string>("held");

let log: string[] = [];

beforeEach(() => {
  log = [];
});

interface Behaviour {
  readonly install?: () => void;
  readonly dispose?: () => void;
}

/** Notes when it is installed and disposed. */
function noting(id: string, { install, dispose }: Behaviour = {}): SessionExtension {
  return {
    id,
    version: 1,
    contribute: () => ({ steps: [{ id: `tables.${id}`, phase: "catalogs", spec: null }] }),
    install: async () => {
      log.push(`install ${id}`);
      install?.();
    },
    dispose: async () => {
      log.push(`dispose ${id}`);
      dispose?.();
    },
  };
}

const fail = (text: string) => (): never => {
  throw new TypeError(text);
};

async function openSessions(): Promise<number> {
  return (await runtimeStats()).handles["session"] ?? 0;
}

describe("disposers of extensions", () => {
  it("run once, last extension first, when streams have stopped; slots are still there", async () => {
    const held: SessionExtension = {
      id: "held",
      version: 1,
      contribute: () => ({}),
      dispose: async (session) => {
        log.push(`dispose ${session.slot(slot)}`);
        await expect(session.execute("SELECT 1")).rejects.toMatchObject({ code: "SESSION.CLOSED" });
      },
    };
    const session = await openSession(profile, { extensions: [held, noting("a"), noting("b")] });
    session.setSlot(slot, "what is held");
    const stream = await session.sql("SELECT value FROM range(1000000000)").stream();
    const batches = stream.columns()[Symbol.asyncIterator]();
    await batches.next();
    await Promise.all([session.close(), session.close()]);
    await expect(batches.next()).rejects.toMatchObject({ code: "SESSION.CLOSED" });
    expect(log.slice(2)).toEqual(["dispose b", "dispose a", "dispose what is held"]);
  });

  it("all run when some fail, and the session is freed", async () => {
    const before = await openSessions();
    const hooks = recordingHooks();
    const extensions = [
      noting("a", { dispose: fail("a is stuck") }),
      noting("b"),
      noting("c", { dispose: fail("c is stuck") }),
    ];
    const session = await openSession(profile, { extensions, hooks });
    await expect(session.close()).rejects.toMatchObject({
      code: "SESSION.DISPOSE_FAILED",
      details: { extensions: ["c", "a"], reasons: ["c is stuck", "a is stuck"] },
      cause: { message: "c is stuck" },
    });
    expect(log.slice(3)).toEqual(["dispose c", "dispose b", "dispose a"]);
    expect(hooks.of("session.closed").length).toBe(1);
    expect(await openSessions()).toBe(before);
  });

  it("run for the extensions that had begun when opening fails", async () => {
    const hooks = recordingHooks();
    const extensions = [
      noting("a", { dispose: fail("a is stuck") }),
      noting("b", { install: fail("b cannot") }),
      noting("c"),
    ];
    await expect(openSession(profile, { extensions, hooks })).rejects.toMatchObject({
      code: "SESSION.INSTALL_FAILED",
      details: { step: "tables.b" },
      cause: { message: "b cannot" },
    });
    expect(log).toEqual(["install a", "install b", "dispose b", "dispose a"]);
    expect(hooks.of("session.warning").map(({ code }) => code)).toEqual(["SESSION.DISPOSE_FAILED"]);
  });

  it("run when the last handle of a forgotten session goes, and when the cache is closed", async () => {
    const cache = createSessionCache();
    const extensions = [noting("a")];
    const [one, other] = await Promise.all([cache.ensure(profile, extensions), cache.ensure(profile, extensions)]);
    await one.close();
    await cache.evict(profile, extensions);
    expect(log).toEqual(["install a"]);
    await other.close();
    expect(log).toEqual(["install a", "dispose a"]);
    const stuck = [noting("s", { dispose: fail("s is stuck") })];
    await cache.ensure(profile, extensions);
    await cache.ensure(profile, stuck);
    await expect(cache.close()).rejects.toMatchObject({
      code: "SESSION.DISPOSE_FAILED",
      details: { extensions: ["s"] },
    });
    expect(log.slice(2).toSorted()).toEqual(["dispose a", "dispose s", "install a", "install s"]);
  });

  it("run for every session of a pool, not for every lease", async () => {
    const pool = await openSessionPool(profile, { size: 2, extensions: [noting("a")] });
    const leases = await Promise.all([pool.acquire(), pool.acquire()]);
    for (const lease of leases) await lease.close();
    await (await pool.acquire()).close();
    expect(log).toEqual(["install a", "install a"]);
    await pool.close();
    expect(log.slice(2)).toEqual(["dispose a", "dispose a"]);
  });
});
