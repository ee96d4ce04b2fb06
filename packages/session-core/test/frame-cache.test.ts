import { parseProfile, type ProfileInput } from "@deltafuse/config/profile";
import { recordingHooks, type RecordingHooks } from "@deltafuse/hooks/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { call, col, param, sqlExpression } from "../src/expression.ts";
import type { Frame } from "../src/frame.ts";
import { openSession, type Session } from "../src/session.ts";

let hooks: RecordingHooks;
let session: Session;

async function open(input: ProfileInput = {}): Promise<Session> {
  hooks = recordingHooks();
  const opened = await openSession(parseProfile({ preset: "test", sql: { policy: "admin" }, ...input }), { hooks });
  await opened.execute("CREATE VIEW numbers AS SELECT value AS n, value % 3 AS g FROM range(0, 10)");
  return opened;
}

beforeEach(async () => {
  session = await open();
});
afterEach(() => session.close());

const plain = { values: "plain" } as const;

/** The same frame, built anew. */
function built(of: Session = session): Frame {
  const total = call("sum", col("n")).alias("total");
  return of
    .table("numbers")
    .filter(col("n").gt(4))
    .aggregate({ by: ["g"], values: [total] })
    .sort("g");
}

const rows = [
  { g: 0, total: 15 },
  { g: 1, total: 7 },
  { g: 2, total: 13 },
];

/** What the cache had to do with the last query. */
function result(): unknown {
  return hooks.of("plan.compiled").at(-1)?.cacheResult;
}

async function cached(frame: Frame): Promise<unknown> {
  await frame.rows();
  return result();
}

function cacheEvents(): readonly string[] {
  return hooks.names().filter((name) => name.startsWith("cache."));
}

function refused(violation: string): unknown {
  return expect.objectContaining({ code: "SQL.POLICY_VIOLATION", details: expect.objectContaining({ violation }) });
}

describe("a frame that is built again", () => {
  it("is not planned again", async () => {
    for (let run = 0; run < 3; run++) expect(await built().rows(plain)).toEqual(rows);
    const results = hooks.of("plan.compiled").map(({ cacheResult }) => cacheResult);
    expect(results.slice(-3)).toEqual(["miss", "hit", "hit"]);
    expect(cacheEvents()).toEqual(["cache.miss", "cache.hit", "cache.hit"]);
    const told = [...hooks.of("cache.miss"), ...hooks.of("cache.hit")];
    expect(new Set(told.map(({ keyHash }) => keyHash)).size).toBe(1);
    expect(told[0]).toMatchObject({ cache: "plan", scope: null, keyHash: expect.stringMatching(/^[0-9a-f]{64}$/) });
    const [first, second] = [await built().artifact(), await built().artifact()];
    expect(second.planFingerprint).toBe(first.planFingerprint);
    expect(hooks.of("plan.compiled").at(-1)?.fingerprint).toBe(first.planFingerprint);
  });

  it("is another one with other operations, literals, tables or sides of a join", async () => {
    await session.execute("CREATE VIEW others AS SELECT * FROM numbers");
    const joined = (left: string, right: string): Frame =>
      session.table(left).join(session.table(right), { on: ["n"], suffix: "_r" });
    const frames = [
      () => session.table("numbers"),
      () => session.table("numbers").filter(col("n").gt(4)),
      () => session.table("numbers").filter(col("n").gt(5)),
      () => session.table("others").filter(col("n").gt(4)),
      () => session.table("datafusion.public.numbers").filter(col("n").gt(4)),
      () => session.table("numbers").limit(1).sort("n"),
      () => session.table("numbers").sort("n").limit(1),
      () => joined("numbers", "others"),
      () => joined("others", "numbers"),
      () => session.table("numbers").filter(col("n").inFrame(session.table("others").select("g"))),
      () => session.table("numbers").filter(col("n").inFrame(session.table("others").select("n"))),
    ];
    for (const frame of frames) expect(await cached(frame())).toBe("miss");
    for (const frame of frames) expect(await cached(frame())).toBe("hit");
  });

  it("goes on from the text it begins with, which is found too", async () => {
    const text = "SELECT n FROM numbers WHERE n > 7 ORDER BY n";
    expect(await session.sql(text).first(plain)).toEqual({ n: 8 });
    expect(cacheEvents()).toEqual(["cache.miss", "cache.miss"]);
    expect(await session.sql(text).first(plain)).toEqual({ n: 8 });
    expect(cacheEvents().slice(2)).toEqual(["cache.hit", "cache.hit"]);
    expect(result()).toBe("hit");
    expect(await session.sql(text).count()).toBe(2);
    expect(result()).toBe("miss");
  });

  it("is planned with its values each time", async () => {
    const above = (least: number): Frame =>
      session
        .table("numbers")
        .filter(col("n").gt(param("least")))
        .bind({ least });
    expect(await above(8).rows(plain)).toEqual([{ n: 9, g: 0 }]);
    expect(await above(9).rows(plain)).toEqual([]);
    expect(result()).toBeNull();
    const text = (least: number): Frame => session.sql("SELECT n FROM numbers WHERE n > $1", { parameters: [least] });
    expect([await text(8).count(), await text(7).count()]).toEqual([1, 2]);
    expect(cacheEvents()).toEqual(["cache.miss", "cache.hit"]);
  });

  it("is planned anew after a change of the catalog or of a setting", async () => {
    expect([await cached(built()), await cached(built())]).toEqual(["miss", "hit"]);
    await session.execute("CREATE OR REPLACE VIEW numbers AS SELECT value AS n, 0 AS g FROM range(0, 7)");
    expect(await built().rows(plain)).toEqual([{ g: 0, total: 11 }]);
    expect(result()).toBe("miss");
    expect(hooks.of("cache.evict")).toMatchObject([{ cache: "plan", reason: "changed" }]);
    await session.execute("SET datafusion.execution.batch_size = 17");
    expect([await cached(built()), await cached(built())]).toEqual(["miss", "hit"]);
    await session.drop("view", "numbers");
    await expect(built().rows()).rejects.toMatchObject({ code: "SQL.PLAN_ERROR" });
  });

  it("is never kept over rows in memory", async () => {
    await session.execute("CREATE TABLE held AS SELECT * FROM numbers");
    const held = (): Frame => session.table("held").filter(col("n").gt(4));
    expect([await cached(held()), await cached(held())]).toEqual(["skipped", "skipped"]);
    await session.execute("INSERT INTO held VALUES (100, 1)");
    expect(await held().count()).toBe(6);
    const both = (): Frame => session.table("numbers").join(session.fromRows([{ n: 1n }]), { on: ["n"] });
    expect([await cached(both()), await cached(both())]).toEqual([null, null]);
    expect(cacheEvents()).toEqual([]);
  });

  it("draws lots and reads the clock at every run", async () => {
    const drawn = (): Promise<number> => session.table("numbers").limit(1).select(call("random").alias("r")).scalar();
    expect(await drawn()).not.toBe(await drawn());
    expect(result()).toBe("hit");
    const now = (): Promise<string> =>
      session.table("numbers").limit(1).select(call("now").alias("t")).scalar({ values: "json" });
    const first = await now();
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect((await now()) > first).toBe(true);
  });

  it("is asked of the policy at every call, also of a narrower one", async () => {
    const deny = { policy: { functions: { allow: null, deny: ["abs"] } } };
    const text = "SELECT n FROM numbers";
    const narrow = { policy: { functions: { allow: null, deny: ["sin"] } } };
    const called = (options = {}): Frame => session.sql(text, options).filter(call("abs", col("n")).gt(8));
    const written = (options = {}): Frame => session.sql(text, options).filter(sqlExpression("abs(n) > 8"));
    for (const frame of [called, written]) {
      expect([await cached(frame()), await cached(frame())]).toEqual(["miss", "hit"]);
      await expect(frame(deny).rows()).rejects.toEqual(refused("function"));
      await expect(frame(deny).schema()).rejects.toEqual(refused("function"));
      expect([await cached(frame(narrow)), await cached(frame(narrow))]).toEqual(["miss", "hit"]);
      await expect(frame({ policy: { maxSqlBytes: 5 } }).rows()).rejects.toEqual(refused("size"));
    }
    await session.execute("CREATE VIEW hidden AS SELECT abs(n) AS n FROM numbers");
    const hidden = (options = {}): Frame => session.sql("SELECT 1 AS n", options).union(session.table("hidden"));
    expect([await cached(hidden()), await cached(hidden())]).toEqual(["miss", "hit"]);
    await expect(hidden(deny).rows()).rejects.toEqual(refused("function"));
    expect(await cached(hidden(narrow))).toBe("miss");
  });

  it("is not kept with no entries, nor beyond them", async () => {
    await session.close();
    session = await open({ limits: { planCacheEntries: 0 } });
    expect([await cached(built()), await cached(built())]).toEqual([null, null]);
    await session.close();
    session = await open({ limits: { planCacheEntries: 1 } });
    expect([await cached(built()), await cached(built())]).toEqual(["miss", "hit"]);
    expect(await cached(session.table("numbers"))).toBe("miss");
    expect(hooks.of("cache.evict")).toMatchObject([{ reason: "full", keyHash: hooks.of("cache.miss")[0]?.keyHash }]);
    expect(await cached(built())).toBe("miss");
  });

  it("serves frames that run at once, also while the catalog changes", async () => {
    const one = async (index: number): Promise<void> => {
      if (index % 10 === 0) await session.createView("other", session.sql("SELECT 1 AS a"), { replace: true });
      expect(await built().rows(plain)).toEqual(rows);
    };
    await Promise.all(Array.from({ length: 60 }, (_, index) => one(index)));
    expect(hooks.of("cache.hit").length).toBeGreaterThan(0);
  });
});

describe("frames over one table", () => {
  it("read what the first of them has found", async () => {
    const table = session.table("numbers");
    const self = table.join(table.filter(col("n").lt(2)).alias("few"), { on: ["n"], suffix: "_few" });
    expect(await self.count()).toBe(2);
    await session.execute("CREATE OR REPLACE VIEW numbers AS SELECT value AS n FROM range(0, 3)");
    expect(await table.count()).toBe(10);
    expect(await table.schema()).toMatchObject([{ name: "n" }, { name: "g" }]);
    expect(await table.rows()).toHaveLength(10);
    expect(await session.table("numbers").count()).toBe(3);
  });

  it("are found again by what was made over the same", async () => {
    for (const expected of ["miss", "hit", "hit"]) {
      const table = session.table("numbers");
      expect(await cached(table.filter(col("n").gt(1)))).toBe(expected);
      expect(await cached(table.filter(col("n").gt(2)))).toBe(expected);
      expect(await cached(table)).toBe(expected);
    }
  });
});
