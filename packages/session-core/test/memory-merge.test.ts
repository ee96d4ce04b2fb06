import { parseProfile } from "@deltafuse/config/profile";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openSession, type Session } from "../src/session.ts";
import { expectExplainedAndHeld } from "./memory-change.ts";

let session: Session;

beforeEach(async () => {
  session = await openSession(parseProfile({ preset: "test", sql: { policy: "admin" } }));
  await session.execute("CREATE TABLE t (id INT, name VARCHAR, n BIGINT DEFAULT 7)");
  await session.execute("INSERT INTO t VALUES (1, 'a', 10), (2, 'b', 20), (3, NULL, 30), (NULL, 'none', 40)");
  await session.execute("CREATE TABLE s AS VALUES (1, 'x'), (3, 'y'), (9, 'z'), (NULL, 'w')");
});

afterEach(() => session.close());

/** The rows of t. */
async function rows(): Promise<string> {
  const all = await session.sql("SELECT id, name, n FROM t ORDER BY id, name, n").rows({ values: "plain" });
  return all.map((row) => Object.values(row).join(":")).join(" ");
}

/** What a MERGE of s by its first column counts, and the rows after it. */
async function merged(clauses: string, options: Parameters<Session["execute"]>[1] = {}): Promise<unknown> {
  const { rowsAffected } = await session.execute(`MERGE INTO t USING s ON t.id = s.column1 ${clauses}`, options);
  return [rowsAffected, await rows()];
}

const before = "1:a:10 2:b:20 3::30 :none:40";

describe("MERGE of a table in memory", () => {
  it("changes, removes and adds rows; a null equals nothing", async () => {
    const clauses = `WHEN MATCHED AND s.column1 = 3 THEN DELETE
      WHEN MATCHED THEN UPDATE SET name = s.column2, n = t.n + 1
      WHEN NOT MATCHED THEN INSERT (id, name) VALUES (s.column1, upper(s.column2))`;
    expect(await merged(clauses)).toEqual([4, "1:x:11 2:b:20 9:Z:7 :W:7 :none:40"]);
  });

  it("does with rows that the source lacks what it says", async () => {
    const clauses = `WHEN NOT MATCHED BY SOURCE AND t.id IS NULL THEN DELETE
      WHEN NOT MATCHED BY SOURCE THEN UPDATE SET name = 'gone'`;
    expect(await merged(clauses)).toEqual([2, "1:a:10 2:gone:20 3::30"]);
  });

  it("follows the first clause that applies, and none whose condition is null", async () => {
    const clauses = `WHEN MATCHED AND t.name = 'a' THEN UPDATE SET n = 1
      WHEN MATCHED AND t.name <> 'a' THEN UPDATE SET n = 2
      WHEN NOT MATCHED AND s.column1 > 5 THEN INSERT VALUES (s.column1, 'new', s.column1 * 2)`;
    expect(await merged(clauses)).toEqual([2, "1:a:1 2:b:20 3::30 9:new:18 :none:40"]);
  });

  it("takes a query, an alias, a WITH, parameters, and any condition", async () => {
    const sql = `WITH high AS (SELECT column1 AS id FROM s WHERE column1 > $1)
      MERGE INTO t AS x USING (SELECT id, 'q' AS name FROM high) AS q ON x.id < q.id AND x.id > 2
      WHEN MATCHED THEN UPDATE SET name = $2 WHEN NOT MATCHED THEN INSERT (name) VALUES (q.name)`;
    expect((await session.execute(sql, { parameters: [4, "p"] })).rowsAffected).toBe(1);
    expect(await rows()).toBe("1:a:10 2:b:20 3:p:30 :none:40");
  });

  it("takes every column of the source for a star", async () => {
    await session.execute(
      "CREATE TABLE all_of AS SELECT 1 AS id, 'one' AS name, 100 AS n UNION ALL SELECT 5, 'five', 500",
    );
    const { rowsAffected } = await session.execute(`MERGE INTO t USING all_of AS a ON t.id = a.id
      WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *`);
    expect([rowsAffected, await rows()]).toEqual([2, "1:one:100 2:b:20 3::30 5:five:500 :none:40"]);
  });

  it("changes nothing where it finds several rows for one, or fails", async () => {
    await session.execute("INSERT INTO s VALUES (1, 'again')");
    await expect(merged("WHEN MATCHED THEN UPDATE SET name = s.column2")).rejects.toMatchObject({
      code: "SQL.STATEMENT_UNSUPPORTED",
      details: { statement: expect.stringContaining("several rows of the source") },
    });
    await expect(merged("WHEN NOT MATCHED THEN INSERT (id) VALUES (CAST(s.column2 AS INT))")).rejects.toMatchObject({
      code: "ENGINE.CAST_FAILED",
    });
    expect(await rows()).toBe(before);
  });

  it("looks at other rows in its clauses", async () => {
    const clauses = `WHEN MATCHED AND t.id IN (SELECT column1 FROM s WHERE column2 = 'y') THEN DELETE
      WHEN MATCHED THEN UPDATE SET n = (SELECT max(column1) FROM s) + t.n, name = (SELECT min(name) FROM t AS o WHERE o.id = t.id + 1)
      WHEN NOT MATCHED AND EXISTS (SELECT 1 FROM t AS o WHERE o.id < s.column1)
        THEN INSERT VALUES (s.column1, $1, (SELECT sum(n) FROM t))
      WHEN NOT MATCHED BY SOURCE AND NOT EXISTS (SELECT 1 FROM s WHERE s.column1 > t.id) THEN DELETE`;
    expect(await merged(clauses, { parameters: ["new"] })).toEqual([4, "1:b:19 2:b:20 9:new:100"]);
  });

  it("adds or replaces rows as the guide says", async () => {
    await session.execute("CREATE TABLE stock (item VARCHAR, amount INT)");
    await session.execute("INSERT INTO stock VALUES ('bolt', 1)");
    await session.execute("CREATE TABLE limits AS SELECT 5 AS most");
    // #region merge
    const { rowsAffected } = await session.execute(
      `MERGE INTO stock USING (VALUES ('bolt', 9), ('nut', 2)) AS news (item, amount) ON stock.item = news.item
       WHEN MATCHED AND news.amount > (SELECT most FROM limits) THEN UPDATE SET amount = (SELECT most FROM limits)
       WHEN MATCHED THEN UPDATE SET *
       WHEN NOT MATCHED THEN INSERT *`,
    );
    // #endregion
    const stock = await session.sql("SELECT * FROM stock ORDER BY item").rows({ values: "plain" });
    expect([rowsAffected, stock]).toEqual([
      2,
      [
        { item: "bolt", amount: 5 },
        { item: "nut", amount: 2 },
      ],
    ]);
  });

  it("refuses what the engine would find other rows by", async () => {
    const on = "MERGE INTO t USING s ON t.id = (SELECT max(column1) FROM s) WHEN MATCHED THEN DELETE";
    await expect(session.execute(on)).rejects.toMatchObject({
      code: "SQL.STATEMENT_UNSUPPORTED",
      details: { statement: expect.stringContaining("ON"), use: expect.stringContaining("source") },
    });
    for (const [clauses, statement] of [
      ["WHEN MATCHED AND t.id > (SELECT max(column1) FROM s) * random() THEN DELETE", "volatile"],
      ["WHEN MATCHED AND (t.id NOT IN (SELECT column1 FROM s) OR t.n = 1) THEN DELETE", "nulls"],
      ["WHEN MATCHED THEN UPDATE SET n = CASE WHEN t.id IN (SELECT column1 FROM s) THEN 1 ELSE 2 END", "nulls"],
    ] as const) {
      await expect(merged(clauses), clauses).rejects.toMatchObject({
        code: "SQL.STATEMENT_UNSUPPORTED",
        details: { statement: expect.stringContaining(statement) },
      });
    }
    const several = "WHEN MATCHED THEN UPDATE SET n = (SELECT column1 FROM s)";
    await expect(merged(several)).rejects.toMatchObject({ message: expect.stringContaining("more than one row") });
    expect(await rows()).toBe(before);
  });

  it("is only explained by EXPLAIN, and held by the policy", async () => {
    const sql = "MERGE INTO t USING s ON t.id = s.column1 WHEN MATCHED THEN UPDATE SET name = upper(s.column2)";
    await expectExplainedAndHeld(session, sql, "op=[Merge] table=[t]");
    expect(await rows()).toBe(before);
  });
});
