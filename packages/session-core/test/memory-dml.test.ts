import { parseProfile } from "@deltafuse/config/profile";
import { recordingHooks } from "@deltafuse/hooks/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openSession, type OpenSessionOptions, type Session } from "../src/session.ts";

function open(policy: "admin" | "write", options: OpenSessionOptions = {}): Promise<Session> {
  return openSession(parseProfile({ preset: "test", sql: { policy } }), options);
}

let session: Session;

beforeEach(async () => {
  session = await open("admin");
});

afterEach(() => session.close());

/** The number of rows that a statement says it changed. */
async function count(sql: string): Promise<unknown> {
  const { rowsAffected, table } = await session.execute(sql);
  const counts: unknown = table?.toArray().map((row: { readonly count: unknown }) => row.count);
  return [rowsAffected, counts];
}

describe("CREATE TABLE", () => {
  it.each([
    ["INSERT", "INSERT INTO counts SELECT id, x * 10 FROM (VALUES (1, 2.5)) AS v (id, x)"],
    ["INSERT of columns", "INSERT INTO counts (n, id) SELECT x * 10, id FROM (VALUES (1, 2.5)) AS v (id, x)"],
    ["WITH", "INSERT INTO counts WITH v (id, x, more) AS (VALUES (1, 2.5, 'a')) SELECT id, x * 10 FROM v"],
    [
      "CREATE TABLE AS",
      "CREATE OR REPLACE TABLE counts (id BIGINT, n BIGINT) AS SELECT id, x * 10 FROM (VALUES (1, 2.5)) AS v (id, x)",
    ],
  ])("%s: VALUES that are computed with keep their types", async (_name, sql) => {
    await session.execute("CREATE TABLE counts (id BIGINT, n BIGINT)");
    await session.execute(`EXPLAIN ${sql}`);
    await session.execute(sql);
    expect(await session.table("counts").rows({ values: "plain" })).toEqual([{ id: 1, n: 25 }]);
  });

  it("makes an empty table with types, and rows are put into it", async () => {
    await session.execute("CREATE TABLE stock (item VARCHAR NOT NULL, amount DECIMAL(9, 2), seen TIMESTAMP)");
    expect(await session.table("stock").count()).toBe(0);
    expect(await count("INSERT INTO stock VALUES ('bolt', 1.5, '2024-01-01T00:00:00'), ('nut', NULL, NULL)")).toEqual([
      2,
      [2n],
    ]);
    expect(await count("INSERT INTO stock (item) SELECT 'pin'")).toEqual([1, [1n]]);
    expect(await session.sql("SELECT item, amount IS NULL AS unknown FROM stock ORDER BY item").rows()).toEqual([
      { item: "bolt", unknown: false },
      { item: "nut", unknown: true },
      { item: "pin", unknown: true },
    ]);
  });

  it("keeps defaults and what keys promise", async () => {
    await session.execute("CREATE TABLE keyed (id INT PRIMARY KEY, kind VARCHAR DEFAULT 'plain')");
    await session.execute("INSERT INTO keyed (id) VALUES (1)");
    expect(await session.sql("SELECT id, kind FROM keyed GROUP BY id").rows()).toEqual([{ id: 1, kind: "plain" }]);
    await session.execute("CREATE TABLE copied (id INT PRIMARY KEY, kind VARCHAR) AS VALUES (7, 'odd')");
    expect(await session.sql("SELECT id, kind FROM copied GROUP BY id").rows()).toEqual([{ id: 7, kind: "odd" }]);
  });

  it("takes names as the engine takes them", async () => {
    await session.execute('CREATE TABLE "north.stock" AS SELECT 1 AS a');
    await session.execute('CREATE VIEW "say ""hi""" AS SELECT a + 1 AS a FROM "north.stock"');
    expect(await session.sql('SELECT a FROM "say ""hi"""').rows()).toEqual([{ a: 2n }]);
    await session.execute('DROP VIEW "say ""hi"""');
    await session.execute('DROP TABLE "north.stock"');
    await session.execute("SET datafusion.sql_parser.enable_ident_normalization = false");
    await session.execute("CREATE TABLE Upper AS SELECT 1 AS A");
    expect(await session.sql("SELECT A FROM Upper").rows()).toEqual([{ A: 1n }]);
  });

  it("finds its place in another catalogue", async () => {
    await session.execute("CREATE DATABASE other");
    await session.execute("CREATE DATABASE IF NOT EXISTS other");
    await session.execute("CREATE SCHEMA other.inside");
    await session.execute("CREATE TABLE other.inside.t AS SELECT 5 AS a");
    expect(await session.sql("SELECT a FROM other.inside.t").rows()).toEqual([{ a: 5n }]);
    await expect(session.execute("CREATE DATABASE other")).rejects.toMatchObject({
      code: "SESSION.OBJECT_EXISTS",
      details: { kind: "catalog", name: "other" },
    });
  });

  it("is told of, however it is written", async () => {
    const hooks = recordingHooks();
    await using own = await open("admin", { hooks });
    await own.execute('CREATE TABLE "a.b" (x INT)');
    await own.execute("SELECT 1 AS y INTO picked");
    expect(hooks.of("table.registered").map(({ name, object }) => [name, object])).toEqual([
      ['"a.b"', "table"],
      ["picked", "table"],
    ]);
    expect(await own.table("picked").rows()).toEqual([{ y: 1n }]);
  });

  it("makes a view of a query that fails only when it is read", async () => {
    await session.execute("CREATE VIEW late AS SELECT arrow_cast('x', 'Int32') AS a");
    await expect(session.table("late").rows()).rejects.toMatchObject({
      code: expect.stringMatching(/^(ENGINE|SQL)\./),
    });
  });
});

it("works as the guide says", async () => {
  // #region tables
  await session.execute("CREATE TABLE stock (item VARCHAR PRIMARY KEY, amount INT DEFAULT 0)");
  const insert = "INSERT INTO stock (item) VALUES ($1), ($2)";
  const { rowsAffected } = await session.execute(insert, { parameters: ["bolt", "nut"] });
  await session.execute("UPDATE stock SET amount = 3 WHERE item = 'nut'");
  // #endregion
  expect(rowsAffected).toBe(2);
  expect(await session.sql("SELECT * FROM stock ORDER BY item").rows()).toEqual([
    { item: "bolt", amount: 0 },
    { item: "nut", amount: 3 },
  ]);
});

describe("rows of tables in memory", () => {
  beforeEach(async () => {
    await session.execute("CREATE TABLE t AS SELECT * FROM (VALUES (1, 'a'), (2, 'b'), (3, NULL)) AS v(id, name)");
  });

  it("are changed and deleted", async () => {
    expect(await count("UPDATE t SET name = concat(name, '!'), id = id + 10 WHERE id < 3")).toEqual([2, [2n]]);
    expect(await count("DELETE FROM t WHERE name IS NULL")).toEqual([1, [1n]]);
    expect(await session.sql("SELECT * FROM t ORDER BY id").rows()).toEqual([
      { id: 11n, name: "a!" },
      { id: 12n, name: "b!" },
    ]);
    expect(await count("DELETE FROM t")).toEqual([2, [2n]]);
  });

  it("stay as they are when a change is only explained, or refused", async () => {
    const { table } = await session.execute("EXPLAIN DELETE FROM t WHERE id = 1");
    expect(JSON.stringify(table?.toArray())).toContain("MemoryRewrite: op=[Delete] table=[t]");
    await expect(session.execute("DELETE FROM t", { policy: { dml: false } })).rejects.toMatchObject({
      code: "SQL.POLICY_VIOLATION",
      details: { violation: "dml" },
    });
    await expect(session.sql("DELETE FROM t").rows()).rejects.toMatchObject({ code: "SQL.NOT_A_QUERY" });
    await using narrow = await openSession(parseProfile({ preset: "test", sql: { policy: "read_only" } }));
    await expect(narrow.execute("INSERT INTO t VALUES (1, 'x')")).rejects.toMatchObject({
      code: "SQL.POLICY_VIOLATION",
    });
    expect(await session.table("t").count()).toBe(3);
  });

  it("take bound values", async () => {
    await session.execute("INSERT INTO t VALUES ($1, $2)", { parameters: [9, "bound"] });
    await session.execute("UPDATE t SET name = $name WHERE id = $id", { parameters: { name: "new", id: 1 } });
    expect(await session.sql("SELECT name FROM t WHERE id IN (1, 9) ORDER BY id").rows()).toEqual([
      { name: "new" },
      { name: "bound" },
    ]);
  });

  it("say what is wrong in the engine's words", async () => {
    await expect(session.execute("INSERT INTO gone VALUES (1)")).rejects.toMatchObject({ code: "SQL.PLAN_ERROR" });
    await session.execute("CREATE VIEW v AS SELECT * FROM t");
    await expect(session.execute("DELETE FROM v")).rejects.toMatchObject({ code: "SQL.STATEMENT_UNSUPPORTED" });
  });
});
