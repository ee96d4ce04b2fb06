import { parseProfile } from "@deltafuse/config/profile";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { call, col } from "../src/expression.ts";
import type { Lineage, LineageColumn } from "../src/lineage.ts";
import { migratePlanArtifact } from "../src/plan-artifact.ts";
import { openSession, type Session } from "../src/session.ts";

let session: Session;

beforeAll(async () => {
  session = await openSession(parseProfile({ preset: "test", sql: { policy: "admin" } }));
  await session.execute(
    "CREATE TABLE sales AS SELECT 1 AS id, 2 AS customer, 3 AS amount, 'x' AS region, [1, 2] AS tags",
  );
  await session.execute("CREATE TABLE customers AS SELECT 2 AS id, 'n' AS name, 1 AS rating");
  await session.execute("CREATE VIEW rated AS SELECT id, name FROM customers WHERE rating > 0");
  await session.execute("CREATE VIEW twice AS SELECT id AS key, name FROM rated");
});
afterAll(() => session.close());

const lineage = (sql: string): Promise<Lineage> => session.sql(sql).lineage();

/** `output <- table.column direct [indirect]`, briefly. */
function brief(columns: readonly LineageColumn[]): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    columns.map(({ output, sources }) => [
      output,
      sources.map(({ table, column, direct, indirect }) => [`${table.name}.${column}`, direct, ...indirect].join(" ")),
    ]),
  );
}

/** The generic dialect has no lambda expressions. */
async function lambdas(sql: string): Promise<Lineage> {
  await using own = await openSession(parseProfile({ preset: "test", sql: { policy: "admin" } }));
  await own.execute("CREATE TABLE sales AS SELECT 1 AS id, 3 AS amount, 'x' AS region, [1, 2] AS tags");
  await own.execute("SET datafusion.sql_parser.dialect = 'DuckDB'");
  return await own.sql(sql).lineage();
}

const columnsOf = async (sql: string): Promise<ReturnType<typeof brief>> => brief((await lineage(sql)).columns);

describe("columns", () => {
  it("are identity, transform, or have no source", async () => {
    expect(
      await columnsOf("SELECT id, amount AS a, amount + 1 AS b, id || region AS c, 7 AS d, NULL AS e FROM sales"),
    ).toEqual({
      id: ["sales.id identity"],
      a: ["sales.amount identity"],
      b: ["sales.amount transform"],
      c: ["sales.id transform", "sales.region transform"],
      d: [],
      e: [],
    });
  });

  it("of SELECT * are all of the table", async () => {
    expect(await columnsOf("SELECT * FROM customers")).toEqual({
      id: ["customers.id identity"],
      name: ["customers.name identity"],
      rating: ["customers.rating identity"],
    });
  });

  it("depend on what decides about their rows; a literal depends on nothing", async () => {
    expect(await columnsOf("SELECT id, 1 AS one FROM sales WHERE amount > 1 ORDER BY region")).toEqual({
      id: ["sales.amount none filter", "sales.id identity", "sales.region none sort"],
      one: [],
    });
  });

  it("take branches of a CASE; its conditions decide", async () => {
    expect(
      await columnsOf(
        "SELECT CASE WHEN id > 1 THEN amount ELSE customer END AS c, CASE region WHEN 'x' THEN 1 END AS d FROM sales",
      ),
    ).toEqual({
      c: ["sales.amount transform", "sales.customer transform", "sales.id none filter"],
      d: ["sales.region none filter"],
    });
  });

  it("aggregate; groups and filters decide", async () => {
    expect(
      await columnsOf(
        "SELECT region, sum(amount) AS s, count(*) AS n, sum(id) FILTER (WHERE customer > 1) AS f FROM sales GROUP BY region",
      ),
    ).toEqual({
      region: ["sales.region identity group"],
      s: ["sales.amount aggregate", "sales.region none group"],
      n: ["sales.region none group"],
      f: ["sales.customer none filter", "sales.id aggregate", "sales.region none group"],
    });
  });

  it("keep the stronger kind through further expressions", async () => {
    expect(
      await columnsOf("SELECT s + 1 AS t, s AS u FROM (SELECT sum(amount) AS s, region FROM sales GROUP BY region)"),
    ).toEqual({
      t: ["sales.amount aggregate", "sales.region none group"],
      u: ["sales.amount aggregate", "sales.region none group"],
    });
    expect(
      await columnsOf("SELECT sum(w) AS s FROM (SELECT sum(amount) OVER (PARTITION BY region) AS w FROM sales)"),
    ).toEqual({ s: ["sales.amount aggregate", "sales.region none group"] });
  });

  it("of window functions: keys decide", async () => {
    expect(
      await columnsOf(
        "SELECT sum(amount) OVER (PARTITION BY region ORDER BY id) AS s, row_number() OVER (ORDER BY amount) AS n FROM sales",
      ),
    ).toEqual({
      s: ["sales.amount window", "sales.id none sort", "sales.region none group"],
      n: ["sales.amount none sort"],
    });
  });

  it("pass through join, aggregate and window", async () => {
    const found = await lineage(
      `SELECT c.name, sum(s.amount) AS total, rank() OVER (ORDER BY sum(s.amount) DESC) AS place
       FROM sales s JOIN customers c ON s.customer = c.id WHERE s.region = 'x' GROUP BY c.name`,
    );
    const decided = ["sales.customer none join", "sales.region none filter"];
    expect(brief(found.columns)).toEqual({
      name: ["customers.id none join", "customers.name identity group", ...decided],
      total: ["customers.id none join", "customers.name none group", "sales.amount aggregate", ...decided],
      place: ["customers.id none join", "customers.name none group", "sales.amount none sort", ...decided],
    });
    expect(found).toMatchObject({
      joins: [{ type: "inner", leftKeys: ["s.customer"], rightKeys: ["c.id"], filter: null }],
      aggregates: [{ groupBy: ["c.name"], aggregates: ["sum(s.amount)"] }],
      windows: [{ partitionBy: [], orderBy: [{ descending: true, nullsFirst: true }] }],
    });
  });

  it("are traced through CTEs and views, which are named", async () => {
    const found = await lineage("WITH x AS (SELECT key, upper(name) AS n FROM twice) SELECT x.n, y.key FROM x, x AS y");
    expect(brief(found.columns)).toEqual({
      n: ["customers.name transform", "customers.rating none filter"],
      key: ["customers.id identity", "customers.rating none filter"],
    });
    expect(found.views).toEqual(["datafusion.public.rated", "datafusion.public.twice"]);
    expect((await lineage("WITH rated AS (SELECT 1 AS id) SELECT id FROM rated")).views).toEqual([]);
  });

  it("of a self join name the table once per column", async () => {
    const found = await lineage(
      "SELECT a.id, b.amount FROM sales a JOIN sales b ON a.id = b.customer AND a.amount < b.amount",
    );
    expect(brief(found.columns)).toEqual({
      id: ["sales.amount none join", "sales.customer none join", "sales.id identity join"],
      amount: ["sales.amount identity join", "sales.customer none join", "sales.id none join"],
    });
    expect(found.joins).toEqual([
      { type: "inner", leftKeys: ["a.id"], rightKeys: ["b.customer"], filter: "a.amount < b.amount" },
    ]);
    expect(found.scans.map(({ table, alias, projection }) => [table.name, alias, projection])).toEqual([
      ["sales", "a", ["id", "amount"]],
      ["sales", "b", ["customer", "amount"]],
    ]);
  });

  it("of set operations come of every side that gives rows", async () => {
    const union = await lineage("SELECT id FROM sales UNION ALL SELECT rating + 1 FROM customers");
    expect(brief(union.columns)).toEqual({ id: ["customers.rating transform", "sales.id identity"] });
    expect(union.unions).toEqual([{ inputs: 2, distinct: false }]);
    const distinct = await lineage("SELECT id FROM sales UNION SELECT id FROM customers");
    expect(distinct.unions).toEqual([{ inputs: 2, distinct: true }]);
    expect(brief(distinct.columns)).toEqual({ id: ["customers.id identity group", "sales.id identity group"] });
    const except = await lineage("SELECT id FROM sales EXCEPT SELECT id FROM customers");
    expect(brief(except.columns)).toEqual({ id: ["customers.id none join", "sales.id identity join group"] });
    expect(except.joins).toMatchObject([{ type: "left_anti" }]);
    const intersect = await lineage("SELECT id FROM sales INTERSECT ALL SELECT id FROM customers");
    expect(intersect.joins).toMatchObject([{ type: "left_semi" }]);
  });

  it("of DISTINCT and DISTINCT ON are grouped", async () => {
    expect(await columnsOf("SELECT DISTINCT region FROM sales")).toEqual({ region: ["sales.region identity group"] });
    expect(await columnsOf("SELECT DISTINCT ON (region) id FROM sales ORDER BY region, amount")).toEqual({
      id: ["sales.amount none sort", "sales.id identity", "sales.region none group sort"],
    });
  });

  it("of lists taken apart are transformed", async () => {
    expect(await columnsOf("SELECT id, unnest(tags) AS tag FROM sales")).toEqual({
      id: ["sales.id identity"],
      tag: ["sales.tags transform"],
    });
    const { columns } = await lambdas("SELECT array_transform(tags, x -> x + id) AS t FROM sales");
    expect(brief(columns)).toEqual({
      t: ["sales.id transform", "sales.tags transform"],
    });
  });

  it("of a recursive query are found through all its rounds", async () => {
    const found = await lineage(
      `WITH RECURSIVE chain AS (
         SELECT id, customer, 0 AS depth FROM sales
         UNION ALL SELECT c.rating, c.id, chain.depth + 1 FROM customers c JOIN chain ON c.id = chain.customer
       ) SELECT id, depth FROM chain`,
    );
    expect(brief(found.columns)).toEqual({
      id: ["customers.id none join", "customers.rating identity", "sales.customer none join", "sales.id identity"],
      depth: [],
    });
    expect(found.scans.map(({ table }) => table.name).toSorted()).toEqual(["customers", "sales"]);
  });

  it("of rollups come of their groups", async () => {
    expect(
      await columnsOf("SELECT region, customer, sum(id) AS s FROM sales GROUP BY ROLLUP (region, customer)"),
    ).toEqual({
      region: ["sales.customer none group", "sales.region identity group"],
      customer: ["sales.customer identity group", "sales.region none group"],
      s: ["sales.customer none group", "sales.id aggregate", "sales.region none group"],
    });
  });
});

describe("subqueries", () => {
  it("in IN, EXISTS and comparisons decide", async () => {
    const found = await lineage(
      `SELECT s.id FROM sales s WHERE s.customer IN (SELECT id FROM customers WHERE rating > 1)
       AND EXISTS (SELECT 1 FROM customers c WHERE c.name = s.region)`,
    );
    expect(brief(found.columns)).toEqual({
      id: [
        "customers.id none filter",
        "customers.name none filter",
        "customers.rating none filter",
        "sales.customer none filter",
        "sales.id identity",
        "sales.region none filter",
      ],
    });
    expect(found.subqueries).toEqual([
      { kind: "in", correlated: [] },
      { kind: "exists", correlated: ["s.region"] },
    ]);
  });

  it("that are values give their column", async () => {
    const found = await lineage(
      "SELECT id, (SELECT max(rating) FROM customers c WHERE c.id = s.customer) AS r FROM sales s",
    );
    expect(brief(found.columns)).toEqual({
      id: ["sales.id identity"],
      r: ["customers.id none filter", "customers.rating aggregate", "sales.customer none filter"],
    });
    expect(found.subqueries).toEqual([{ kind: "scalar", correlated: ["s.customer"] }]);
  });
});

describe("operators", () => {
  it("name keys of joins that WHERE gives, sorts and limits", async () => {
    const found = await lineage(
      "SELECT s.id FROM sales s, customers c WHERE c.id = s.customer AND c.rating > 1 ORDER BY s.id DESC NULLS LAST LIMIT 3 OFFSET 2",
    );
    expect(found).toMatchObject({
      joins: [{ type: "inner", leftKeys: ["s.customer"], rightKeys: ["c.id"], filter: null }],
      sorts: [{ keys: [{ expression: "s.id", descending: true, nullsFirst: false }] }],
      limits: [{ limit: 3, offset: 2 }],
    });
    expect(brief(found.columns)).toEqual({
      id: [
        "customers.id none join",
        "customers.rating none filter",
        "sales.customer none join",
        "sales.id identity sort",
      ],
    });
  });

  it("name functions of every kind", async () => {
    const { functions } = await lambdas(
      `SELECT upper(region), random(), array_transform(tags, x -> x + 1), sum(amount), rank() OVER (ORDER BY sum(id))
       FROM sales, range(0, 2) GROUP BY region, tags`,
    );
    expect(functions).toEqual([
      { name: "array_transform", kind: "scalar", volatility: "immutable", builtin: true },
      { name: "random", kind: "scalar", volatility: "volatile", builtin: true },
      { name: "range", kind: "table", volatility: "immutable", builtin: true },
      { name: "rank", kind: "window", volatility: "immutable", builtin: true },
      { name: "sum", kind: "aggregate", volatility: "immutable", builtin: true },
      { name: "upper", kind: "scalar", volatility: "immutable", builtin: true },
    ]);
  });

  it("tell of scans what is read and which filters the table takes", async () => {
    const { scans } = await lineage("SELECT region FROM sales AS x WHERE amount > 1 AND id = 2");
    expect(scans).toEqual([
      {
        table: { catalog: null, schema: null, name: "sales" },
        alias: "x",
        projection: ["id", "amount", "region"],
        filters: [
          { expression: "sales.amount > 1", pushdown: "unsupported" },
          { expression: "sales.id = 2", pushdown: "unsupported" },
        ],
        limit: null,
      },
    ]);
  });
});

describe("lineage", () => {
  it("of frames is that of the SQL that says the same", async () => {
    const frame = session
      .table("sales")
      .filter(col("id").gt(1))
      .aggregate({
        by: ["region"],
        values: [call("sum", col("amount")).alias("total")],
      });
    const written = await columnsOf("SELECT region, sum(amount) AS total FROM sales WHERE id > 1 GROUP BY region");
    expect(brief((await frame.lineage()).columns)).toEqual(written);
  });

  it("goes as deep as the query", async () => {
    let frame = session.table("sales").select("id");
    for (let depth = 0; depth < 250; depth += 1) frame = frame.alias(`x${depth}`).limit(1000 - depth);
    expect(brief((await frame.lineage()).columns)).toEqual({ id: ["sales.id identity"] });
  });

  it("is the same every time, and a member of the artifact when asked for", async () => {
    const query = session.sql("SELECT a.id, count(*) AS n FROM sales a, twice b WHERE a.id = b.key GROUP BY a.id");
    const found = await query.lineage();
    expect(await query.lineage()).toEqual(found);
    const artifact = await query.artifact({ lineage: true });
    expect(artifact.lineage).toEqual(found);
    expect(migratePlanArtifact(JSON.parse(JSON.stringify(artifact)))).toEqual(artifact);
    expect(await query.artifact()).not.toHaveProperty("lineage");
  });

  it("runs nothing and obeys the policy", async () => {
    const denied = session.sql("SELECT random() FROM sales", { policy: { functions: { deny: ["random"] } } });
    await expect(denied.lineage()).rejects.toMatchObject({ code: "SQL.POLICY_VIOLATION" });
    expect(await columnsOf("SELECT id / 0 AS broken FROM sales")).toEqual({ broken: ["sales.id transform"] });
    expect(await columnsOf("EXPLAIN SELECT id FROM sales")).toEqual({ plan_type: [], plan: [] });
  });
});
