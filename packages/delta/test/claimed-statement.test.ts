import { readdirSync } from "node:fs";
import { createDatasetCatalog } from "@deltafuse/dataset-io/dataset-catalog";
import { registerDatasetProvider } from "@deltafuse/dataset-io/provider";
import { datasets, registerDataset } from "@deltafuse/dataset-io/register";
import { createHooks } from "@deltafuse/hooks/hooks";
import { veto } from "@deltafuse/hooks/interceptors";
import type { SessionExtension } from "@deltafuse/session-core/extension";
import { openSession, type Session } from "@deltafuse/session-core/session";
import { parseProfile } from "@deltafuse/config/profile";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { deltaProvider } from "../src/delta-provider.ts";
import { history } from "../src/history.ts";
import { ordersSite, profile } from "./orders-site.ts";
import { rowsOf, testSite, type TestSite } from "./test-session.ts";

let site: TestSite;
let session: Session;
let location: string;

beforeEach(async () => {
  ({ site, location } = await ordersSite());
  ({ session } = site);
});
afterEach(() => site[Symbol.asyncDispose]());

async function counts(sql: string, options: Parameters<Session["execute"]>[1] = {}): Promise<unknown> {
  const { rowsAffected, table } = await session.execute(sql, options);
  return [rowsAffected, table?.toArray().map(String)];
}

const ids = async (): Promise<unknown> => {
  const rows = await rowsOf(session, { location });
  return rows.map((row) => Number(Reflect.get(row, "id"))).toSorted((a, b) => a - b);
};

async function refusal(sql: string, options: Parameters<Session["execute"]>[1] = {}): Promise<unknown> {
  return session.execute(sql, options).then(
    () => null,
    (error: unknown) => error,
  );
}

describe("the guide", () => {
  it("changes a Delta table by SQL", async () => {
    const folder = site.path("exported");
    // #region statements
    await session.execute("INSERT INTO orders VALUES ($1, $2)", { parameters: [4, "four"] });
    const removed = await session.execute("DELETE FROM orders WHERE name IS NULL");
    // removed.rowsAffected: 1
    const merged = await session.execute(`
      MERGE INTO orders USING (VALUES (1, 'uno'), (9, 'nine')) AS news (id, name) ON orders.id = news.id
      WHEN MATCHED THEN UPDATE SET name = news.name
      WHEN NOT MATCHED THEN INSERT (id, name) VALUES (news.id, news.name)`);
    // merged.table: one row { affected: 2, inserted: 1, updated: 1, deleted: 0 }
    await session.execute(`COPY (SELECT * FROM orders) TO '${folder}/' STORED AS PARQUET PARTITIONED BY (id)`);
    // #endregion
    expect([removed.rowsAffected, merged.table?.toArray().map(String)]).toEqual([
      1,
      ['{"affected": 2, "inserted": 1, "updated": 1, "deleted": 0}'],
    ]);
    expect(await rowsOf(session, { location })).toEqual([
      { id: 1, name: "uno" },
      { id: 2, name: "two" },
      { id: 4, name: "four" },
      { id: 9, name: "nine" },
    ]);
    expect(readdirSync(folder).length).toBe(4);
  });
});

describe("INSERT", () => {
  it("appends as writeTable does, with columns by name, parameters and a WITH in front", async () => {
    expect(await counts("INSERT INTO orders VALUES (4, 'four')")).toEqual([1, ['{"count": 1}']]);
    expect(await counts("INSERT INTO orders (name, id) SELECT 'x', $id", { parameters: { id: 5 } })).toEqual([
      1,
      ['{"count": 1}'],
    ]);
    expect(
      await counts("WITH more AS (SELECT id + 10 AS id FROM orders) INSERT INTO orders (id) SELECT id FROM more"),
    ).toEqual([5, ['{"count": 5}']]);
    expect(await ids()).toEqual([1, 2, 3, 4, 5, 11, 12, 13, 14, 15]);
    const [newest] = await history(session, { location });
    expect(newest).toMatchObject({ version: 3, operation: "WRITE" });
  });

  it("replaces all rows with OVERWRITE", async () => {
    expect(await counts("INSERT OVERWRITE orders SELECT id, name FROM orders WHERE id = 2")).toEqual([
      1,
      ['{"count": 1}'],
    ]);
    expect(await rowsOf(session, { location })).toEqual([{ id: 2, name: "two" }]);
  });

  it("refuses a wrong column and leaves the table", async () => {
    expect(await refusal("INSERT INTO orders (nothing) VALUES (1)")).toMatchObject({ code: "SQL.PLAN_ERROR" });
    expect(await refusal("REPLACE INTO orders VALUES (1, 'x')")).toMatchObject({ code: "SQL.STATEMENT_UNSUPPORTED" });
    expect(await refusal("INSERT INTO missing VALUES (1)")).toMatchObject({ code: "SQL.PLAN_ERROR" });
    expect(await ids()).toEqual([1, 2, 3]);
  });
});

describe("DELETE", () => {
  it("removes the rows of its condition", async () => {
    expect(await counts("DELETE FROM orders WHERE orders.id = $id", { parameters: { id: 1 } })).toEqual([
      1,
      ['{"count": 1}'],
    ]);
    expect(await counts("DELETE FROM orders WHERE name LIKE 't%' OR upper(name) IN ('X', 'Y')")).toEqual([
      1,
      ['{"count": 1}'],
    ]);
    expect(await counts("DELETE FROM orders WHERE id = 99")).toEqual([0, ['{"count": 0}']]);
    expect(await ids()).toEqual([3]);
  });

  it("takes values as data", async () => {
    const name = "'; DROP TABLE orders; -- \\' OR true";
    await session.execute("INSERT INTO orders VALUES (4, $1)", { parameters: [name] });
    expect(await counts("DELETE FROM orders WHERE name = $name", { parameters: { name } })).toEqual([
      1,
      ['{"count": 1}'],
    ]);
    expect(await ids()).toEqual([1, 2, 3]);
  });

  it("wants a condition, also to remove everything", async () => {
    expect(await refusal("DELETE FROM orders")).toMatchObject({ code: "DELTA.PREDICATE_REQUIRED" });
    expect(await counts("DELETE FROM orders WHERE true")).toEqual([3, ['{"count": 3}']]);
    await session.execute("INSERT INTO orders VALUES (1, 'one')");
    expect(await counts("TRUNCATE TABLE orders")).toEqual([1, ['{"count": 1}']]);
  });
});

describe("MERGE", () => {
  it("does what mergeTable does", async () => {
    await session.execute("CREATE TABLE changes AS VALUES (1, 'uno', false), (2, 'gone', true), (7, 'seven', false)");
    const merged = await counts(`
      MERGE INTO orders AS o
      USING (SELECT column1 AS id, column2 AS name, column3 AS gone FROM changes) AS c
      ON o.id IS NOT DISTINCT FROM c.id
      WHEN MATCHED AND c.gone THEN DELETE
      WHEN MATCHED THEN UPDATE SET name = c.name || '!'
      WHEN NOT MATCHED THEN INSERT (id, name) VALUES (c.id, c.name)
      WHEN NOT MATCHED BY SOURCE THEN UPDATE SET name = CASE WHEN o.name IS NULL THEN 'none' ELSE o.name END`);
    expect(merged).toEqual([4, ['{"affected": 4, "inserted": 1, "updated": 2, "deleted": 1}']]);
    expect(await rowsOf(session, { location })).toEqual([
      { id: 1, name: "uno!" },
      { id: 3, name: "none" },
      { id: 7, name: "seven" },
    ]);
  });

  it("refuses subqueries in its clauses", async () => {
    const merge =
      "MERGE INTO orders USING orders AS s ON orders.id = s.id WHEN MATCHED AND s.id IN (SELECT 1) THEN DELETE";
    expect(await refusal(merge)).toMatchObject({
      code: "SQL.STATEMENT_UNSUPPORTED",
      details: { statement: "MERGE with a subquery", use: expect.stringContaining("source") },
    });
  });
});

describe("every statement", () => {
  it("is told as the function is, once, with the id of the statement", async () => {
    using hooks = createHooks();
    const catalog = createDatasetCatalog({ orders: location });
    await using own = await testSite({ hooks, extensions: [datasets({ catalog })] }, profile);
    const seen: unknown[] = [];
    hooks.on("*", ({ event, queryId, label }) => void seen.push([event, queryId, label]));
    const told = [
      "sql.received",
      "sql.rejected",
      "query.started",
      "write.started",
      "write.committed",
      "delta.committed",
    ];
    const run = async (sql: string): Promise<readonly unknown[]> => {
      const { queryId } = await own.session.execute(sql, { label: "job" });
      const events = seen.splice(0).filter((one) => Array.isArray(one) && told.includes(one[0]));
      expect(events.map((one) => Array.isArray(one) && one[1])).toEqual(events.map(() => queryId));
      expect(events.map((one) => Array.isArray(one) && one[2])).toEqual(events.map(() => "job"));
      return events.map((one) => Array.isArray(one) && one[0]);
    };
    expect(await run("INSERT INTO orders VALUES (4, 'four')")).toEqual([
      "sql.received",
      "write.started",
      "write.committed",
      "delta.committed",
    ]);
    expect(await run("DELETE FROM orders WHERE id = 4")).toEqual(["sql.received", "delta.committed"]);
  });

  it("asks beforeWrite, which may refuse", async () => {
    using hooks = createHooks();
    const catalog = createDatasetCatalog({ orders: location });
    await using own = await testSite({ hooks, extensions: [datasets({ catalog })] }, profile);
    const asked: unknown[] = [];
    hooks.intercept("beforeWrite", ({ operation, target, mode }) => {
      asked.push([operation, target, mode]);
      return veto("not today");
    });
    for (const sql of ["INSERT INTO orders VALUES (4, 'four')", "DELETE FROM orders WHERE id = 1"]) {
      await expect(own.session.execute(sql)).rejects.toMatchObject({
        code: "HOOKS.VETOED",
        details: { stage: "execute" },
      });
    }
    expect(asked).toEqual([
      ["WRITE", "orders", "append"],
      ["DELETE", "orders", null],
    ]);
    expect(await ids()).toEqual([1, 2, 3]);
  });

  it("is refused by a policy before anything else, functions at any depth included", async () => {
    const statements = [
      "INSERT INTO orders VALUES (1, 'x')",
      "DELETE FROM orders WHERE true",
      "TRUNCATE TABLE orders",
      "MERGE INTO orders USING orders AS s ON orders.id = s.id WHEN MATCHED THEN DELETE",
      "EXPLAIN DELETE FROM orders WHERE true",
    ];
    for (const sql of statements) {
      for (const policy of ["read_only", "service"] as const) {
        expect([sql, await refusal(sql, { policy })]).toMatchObject([
          sql,
          { code: "SQL.POLICY_VIOLATION", details: { violation: "dml" } },
        ]);
      }
    }
    await session.execute("CREATE VIEW r AS SELECT 1 AS id, CAST(random() AS VARCHAR) AS name");
    const policy = { functions: { deny: ["random", "upper"] } };
    for (const sql of [
      "INSERT INTO orders SELECT * FROM r",
      "DELETE FROM orders WHERE upper(name) = 'ONE'",
      "MERGE INTO orders USING r ON orders.id = r.id WHEN MATCHED THEN DELETE",
      "MERGE INTO orders USING orders AS s ON orders.id = s.id WHEN MATCHED THEN UPDATE SET name = upper(s.name)",
    ]) {
      expect([sql, await refusal(sql, { policy })]).toMatchObject([
        sql,
        { code: "SQL.POLICY_VIOLATION", details: { violation: "function" } },
      ]);
    }
    expect(await ids()).toEqual([1, 2, 3]);
  });

  it("is explained with its source and the command", async () => {
    const explained = async (sql: string): Promise<string> => {
      const rows = await session.sql(`EXPLAIN FORMAT INDENT ${sql}`).rows<{ plan: string }>();
      return rows.map(({ plan }) => plan).join("\n");
    };
    const insert = await explained("INSERT INTO orders SELECT 4, 'four'");
    expect(insert).toContain("Command: INSERT INTO orders, module=delta");
    expect(insert).toContain("CommandExec: INSERT INTO orders, module=delta");
    const remove = await explained("DELETE FROM orders WHERE id = 1");
    expect(remove).toMatch(/Command: DELETE FROM orders, module=delta\n\s+(?:Projection.*\n\s+)?(?:Filter|TableScan)/);
    expect(await ids()).toEqual([1, 2, 3]);
  });

  it("needs the extension, and a table that is not pinned", async () => {
    await registerDataset(session, "old", { uri: location, format: "delta", provider: { version: 0 } });
    expect(await refusal("INSERT INTO old VALUES (1, 'x')")).toMatchObject({ code: "DELTA.PIN_ON_MUTATION" });
    const readsOnly: SessionExtension = {
      id: "delta",
      version: 1,
      contribute: () => ({ steps: [{ id: "providers.delta", phase: "filesystems", spec: 1 }] }),
      install: async (opened) => registerDatasetProvider(opened, deltaProvider),
    };
    await using without = await openSession(parseProfile({ preset: "test", ...profile }), { extensions: [readsOnly] });
    await registerDataset(without, "orders", location);
    await expect(without.execute("DELETE FROM orders WHERE true")).rejects.toMatchObject({
      code: "SQL.EXTENSION_REQUIRED",
      details: { statement: "DELETE", extension: "delta" },
    });
    expect(await without.table("orders").count()).toBe(3);
  });
});
