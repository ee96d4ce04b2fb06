import { parseProfile } from "@deltafuse/config/profile";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openSession, type Session } from "../src/session.ts";
import { expectExplainedAndHeld } from "./memory-change.ts";

let session: Session;

beforeEach(async () => {
  session = await openSession(parseProfile({ preset: "test", sql: { policy: "admin" } }));
  await session.execute("CREATE TABLE t AS SELECT * FROM (VALUES (1, 'a'), (2, 'b'), (3, NULL)) AS v(id, name)");
  await session.execute("CREATE TABLE s AS SELECT * FROM (VALUES (1, 'x'), (NULL, 'y')) AS v(id, name)");
});

afterEach(() => session.close());

/** The rows of t. */
async function rows(): Promise<string> {
  const all = await session.sql("SELECT * FROM t ORDER BY id, name").rows<{ id: bigint; name: string | null }>();
  return all.map(({ id, name }) => `${id}:${name}`).join(" ");
}

/** What a statement counts, and the rows after it; then the rows are as they were. */
async function done(sql: string, options: Parameters<Session["execute"]>[1] = {}): Promise<unknown> {
  const { rowsAffected, table } = await session.execute(sql, options);
  const outcome = [rowsAffected, table?.toArray().map(String).join(), await rows()];
  await session.execute("DELETE FROM t");
  await session.execute("INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, NULL)");
  return outcome;
}

const refused = (statement: string, use: string): object => ({
  code: "SQL.STATEMENT_UNSUPPORTED",
  details: { statement: expect.stringContaining(statement), use: expect.stringContaining(use) },
});

describe("DELETE from a table in memory", () => {
  it("looks at other rows", async () => {
    expect(await done("DELETE FROM t WHERE id IN (SELECT id FROM s)")).toEqual([1, '{"count": 1}', "2:b 3:null"]);
    expect(await done("DELETE FROM t WHERE id NOT IN (SELECT id FROM s)")).toEqual([
      0,
      '{"count": 0}',
      "1:a 2:b 3:null",
    ]);
    expect(await done("DELETE FROM t WHERE id IN (SELECT id FROM s) AND name IS NULL")).toMatchObject([
      0,
      expect.anything(),
      "1:a 2:b 3:null",
    ]);
    expect(await done("DELETE FROM t WHERE NOT EXISTS (SELECT 1 FROM s WHERE s.id = t.id)")).toMatchObject([
      2,
      expect.anything(),
      "1:a",
    ]);
    expect(await done("DELETE FROM t WHERE id = (SELECT max(id) FROM s)")).toMatchObject([
      1,
      expect.anything(),
      "2:b 3:null",
    ]);
    expect(await done("DELETE FROM t WHERE EXISTS (SELECT 1 FROM s)")).toMatchObject([3, expect.anything(), ""]);
    expect(await done("DELETE FROM t WHERE EXISTS (SELECT 1 FROM s WHERE id > $1)", { parameters: [5] })).toEqual([
      0,
      '{"count": 0}',
      "1:a 2:b 3:null",
    ]);
    const named = "DELETE FROM t AS x WHERE EXISTS (SELECT 1 FROM s WHERE s.id = x.id) OR x.id = 3";
    expect(await done(named)).toMatchObject([2, expect.anything(), "2:b"]);
    expect(await done("DELETE FROM t USING s, s AS r WHERE t.id = s.id")).toMatchObject([
      1,
      expect.anything(),
      "2:b 3:null",
    ]);
    const common = "WITH c AS (SELECT 2 AS id) DELETE FROM t WHERE id IN (SELECT id FROM c)";
    expect(await done(common)).toMatchObject([1, expect.anything(), "1:a 3:null"]);
  });
});

describe("a condition", () => {
  it("that is never true changes nothing, and one that is null neither", async () => {
    for (const condition of [
      "false",
      "NULL",
      "1 = 2",
      "id IS NULL",
      "id = 1 AND id = 2",
      "id = $1 AND false",
      "name = NULL",
      "false AND id IN (SELECT id FROM s)",
    ]) {
      const options = condition.includes("$1") ? { parameters: [1] } : {};
      for (const change of ["DELETE FROM t", "UPDATE t SET name = 'z', id = 0", "DELETE FROM t AS x"]) {
        const sql = `${change} WHERE ${condition}`;
        expect([sql, await done(sql, options)]).toEqual([sql, [0, '{"count": 0}', "1:a 2:b 3:null"]]);
      }
    }
  });

  it("may call a volatile function, once for each row", async () => {
    expect(await done("DELETE FROM t WHERE random() < 2")).toEqual([3, '{"count": 3}', ""]);
    expect(await done("UPDATE t SET name = 'z' WHERE random() > 2 OR id = 3")).toEqual([
      1,
      '{"count": 1}',
      "1:a 2:b 3:z",
    ]);
  });
});

describe("changes at once", () => {
  it("wait for each other", async () => {
    await session.execute("CREATE TABLE numbers AS SELECT value AS n, 0 AS k FROM range(0, 100)");
    const changes = Array.from({ length: 8 }, (_, i) => [
      session.execute("UPDATE numbers SET k = k + 1 WHERE n IN (SELECT n FROM numbers)"),
      session.execute(`INSERT INTO numbers VALUES (${1000 + i}, 0)`),
      session.execute(`DELETE FROM numbers WHERE n = ${i}`),
    ]);
    await Promise.all(changes.flat());
    expect(await session.sql("SELECT count(*) AS n, max(k) AS k FROM numbers WHERE n < 1000").rows()).toEqual([
      { n: 92n, k: 8n },
    ]);
    expect(await session.sql("SELECT count(*) AS n FROM numbers WHERE n >= 1000").rows()).toEqual([{ n: 8n }]);
  });
});

describe("UPDATE of a table in memory", () => {
  it("looks at other rows", async () => {
    expect(await done("UPDATE t SET name = 'z' WHERE id IN (SELECT id FROM s)")).toEqual([
      1,
      '{"count": 1}',
      "1:z 2:b 3:null",
    ]);
    expect(await done("UPDATE t SET name = (SELECT max(name) FROM s)")).toMatchObject([
      3,
      expect.anything(),
      "1:y 2:y 3:y",
    ]);
    expect(await done("UPDATE t SET name = s.name FROM s WHERE t.id = s.id")).toMatchObject([
      1,
      expect.anything(),
      "1:x 2:b 3:null",
    ]);
    expect(await done("UPDATE t AS o SET name = s.name, id = o.id + 10 FROM s WHERE o.id = s.id")).toMatchObject([
      1,
      expect.anything(),
      "2:b 3:null 11:x",
    ]);
    expect(await done("UPDATE t JOIN s ON t.id = s.id SET name = s.name")).toMatchObject([
      1,
      expect.anything(),
      "1:x 2:b 3:null",
    ]);
    expect(await done("WITH c AS (SELECT 2 AS id) UPDATE t SET name = 'c' FROM c WHERE c.id = t.id")).toMatchObject([
      1,
      expect.anything(),
      "1:a 2:c 3:null",
    ]);
  });

  it("changes nothing when a row would have several values, or a value that its column cannot hold", async () => {
    await expect(session.execute("UPDATE t SET name = s.name FROM s")).rejects.toMatchObject(
      refused("several values", "one row"),
    );
    await session.execute("CREATE TABLE strict (id INT NOT NULL)");
    await session.execute("INSERT INTO strict VALUES (1)");
    await expect(session.execute("UPDATE strict SET id = (SELECT max(id) FROM s WHERE id > 5)")).rejects.toBeInstanceOf(
      Error,
    );
    expect(await session.sql("SELECT id FROM strict").rows()).toEqual([{ id: 1 }]);
    expect(await rows()).toBe("1:a 2:b 3:null");
  });
});

describe("statements on tables in memory", () => {
  it("take a WITH and named parameters", async () => {
    expect(await done("WITH c AS (SELECT 7 AS id) INSERT INTO t SELECT id, 'c' FROM c")).toMatchObject([
      1,
      expect.anything(),
      "1:a 2:b 3:null 7:c",
    ]);
    expect(
      await done("INSERT INTO t VALUES ($id, $name), ($id + 1, $name)", { parameters: { id: 5, name: "n" } }),
    ).toMatchObject([2, expect.anything(), "1:a 2:b 3:null 5:n 6:n"]);
    await expect(
      session.execute("INSERT INTO t VALUES ($id, 'x')", { parameters: { id: "five" } }),
    ).rejects.toMatchObject({ code: "SQL.PARAMETER_TYPE", details: { name: "id" } });
  });

  it("empty a table and put other rows in the place of all", async () => {
    expect(
      await done("INSERT OVERWRITE t (name, id) SELECT upper(name), id + 10 FROM t WHERE name IS NOT NULL"),
    ).toMatchObject([2, expect.anything(), "11:A 12:B"]);
    expect(await done("TRUNCATE TABLE t")).toMatchObject([3, expect.anything(), ""]);
    expect(await done("INSERT OVERWRITE t VALUES ($1, 'z')", { parameters: [1] })).toMatchObject([
      1,
      expect.anything(),
      "1:z",
    ]);
  });

  it("keep every row when what should replace them fails", async () => {
    await session.execute("CREATE TABLE strict (id INT NOT NULL)");
    await session.execute("INSERT INTO strict VALUES (1)");
    for (const sql of [
      "INSERT OVERWRITE strict VALUES (NULL)",
      "INSERT OVERWRITE strict SELECT CAST(name AS INT) FROM t",
    ]) {
      await expect(session.execute(sql), sql).rejects.toBeInstanceOf(Error);
    }
    expect(await session.sql("SELECT id FROM strict").rows()).toEqual([{ id: 1 }]);
  });

  it("say what to use when nobody performs them", async () => {
    for (const [sql, statement, use] of [
      ["REPLACE INTO t SELECT 1, 'x'", "REPLACE INTO", "MERGE INTO"],
      ["DELETE FROM t WHERE id > 1 LIMIT 1", "LIMIT", "WHERE"],
      ["UPDATE t SET id = 1 LIMIT 1", "UPDATE … LIMIT", "WHERE"],
      ["DELETE FROM t WHERE id = 1 RETURNING id", "DELETE … RETURNING", "query"],
      ["DELETE FROM t WHERE CASE WHEN id > 1 THEN id END NOT IN (SELECT 1)", "IN (SELECT …)", "NOT EXISTS"],
      ["UPDATE t RIGHT JOIN s ON t.id = s.id SET name = 'x'", "UPDATE", "UPDATE … FROM"],
    ] as const) {
      await expect(session.execute(sql), sql).rejects.toMatchObject(refused(statement, use));
    }
    expect(await rows()).toBe("1:a 2:b 3:null");
  });

  it("are only explained by EXPLAIN, and held by the policy", async () => {
    const sql = "UPDATE t SET name = upper(s.name) FROM s WHERE t.id = s.id";
    await expectExplainedAndHeld(session, sql, "op=[Update] table=[t]");
    expect(await rows()).toBe("1:a 2:b 3:null");
  });
});
