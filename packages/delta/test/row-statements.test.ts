import { createDatasetCatalog } from "@deltafuse/dataset-io/dataset-catalog";
import { datasets, registerDataset } from "@deltafuse/dataset-io/register";
import { createHooks } from "@deltafuse/hooks/hooks";
import { veto } from "@deltafuse/hooks/interceptors";
import type { Session } from "@deltafuse/session-core/session";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { history } from "../src/history.ts";
import { writeTable } from "../src/write.ts";
import { ordersSite, profile } from "./orders-site.ts";
import { rowsOf, testSite, type TestSite } from "./test-session.ts";

let site: TestSite;
let session: Session;
let location: string;

beforeEach(async () => {
  ({ site, location } = await ordersSite());
  ({ session } = site);
  await session.execute("CREATE TABLE news AS SELECT * FROM (VALUES (1, 'uno'), (7, 'seven')) AS v(id, name)");
});
afterEach(() => site[Symbol.asyncDispose]());

/** What a statement counts, and the rows of the table after it. */
async function done(sql: string, options: Parameters<Session["execute"]>[1] = {}): Promise<unknown> {
  const { rowsAffected, table } = await session.execute(sql, options);
  const rows = await rowsOf(session, { location });
  return [rowsAffected, table?.toArray().map(String).join(), rows.map((row) => Object.values(row).join(":")).join(" ")];
}

async function refusal(sql: string, options: Parameters<Session["execute"]>[1] = {}): Promise<unknown> {
  const error: unknown = await session.execute(sql, options).catch((reason: unknown) => reason);
  return { error };
}

const refused = (statement: string, use: string): object => ({
  error: {
    code: "SQL.STATEMENT_UNSUPPORTED",
    details: { statement: expect.stringContaining(statement), use: expect.stringContaining(use) },
  },
});

describe("MERGE with stars", () => {
  it("takes every column from the source by its name", async () => {
    const merge = "MERGE INTO orders USING news ON orders.id = news.id";
    const stars = "WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *";
    expect(await done(`${merge} ${stars}`)).toEqual([
      2,
      '{"affected": 2, "inserted": 1, "updated": 1, "deleted": 0}',
      "1:uno 2:two 3: 7:seven",
    ]);
  });

  it("finds names in other letter case and order, past other columns, in a source without a name", async () => {
    const source = "(SELECT 'x' AS \"Name\", true AS gone, 2 AS \"ID\" UNION ALL SELECT 'y', false, 3)";
    const merged = await done(`
      MERGE INTO orders AS o USING ${source} ON o.id = "ID"
      WHEN MATCHED AND gone THEN DELETE WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED BY TARGET THEN INSERT *`);
    expect(merged).toEqual([2, '{"affected": 2, "inserted": 0, "updated": 1, "deleted": 1}', "1:one 3:y"]);
  });

  it("needs every column of the table", async () => {
    const merge = "MERGE INTO orders USING (SELECT 1 AS id) AS s ON orders.id = s.id";
    for (const clause of ["WHEN MATCHED THEN UPDATE SET *", "WHEN NOT MATCHED THEN INSERT *"]) {
      expect(await refusal(`${merge} ${clause}`)).toMatchObject({
        error: { code: "SQL.PLAN_ERROR", details: { columns: ["name"] }, message: expect.stringContaining("'name'") },
      });
    }
    const twice = 'MERGE INTO orders USING (SELECT 1 AS id, 2 AS "NAME", 3 AS "Name") AS s ON orders.id = s.id';
    expect(await refusal(`${twice} WHEN MATCHED THEN UPDATE SET *`)).toMatchObject({
      error: { code: "SQL.PLAN_ERROR" },
    });
  });
});

describe("DELETE that looks at other rows", () => {
  it("removes the rows of its condition, whatever kind of subquery it has", async () => {
    const rows = "1:one 2:two 3:";
    const left = async (condition: string, options = {}): Promise<unknown> => {
      const outcome = await done(`DELETE FROM orders WHERE ${condition}`, options);
      await session.execute("INSERT OVERWRITE orders VALUES (1, 'one'), (2, 'two'), (3, NULL)");
      return outcome;
    };
    expect(await left("id IN (SELECT id FROM news)")).toEqual([1, '{"count": 1}', "2:two 3:"]);
    expect(await left("id NOT IN (SELECT id FROM news)")).toEqual([2, '{"count": 2}', "1:one"]);
    expect(await left("name NOT IN (SELECT name FROM news)")).toEqual([2, '{"count": 2}', "3:"]);
    expect(await left("id NOT IN (SELECT nullif(id, 7) FROM news)")).toEqual([0, '{"count": 0}', rows]);
    expect(await left("EXISTS (SELECT 1 FROM news WHERE news.id = orders.id)")).toEqual([
      1,
      '{"count": 1}',
      "2:two 3:",
    ]);
    expect(await left("name IS NULL OR NOT EXISTS (SELECT 1 FROM news n WHERE n.id = orders.id)")).toEqual([
      2,
      '{"count": 2}',
      "1:one",
    ]);
    expect(await left("id = (SELECT max(id) FROM orders)")).toEqual([1, '{"count": 1}', "1:one 2:two"]);
    expect(await left("id < (SELECT avg(id) FROM news) AND name = $name", { parameters: { name: "two" } })).toEqual([
      1,
      '{"count": 1}',
      "1:one 3:",
    ]);
    expect(await left("false AND id IN (SELECT id FROM news)")).toEqual([0, '{"count": 0}', rows]);
    expect(await left("EXISTS (SELECT 1 FROM news)")).toEqual([3, '{"count": 3}', ""]);
    expect(await left("EXISTS (SELECT 1 FROM news WHERE id = 0)")).toEqual([0, '{"count": 0}', rows]);
  });

  it("removes every row that is like one that is meant, nulls too", async () => {
    await session.execute("INSERT INTO orders VALUES (3, NULL), (3, 'x')");
    const sql = "DELETE FROM orders WHERE name IS NULL AND id IN (SELECT id + 2 FROM news)";
    expect(await done(sql)).toEqual([2, '{"count": 2}', "1:one 2:two 3:x"]);
  });

  it("finds rows in every file, whatever the values of the others", async () => {
    await session.execute("DELETE FROM orders WHERE true");
    for (const row of ["(1, 'b')", "(2, NULL)", "(NULL, 'z')", "(NULL, NULL)", "(5, 'a')"]) {
      await session.execute(`INSERT INTO orders VALUES ${row}`);
    }
    const other =
      "EXISTS (SELECT 1 FROM news n WHERE coalesce(orders.name, 'x') <> n.name AND n.id > coalesce(orders.id, 0))";
    expect(await done(`UPDATE orders SET name = concat(name, '!') WHERE ${other}`)).toEqual([
      5,
      '{"count": 5}',
      "1:b! 2:! 5:a! :! :z!",
    ]);
    await session.execute("UPDATE orders SET name = NULL WHERE name IN ('!')");
    expect(await done(`DELETE FROM orders WHERE ${other} AND (name IS NULL OR name IN (SELECT 'b!'))`)).toEqual([
      3,
      '{"count": 3}',
      "5:a! :z!",
    ]);
  });

  it("takes another name for the table, and USING", async () => {
    expect(await done("DELETE FROM orders o WHERE EXISTS (SELECT 1 FROM news n WHERE n.id = o.id)")).toEqual([
      1,
      '{"count": 1}',
      "2:two 3:",
    ]);
    expect(await done("DELETE FROM orders AS o WHERE o.name IS NULL")).toEqual([1, '{"count": 1}', "2:two"]);
    expect(await done("DELETE FROM orders USING news AS n WHERE orders.id + 5 = n.id")).toEqual([
      1,
      '{"count": 1}',
      "",
    ]);
    for (const sql of ["DELETE FROM orders AS o", "DELETE FROM orders USING news"]) {
      expect(await refusal(sql)).toMatchObject({ error: { code: "DELTA.PREDICATE_REQUIRED" } });
    }
  });

  it("is refused where the engine would find other rows", async () => {
    for (const condition of [
      "CASE WHEN id > 1 THEN id END NOT IN (SELECT 1)",
      "NOT (CASE WHEN id > 1 THEN id END IN (SELECT 1))",
      "name = 'x' OR id NOT IN (SELECT id FROM news)",
      "(id IN (SELECT id FROM news)) IS NULL",
      "id NOT IN (SELECT n.id FROM news n WHERE n.name < orders.name)",
      "EXISTS (SELECT 1 FROM news WHERE news.id = orders.id AND (false OR news.id NOT IN (SELECT id FROM orders)))",
    ]) {
      expect([condition, await refusal(`DELETE FROM orders WHERE ${condition}`)]).toMatchObject([
        condition,
        refused("DELETE by an IN (SELECT …)", "NOT EXISTS"),
      ]);
    }
    expect(await refusal("DELETE FROM orders WHERE random() < 0.5 AND id IN (SELECT 1)")).toMatchObject(
      refused("volatile", "CREATE TABLE"),
    );
    expect(await refusal("DELETE FROM orders WHERE id > 1 LIMIT 1")).toMatchObject(refused("LIMIT", "WHERE"));
    expect(await done("INSERT INTO orders VALUES (4, 'four')")).toEqual([1, '{"count": 1}', "1:one 2:two 3: 4:four"]);
  });
});

describe("UPDATE", () => {
  it("sets columns of the rows of its condition", async () => {
    const sql = "UPDATE orders AS o SET name = concat(o.name, '!'), id = o.id + 10 WHERE o.id < $1";
    expect(await done(sql, { parameters: [3] })).toEqual([2, '{"count": 2}', "11:one! 12:two! 3:"]);
    expect(await done("UPDATE orders SET name = 'all'")).toEqual([3, '{"count": 3}', "11:all 12:all 3:all"]);
    expect(await done("UPDATE orders SET name = name WHERE id = 3")).toEqual([
      1,
      '{"count": 1}',
      "11:all 12:all 3:all",
    ]);
    const [newest] = await history(session, { location });
    expect(newest).toMatchObject({ operation: "MERGE" });
  });

  it("takes values of other rows and tables", async () => {
    expect(
      await done("UPDATE orders SET name = (SELECT max(n.name) FROM news n WHERE n.id = orders.id) WHERE id < 3"),
    ).toEqual([2, '{"count": 2}', "1:uno 2: 3:"]);
    expect(
      await done("UPDATE orders SET name = n.name || $s FROM news AS n WHERE orders.id = n.id", {
        parameters: { s: "!" },
      }),
    ).toEqual([1, '{"count": 1}', "1:uno! 2: 3:"]);
    const joined = "FROM news n LEFT JOIN orders o ON o.id = n.id + 2 WHERE orders.id = n.id";
    expect(await done(`UPDATE orders SET name = o.id ${joined}`)).toEqual([1, '{"count": 1}', "1:3 2: 3:"]);
  });

  it("is refused where a row would have several values, or none", async () => {
    await session.execute("INSERT INTO news VALUES (1, 'eins')");
    expect(await refusal("UPDATE orders SET name = n.name FROM news n WHERE orders.id = n.id")).toMatchObject({
      error: { code: "DELTA.MERGE_AMBIGUOUS" },
    });
    expect(await refusal("UPDATE orders SET name = max(name)")).toMatchObject({ error: { code: "SQL.PLAN_ERROR" } });
    expect(await refusal("UPDATE orders SET name = CAST(id IN (SELECT id FROM news) AS VARCHAR)")).toMatchObject(
      refused("UPDATE by an IN", "EXISTS"),
    );
    expect(await refusal("UPDATE orders RIGHT JOIN news ON orders.id = news.id SET name = news.name")).toMatchObject(
      refused("joined", "UPDATE … FROM"),
    );
    expect(await rowsOf(session, { location })).toHaveLength(3);
  });
});

describe("partitions", () => {
  it("are keys as other columns are, null too", async () => {
    const parts = site.path("parts");
    const rows = [
      { id: 1, part: "a" },
      { id: 2, part: "b" },
      { id: 3, part: null },
      { id: null, part: null },
    ];
    await writeTable(session, { location: parts }, { source: { rows }, partitionBy: ["part"] });
    await registerDataset(session, "parts", parts);
    await session.execute("CREATE TABLE wanted AS SELECT * FROM (VALUES (1, 'a'), (NULL, NULL)) AS v(id, part)");
    const same = "EXISTS (SELECT 1 FROM wanted w WHERE w.part IS NOT DISTINCT FROM parts.part)";
    const update = await session.execute(`UPDATE parts SET id = coalesce(id, 0) + 10 WHERE ${same}`);
    expect([update.rowsAffected, await rowsOf(session, { location: parts })]).toEqual([
      3,
      [
        { id: 10, part: null },
        { id: 11, part: "a" },
        { id: 13, part: null },
        { id: 2, part: "b" },
      ],
    ]);
    const moved = await session.execute("UPDATE parts SET part = 'c' WHERE part IS NULL AND id > 10");
    expect(moved.rowsAffected).toBe(1);
    const removed = await session.execute(`DELETE FROM parts WHERE ${same}`);
    expect([removed.rowsAffected, await rowsOf(session, { location: parts })]).toEqual([
      2,
      [
        { id: 13, part: "c" },
        { id: 2, part: "b" },
      ],
    ]);
  });
});

describe("WITH", () => {
  it("goes before every statement", async () => {
    const common = "WITH c AS (SELECT id, name FROM news WHERE id = $id), orders AS (SELECT * FROM c)";
    const options = { parameters: { id: 1 } };
    expect(await done(`${common} UPDATE orders SET name = c.name FROM c WHERE orders.id = c.id`, options)).toEqual([
      1,
      '{"count": 1}',
      "1:uno 2:two 3:",
    ]);
    expect(await done(`${common} DELETE FROM orders WHERE id IN (SELECT id FROM orders)`, options)).toEqual([
      1,
      '{"count": 1}',
      "2:two 3:",
    ]);
    expect(
      await done(`${common} MERGE INTO orders AS o USING c ON o.id = c.id WHEN NOT MATCHED THEN INSERT *`, options),
    ).toEqual([1, '{"affected": 1, "inserted": 1, "updated": 0, "deleted": 0}', "1:uno 2:two 3:"]);
    expect(await done(`${common} INSERT INTO orders SELECT id + 1, name FROM c`, options)).toEqual([
      1,
      '{"count": 1}',
      "1:uno 2:two 2:uno 3:",
    ]);
    expect(
      await refusal("WITH c AS (DELETE FROM news RETURNING id) DELETE FROM orders WHERE id IN (SELECT id FROM c)"),
    ).toMatchObject(refused("WITH of statements", "one statement after the other"));
  });
});

describe("named parameters in VALUES", () => {
  it("have the types of their columns", async () => {
    const sql = "INSERT INTO orders (name, id) VALUES ($name, $id), (upper($name), $id + 1)";
    expect(await done(sql, { parameters: { id: 8, name: "eight" } })).toEqual([
      2,
      '{"count": 2}',
      "1:one 2:two 3: 8:eight 9:EIGHT",
    ]);
    expect(await refusal(sql, { parameters: { id: "x", name: "eight" } })).toMatchObject({
      error: { code: "SQL.PARAMETER_TYPE", details: { name: "id" } },
    });
    expect(await refusal(sql, { parameters: { id: 1 } })).toMatchObject({
      error: { code: "SQL.PARAMETER_MISSING", details: { names: ["name"] } },
    });
  });
});

describe("these statements", () => {
  const statements = [
    "UPDATE orders SET name = upper(name)",
    "UPDATE orders SET name = n.name FROM (SELECT upper(name) AS name, id FROM news) n WHERE orders.id = n.id",
    "DELETE FROM orders WHERE id IN (SELECT id FROM news WHERE upper(name) = 'UNO')",
    "WITH c AS (SELECT id FROM news WHERE upper(name) = 'UNO') DELETE FROM orders WHERE id IN (SELECT id FROM c)",
    "MERGE INTO orders USING (SELECT id, upper(name) AS name FROM news) AS s ON orders.id = s.id WHEN MATCHED THEN UPDATE SET *",
  ];

  it("are held by the policy, functions at any depth included", async () => {
    for (const sql of statements) {
      expect([sql, await refusal(sql, { policy: "read_only" })]).toMatchObject([
        sql,
        { error: { code: "SQL.POLICY_VIOLATION", details: { violation: "dml" } } },
      ]);
      expect([sql, await refusal(sql, { policy: { functions: { deny: ["upper"] } } })]).toMatchObject([
        sql,
        { error: { code: "SQL.POLICY_VIOLATION", details: { violation: "function" } } },
      ]);
    }
    await session.execute("CREATE VIEW hidden AS SELECT id, upper(name) AS name FROM news");
    for (const sql of [
      "DELETE FROM orders WHERE id IN (SELECT id FROM hidden)",
      "UPDATE orders SET name = h.name FROM hidden AS h WHERE orders.id = h.id",
      "MERGE INTO orders USING hidden ON orders.id = hidden.id WHEN MATCHED THEN UPDATE SET *",
    ]) {
      expect([sql, await refusal(sql, { policy: { functions: { deny: ["upper"] } } })]).toMatchObject([
        sql,
        { error: { code: "SQL.POLICY_VIOLATION", details: { violation: "function" } } },
      ]);
    }
    expect(await rowsOf(session, { location })).toHaveLength(3);
  });

  it("ask beforeWrite, which may refuse, and are explained", async () => {
    using hooks = createHooks();
    const catalog = createDatasetCatalog({ orders: location });
    await using own = await testSite({ hooks, extensions: [datasets({ catalog })] }, profile);
    const asked: unknown[] = [];
    hooks.intercept("beforeWrite", ({ operation, target }) => {
      asked.push([operation, target]);
      return veto("not today");
    });
    const [update = ""] = statements;
    for (const sql of [update, "DELETE FROM orders WHERE id IN (SELECT 1)"]) {
      await expect(own.session.execute(sql)).rejects.toMatchObject({ code: "HOOKS.VETOED" });
    }
    expect(asked).toEqual([
      ["MERGE", "orders"],
      ["MERGE", "orders"],
    ]);
    const plans = await own.session.sql(`EXPLAIN FORMAT INDENT ${update}`).rows<{ plan: string }>();
    expect(plans.map(({ plan }) => plan).join("\n")).toContain("Command: UPDATE orders, module=delta");
  });
});
