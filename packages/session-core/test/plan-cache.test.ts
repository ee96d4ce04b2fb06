import { parseProfile, type ProfileInput } from "@deltafuse/config/profile";
import { recordingHooks, type RecordingHooks } from "@deltafuse/hooks/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { col } from "../src/expression.ts";
import { openSession, type Session } from "../src/session.ts";

let hooks: RecordingHooks;
let session: Session;

function open(input: ProfileInput = {}): Promise<Session> {
  return openSession(parseProfile({ preset: "test", sql: { policy: "admin" }, ...input }), { hooks });
}

beforeEach(async () => {
  hooks = recordingHooks();
  session = await open();
});
afterEach(() => session.close());

const plain = { values: "plain" } as const;

/** What the cache had to do with the queries since the last call. */
function results(): unknown[] {
  const found = hooks.of("plan.compiled").map(({ cacheResult }) => cacheResult);
  return found.slice(-1);
}

async function cached(sql: string, options: Parameters<Session["sql"]>[1] = {}): Promise<unknown> {
  await session.sql(sql, options).rows();
  return results()[0];
}

function code(expected: string, details: object = {}): unknown {
  return expect.objectContaining({ code: expected, details: expect.objectContaining(details) });
}

describe("the plan cache", () => {
  it("hits for identical SQL with other values, of other types too", async () => {
    const sql = "SELECT value AS n, $2 AS given FROM range(0, 10) WHERE value < $1 ORDER BY value";
    const rows = (parameters: readonly unknown[]): Promise<object[]> => session.sql(sql, { parameters }).rows(plain);
    expect(await rows([2, "a"])).toEqual([
      { n: 0, given: "a" },
      { n: 1, given: "a" },
    ]);
    expect(await rows([1, 2.5])).toEqual([{ n: 0, given: 2.5 }]);
    expect(await rows([0, null])).toEqual([]);
    expect(hooks.of("plan.compiled").map(({ cacheResult }) => cacheResult)).toEqual(["miss", "hit", "hit"]);
    expect(hooks.names().filter((name) => name.startsWith("cache."))).toEqual(["cache.miss", "cache.hit", "cache.hit"]);
    const keys = [...hooks.of("cache.miss"), ...hooks.of("cache.hit")];
    expect(new Set(keys.map(({ keyHash }) => keyHash)).size).toBe(1);
    expect(keys[0]).toMatchObject({ cache: "plan", scope: null, keyHash: expect.stringMatching(/^[0-9a-f]{64}$/) });
    await expect(rows([1])).rejects.toEqual(code("SQL.PARAMETER_MISSING", { names: ["2"] }));
    await expect(rows(["x", 1])).rejects.toEqual(code("SQL.PARAMETER_TYPE", { name: "1" }));
  });

  it("takes texts that differ in white space and comments for one", async () => {
    expect(await cached("SELECT 42 AS answer")).toBe("miss");
    expect(await cached("SELECT 42 -- the answer\n  AS /* is */ answer")).toBe("hit");
    expect(await cached("SELECT 42 AS Answer")).toBe("miss");
    expect(await cached("SELECT 43 AS answer")).toBe("miss");
  });

  it("runs a frame of a kept plan as often as any other, with operations over it", async () => {
    for (let run = 0; run < 3; run++) {
      const frame = session.sql("SELECT value AS n FROM range(0, 10)");
      expect(await frame.filter(col("n").gt(7)).rows(plain)).toEqual([{ n: 8 }, { n: 9 }]);
      expect(await frame.count()).toBe(10);
      expect(await frame.count()).toBe(10);
    }
    const [first, second] = [
      await session.sql("SELECT 1 AS a").artifact(),
      await session.sql("SELECT 1 AS a").artifact(),
    ];
    expect(second.planFingerprint).toBe(first.planFingerprint);
    await session.sql("SELECT 1 AS a").rows();
    expect(hooks.of("plan.compiled").at(-1)?.fingerprint).toBe(first.planFingerprint);
  });

  it("never freezes the time, nor a number drawn by lot", async () => {
    const now = (): Promise<bigint> => session.sql("SELECT CAST(now() AS bigint) AS t").scalar();
    const first = await now();
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await now()).toBeGreaterThan(first);
    expect(results()).toEqual(["hit"]);
    const spread = "SELECT count(*) AS n FROM generate_series(now() - interval '1 day', now(), interval '1 day')";
    expect([await cached(spread), await cached(spread)]).toEqual(["skipped", "skipped"]);
    const dice = (): Promise<number> => session.sql("SELECT random() AS r").scalar();
    expect(await dice()).not.toBe(await dice());
  });

  it("lets everything go when a setting, a view or a function name changes", async () => {
    const sql = "SELECT count(*) AS n FROM v";
    await session.execute("CREATE VIEW v AS SELECT * FROM range(0, 3)");
    expect([await cached(sql), await cached(sql)]).toEqual(["miss", "hit"]);
    await session.execute("CREATE OR REPLACE VIEW v AS SELECT * FROM range(0, 4)");
    expect(await session.sql(sql).scalar()).toBe(4n);
    expect(results()).toEqual(["miss"]);
    expect(hooks.of("cache.evict")).toMatchObject([{ cache: "plan", reason: "changed" }]);
    await session.execute("SET datafusion.execution.batch_size = 17");
    expect([await cached(sql), await cached(sql)]).toEqual(["miss", "hit"]);
    await session.drop("view", "v");
    await expect(session.sql(sql).rows()).rejects.toEqual(code("SQL.PLAN_ERROR", { table: "v" }));
  });

  it("reads a text anew after SET of how texts are read", async () => {
    const sql = "SELECT A FROM (SELECT 1 AS a) AS t";
    expect(await session.sql(sql).rows()).toEqual([{ a: 1n }]);
    await session.execute("SET datafusion.sql_parser.enable_ident_normalization = false");
    await expect(session.sql(sql).rows()).rejects.toEqual(code("SQL.PLAN_ERROR"));
  });

  it("keeps no plan of rows in memory", async () => {
    await session.execute("CREATE TABLE numbers AS SELECT * FROM range(0, 3)");
    expect([await cached("SELECT * FROM numbers"), await cached("SELECT * FROM numbers")]).toEqual([
      "skipped",
      "skipped",
    ]);
    expect(hooks.of("cache.hit")).toEqual([]);
  });

  it("checks the policy of every call", async () => {
    const sql = "SELECT abs(-1) AS n";
    const deny = { functions: { allow: null, deny: ["abs"] } };
    const refused = code("SQL.POLICY_VIOLATION", { violation: "function" });
    expect([await cached(sql), await cached(sql)]).toEqual(["miss", "hit"]);
    await expect(session.sql(sql, { policy: deny }).rows()).rejects.toEqual(refused);
    await expect(session.sql(sql, { policy: { maxSqlBytes: 5 } }).rows()).rejects.toEqual(
      code("SQL.POLICY_VIOLATION", { violation: "size" }),
    );
    await session.execute("CREATE VIEW hidden AS SELECT abs(-1) AS n");
    const view = "SELECT n FROM hidden";
    expect([await cached(view), await cached(view)]).toEqual(["miss", "hit"]);
    await expect(session.sql(view, { policy: deny }).rows()).rejects.toEqual(refused);
    expect(await cached(view, { policy: { functions: { allow: null, deny: ["sin"] } } })).toBe("hit");
    const named = { policy: { parameterNames: ["a"] } };
    expect(await cached("SELECT $b AS n", { parameters: { b: 1 } })).toBe("miss");
    await expect(session.sql("SELECT $b AS n", { parameters: { b: 1 }, ...named }).rows()).rejects.toEqual(
      code("SQL.POLICY_VIOLATION", { violation: "parameter_name" }),
    );
  });

  it("keeps only queries, and not those that read the catalog", async () => {
    for (const sql of ["SHOW TABLES", "DESCRIBE information_schema.tables", "EXPLAIN SELECT 1"]) {
      expect([await cached(sql), await cached(sql)]).toEqual(["skipped", "skipped"]);
    }
  });

  it("lets the plan go that was used least recently", async () => {
    await session.close();
    session = await open({ limits: { planCacheEntries: 2 } });
    expect([await cached("SELECT 1"), await cached("SELECT 2"), await cached("SELECT 1")]).toEqual([
      "miss",
      "miss",
      "hit",
    ]);
    expect(await cached("SELECT 3")).toBe("miss");
    const [evicted] = hooks.of("cache.evict");
    expect(evicted).toMatchObject({ reason: "full", keyHash: hooks.of("cache.miss")[1]?.keyHash });
    expect([await cached("SELECT 1"), await cached("SELECT 2")]).toEqual(["hit", "miss"]);
  });

  it("is off with no entries", async () => {
    await session.close();
    session = await open({ limits: { planCacheEntries: 0 } });
    expect([await cached("SELECT 1"), await cached("SELECT 1")]).toEqual([null, null]);
    expect(hooks.names().filter((name) => name.startsWith("cache."))).toEqual([]);
  });

  it("serves queries that run at once, also while the catalog changes", async () => {
    const one = async (index: number): Promise<void> => {
      if (index % 10 === 0) await session.createView("w", session.sql("SELECT 1 AS a"), { replace: true });
      expect(await session.sql("SELECT $1 + 1 AS n", { parameters: [index] }).rows(plain)).toEqual([{ n: index + 1 }]);
    };
    await Promise.all(Array.from({ length: 100 }, (_, index) => one(index)));
    expect(hooks.of("cache.hit").length).toBeGreaterThan(0);
  });

  it("records what it did", async () => {
    await cached("SELECT 7 AS n");
    await cached("SELECT 7 AS n");
    const bodies = (kind: "cache" | "plan"): unknown[] =>
      hooks.telemetry.recorder.snapshot({ kinds: [kind] }).map(({ body }) => body);
    expect(bodies("cache")).toMatchObject([
      { cache: "plan", operation: "get", result: "miss" },
      { cache: "plan", operation: "get", result: "hit" },
    ]);
    expect(bodies("plan")).toMatchObject([{ cacheResult: "miss" }, { cacheResult: "hit" }]);
  });
});
