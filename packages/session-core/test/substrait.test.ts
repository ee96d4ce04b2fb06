import { parseProfile } from "@deltafuse/config/profile";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { col } from "../src/expression.ts";
import { openSession, type Session } from "../src/session.ts";
import { fromSubstrait, validateSubstrait } from "../src/substrait.ts";
import { createTpch, tpchNumbers, tpchQuery } from "./tpch-tables.ts";

let session: Session;

beforeAll(async () => {
  session = await openSession(parseProfile({ preset: "test", sql: { policy: "admin" } }));
  await createTpch(session);
  await session.execute("CREATE TABLE t AS SELECT value AS a, value % 3 AS b FROM range(0, 10)");
  await session.execute("CREATE TABLE n AS SELECT CASE WHEN a > 5 THEN a END AS x FROM t");
}, 120_000);
afterAll(() => session.close());

const query = "SELECT b, sum(a) AS s FROM t WHERE a > 2 GROUP BY b";

describe("toSubstrait and fromSubstrait", () => {
  it("carry a query to another session that has the table", async () => {
    const { bytes, warnings } = await session.sql(query).toSubstrait();
    await using other = await openSession(parseProfile({ preset: "test", sql: { policy: "admin" } }));
    await other.execute("CREATE TABLE t AS SELECT value AS a, value % 3 AS b FROM range(0, 10)");
    const read = fromSubstrait(other, bytes);
    expect(warnings).toEqual([]);
    expect((await read.schema()).map(({ name }) => name)).toEqual(["b", "s"]);
    expect([...(await read.sort("b").rows())]).toEqual([
      { b: 0n, s: 18n },
      { b: 1n, s: 11n },
      { b: 2n, s: 13n },
    ]);
    expect(await read.filter(col("b").eq(1)).count()).toBe(1);
  });

  it("write the same bytes every time", async () => {
    const sql =
      "SELECT upper(o_comment) AS u, sum(abs(o_totalprice) * 2), count(*) FROM orders GROUP BY 1 HAVING min(o_custkey) > 1";
    const texts = new Set<string>();
    for (let round = 0; round < 5; round += 1) {
      const { bytes } = await session.sql(sql).toSubstrait();
      texts.add(Buffer.from(bytes).toString("base64"));
    }
    expect(texts.size).toBe(1);
    const { substrait, warnings } = await session.sql(sql).artifact({ substrait: true });
    expect([[substrait ?? ""], warnings]).toEqual([[...texts], []]);
    expect(await session.sql(sql).artifact()).not.toHaveProperty("substrait");
  });

  it("keep NOT IN as it is with nulls", async () => {
    const sql = "SELECT a FROM t WHERE a NOT IN (SELECT CASE WHEN b > 0 THEN b END FROM t)";
    expect(await validateSubstrait(session.sql(sql), { execute: true })).toMatchObject({ rowsEqual: true });
    const some = "SELECT x FROM n WHERE x NOT IN (SELECT b FROM t)";
    expect(await validateSubstrait(session.sql(some), { execute: true })).toMatchObject({ rowsEqual: true });
    const { bytes } = await session.sql(some).toSubstrait();
    expect(await fromSubstrait(session, bytes).count()).toBe(4);
  });

  it("name what cannot be expressed, and strip nothing", async () => {
    const reasons: Record<string, string> = {
      "SELECT unnest([1, 2])": "UNNEST",
      "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 3) SELECT * FROM r":
        "a recursive query",
      "SELECT first_value(a) IGNORE NULLS OVER (ORDER BY a) FROM t": "a window function with IGNORE NULLS",
      "SELECT sum(a) FILTER (WHERE b > 0) OVER (ORDER BY a) FROM t": "a window function with FILTER",
      "SELECT count(DISTINCT a) OVER (PARTITION BY b) FROM t": "a window function with DISTINCT",
      "EXPLAIN SELECT 1": "EXPLAIN",
    };
    for (const [sql, reason] of Object.entries(reasons)) {
      const frame = session.sql(sql);
      await expect(frame.toSubstrait(), sql).rejects.toMatchObject({
        code: "PLAN.SUBSTRAIT_UNSUPPORTED",
        details: { reason: expect.stringContaining(reason) },
      });
      const artifact = await frame.artifact({ substrait: true });
      expect([artifact.substrait, artifact.warnings]).toEqual([
        undefined,
        [{ code: "SUBSTRAIT", message: expect.stringContaining(reason) }],
      ]);
      expect(await validateSubstrait(frame)).toMatchObject({
        status: "unsupported",
        warnings: [{ code: "SUBSTRAIT" }],
      });
    }
  });

  it("warn of rows that no catalogue has under a name", async () => {
    const frame = session.fromRows([{ a: 1 }]);
    const { warnings, bytes } = await frame.toSubstrait();
    expect(warnings).toEqual([{ code: "SUBSTRAIT", message: expect.stringContaining("values") }]);
    await expect(fromSubstrait(session, bytes).rows()).rejects.toMatchObject({
      code: "SQL.PLAN_ERROR",
      details: { table: "values" },
    });
  });
});

describe("the queries of TPC-H", () => {
  it("are the same after a round trip", { timeout: 300_000 }, async () => {
    const outcomes: unknown[] = [];
    let rows = 0;
    for (const number of tpchNumbers) {
      const frame = session.sql(tpchQuery(number));
      const { status, schemaEqual, rowsEqual, warnings } = await validateSubstrait(frame, { execute: true });
      outcomes.push([number, status, schemaEqual, rowsEqual, warnings]);
      rows += (await frame.count()) > 0 ? 1 : 0;
    }
    expect(outcomes).toEqual(tpchNumbers.map((number) => [number, "same", true, true, []]));
    expect(rows).toBeGreaterThan(12);
  });
});

describe("bytes that are no plan", () => {
  it("are refused with a code, never with a crash", { timeout: 300_000 }, async () => {
    const { bytes } = await session.sql(tpchQuery(3)).toSubstrait();
    const codes = new Set<string>();
    let state = 7;
    const random = (below: number): number => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
      return state % below;
    };
    for (let round = 0; round < 150; round += 1) {
      const damaged = Uint8Array.from(bytes);
      for (let change = 0; change <= round % 4; change += 1) damaged[random(damaged.length)] = random(256);
      const cut = round % 5 === 0 ? damaged.slice(0, random(damaged.length)) : damaged;
      const error: unknown = await fromSubstrait(session, cut)
        .schema()
        .then(() => null)
        .catch((thrown: unknown) => thrown);
      codes.add(error === null ? "read" : String(Reflect.get(Object(error), "code")));
    }
    const allowed = ["read", "PLAN.SUBSTRAIT_INVALID", "PLAN.SUBSTRAIT_UNSUPPORTED", "SQL.PLAN_ERROR"];
    expect([...codes].filter((code) => !allowed.includes(code))).toEqual([]);
    expect(codes).toContain("PLAN.SUBSTRAIT_INVALID");
    for (const hopeless of [new Uint8Array(), Uint8Array.of(1, 2, 3), new TextEncoder().encode("SELECT 1")]) {
      await expect(fromSubstrait(session, hopeless).rows()).rejects.toMatchObject({
        code: expect.stringMatching(/^PLAN\.SUBSTRAIT_/),
      });
    }
    expect(await session.sql("SELECT 1 AS one").scalar()).toBe(1n);
  });

  it("are copied when they are given", async () => {
    const { bytes } = await session.sql(query).toSubstrait();
    const own = bytes.slice();
    const frame = fromSubstrait(session, own);
    own.fill(0);
    expect(await frame.count()).toBe(3);
  });
});
