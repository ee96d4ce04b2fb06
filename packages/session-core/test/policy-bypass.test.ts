import { parseProfile } from "@deltafuse/config/profile";
import { isDeltaFuseError } from "@deltafuse/config/errors";
import { parseSqlPolicy } from "@deltafuse/config/sql-policy";
import { describe, expect, it } from "vitest";
import type { SessionExtension } from "../src/extension.ts";
import { call, col, sqlExpression } from "../src/expression.ts";
import { openSession, type Session } from "../src/session.ts";
import { checkSqlPolicy } from "../src/sql-guard.ts";
import { classifySql } from "../src/sql-statement.ts";
import { fromSubstrait } from "../src/substrait.ts";
import { fileOf, planOf, readOf, relations } from "./substrait-bytes.ts";
import { attempts, type Attempts, harmless, wayOuts } from "./policy-attempts.ts";

/** Gives a session a table and a view, whatever its policy: extensions are no SQL. */
const tables: SessionExtension = {
  id: "tables",
  version: 1,
  contribute: () => ({ steps: [{ id: "views.register", phase: "schemas", spec: null }] }),
  install: async (session) => {
    await session.createView("t", session.fromRows([{ a: 1 }]));
  },
};

function open(policy: Attempts["policy"]): Promise<Session> {
  return openSession(parseProfile({ preset: "test", sql: { policy } }), { extensions: [tables] });
}

/** The violation that a piece of work is refused for; the code of another error, or null when it went through. */
async function refusal(work: () => Promise<unknown>): Promise<string | null> {
  try {
    await work();
    return null;
  } catch (error) {
    if (!isDeltaFuseError(error)) throw error;
    const { violation } = error.details;
    return typeof violation === "string" ? violation : error.code;
  }
}

/** What can be seen of a session from outside. */
async function footprint(session: Session): Promise<unknown> {
  const { catalogs } = await session.inspect();
  const { entries, revision } = await session.settings();
  return { catalogs, entries, revision, rows: await session.table("t").rows() };
}

describe("attempts to get around the SQL policy", () => {
  it("are refused for what they are, and change nothing", async () => {
    let tried = 0;
    for (const { policy, refused } of attempts) {
      await using session = await open(policy);
      const before = await footprint(session);
      for (const [violation, texts] of Object.entries(refused)) {
        const expected = texts.map((sql) => [sql, violation]);
        const seen: unknown[] = [];
        for (const sql of texts) seen.push([sql, await refusal(() => session.execute(sql))]);
        expect(seen).toEqual(expected);
        tried += texts.length;
      }
      expect(await footprint(session)).toEqual(before);
    }
    expect(tried).toBeGreaterThan(180);
  });

  it("are refused by a call that narrows a wide session, and by the lazy door", async () => {
    await using session = await open("admin");
    const before = await footprint(session);
    for (const { policy, refused } of attempts) {
      for (const [violation, texts] of Object.entries(refused)) {
        for (const sql of texts) {
          const options = { policy: typeof policy === "string" ? policy : { ...policy, base: "admin" as const } };
          expect([sql, await refusal(() => session.execute(sql, options))]).toEqual([sql, violation]);
          expect([violation, "SQL.NOT_A_QUERY"]).toContain(await refusal(() => session.sql(sql, options).rows()));
        }
      }
    }
    expect(await footprint(session)).toEqual(before);
  });

  it("with locations are refused, whatever their spelling", async () => {
    const lists = ["/df/data", "s3://bucket/in"];
    const policy = parseSqlPolicy({ base: "admin", paths: { read: lists, write: lists } });
    const refused = async (sql: string): Promise<string | null> =>
      refusal(async () => checkSqlPolicy(await classifySql(sql), policy));
    for (const path of wayOuts) {
      const target = `'${path.replaceAll("'", "''")}'`;
      for (const sql of [
        `COPY (SELECT 1) TO ${target}`,
        `COPY t TO ${target} STORED AS CSV`,
        `EXPLAIN COPY t TO ${target}`,
        `CREATE EXTERNAL TABLE x STORED AS CSV LOCATION ${target}`,
      ]) {
        expect([sql, await refused(sql)]).toEqual([sql, "path"]);
      }
    }
    for (const path of ["/df/data/x.csv", "FILE:///df/data/x.csv", "/df/data/*.csv", "S3://bucket/in/x.parquet"]) {
      expect([path, await refused(`COPY t TO '${path}'`)]).toEqual([path, null]);
      expect([path, await refused(`CREATE EXTERNAL TABLE x STORED AS CSV LOCATION '${path}'`)]).toEqual([path, null]);
    }
  });

  it("with locations are refused by the engine, before anybody is asked to perform them", async () => {
    const lists = ["/df/data", "s3://bucket/in"];
    await using session = await open({ base: "admin", paths: { read: lists, write: lists } });
    for (const path of wayOuts) {
      const target = `'${path.replaceAll("'", "''")}'`;
      for (const sql of [
        `COPY (SELECT 1) TO ${target}`,
        `/* x */ copy t to ${target} STORED AS PARQUET`,
        `EXPLAIN COPY t TO ${target}`,
        `CREATE OR REPLACE EXTERNAL TABLE x STORED AS CSV LOCATION ${target}`,
        `CREATE EXTERNAL TABLE x STORED AS CSV LOCATION ('/df/data/x.csv', ${target})`,
      ]) {
        expect([sql, await refusal(() => session.execute(sql))]).toEqual([sql, "path"]);
      }
    }
    for (const sql of [
      "COPY t TO '/df/data/x.parquet'",
      "CREATE EXTERNAL TABLE x STORED AS CSV LOCATION '/df/data/*.csv'",
    ]) {
      expect([sql, await refusal(() => session.execute(sql))]).toEqual([sql, "SQL.EXTENSION_REQUIRED"]);
    }
  });

  it("with locations are refused by a call that narrows its session to a folder, and nothing else is", async () => {
    await using session = await open({ base: "admin", paths: { write: ["/df", "s3://bucket/in"] } });
    const policy = { paths: { write: ["/df/data", "s3://bucket"] } };
    for (const [path, expected] of [
      ["/df/data/x.parquet", "SQL.EXTENSION_REQUIRED"],
      ["s3://bucket/in/x.parquet", "SQL.EXTENSION_REQUIRED"],
      ["/df/other/x.parquet", "path"],
      ["/df/database/x.parquet", "path"],
      ["s3://bucket/out/x.parquet", "path"],
    ]) {
      expect([path, await refusal(() => session.execute(`COPY t TO '${path}'`, { policy }))]).toEqual([path, expected]);
    }
  });

  it("with functions are compared without case, also by a call that narrows", async () => {
    await using session = await open({ base: "admin", functions: { allow: ["SUM"] } });
    for (const policy of [{ ddl: false }, { functions: { allow: ["sum", "Avg"] } }]) {
      expect(await refusal(() => session.sql("SELECT sum(a) FROM t", { policy }).rows())).toBeNull();
      expect(await refusal(() => session.sql("SELECT avg(a) FROM t", { policy }).rows())).toBe("function");
    }
  });

  it("read no file under the name of a table", async () => {
    await using session = await open("admin");
    for (const path of ["/etc/passwd", "file:///etc/passwd", "/etc/%70asswd", "../../etc/passwd", "s3://bucket/x"]) {
      for (const sql of [
        `SELECT * FROM '${path}'`,
        `SELECT * FROM "${path}"`,
        `SELECT 1 WHERE 1 IN (SELECT column_1 FROM '${path}')`,
        `WITH x AS (SELECT * FROM '${path}') SELECT * FROM x`,
        `CREATE VIEW pv AS SELECT * FROM '${path}'`,
        `CREATE TABLE pt AS SELECT * FROM '${path}'`,
        `SELECT * FROM read_csv('${path}')`,
        `SELECT * FROM parquet_metadata('${path}')`,
      ]) {
        expect([sql, await refusal(() => session.execute(sql))]).toEqual([sql, "SQL.PLAN_ERROR"]);
      }
      expect(await refusal(() => session.table(`"${path}"`).rows())).toBe("SQL.PLAN_ERROR");
    }
  });

  it("hidden in the body of a view are refused where the view is read", async () => {
    await using session = await open("admin");
    await session.execute("CREATE VIEW inner_view AS SELECT random() AS r");
    await session.execute("CREATE VIEW outer_view AS SELECT * FROM inner_view");
    const policy = { functions: { deny: ["random"] } };
    for (const sql of [
      "SELECT * FROM inner_view",
      "SELECT * FROM outer_view",
      "SELECT (SELECT max(r) FROM outer_view)",
      "WITH x AS (SELECT * FROM outer_view) SELECT * FROM x",
      "SELECT a FROM t WHERE a IN (SELECT r FROM outer_view)",
    ]) {
      expect([sql, await refusal(() => session.sql(sql, { policy }).rows())]).toEqual([sql, "function"]);
      expect([sql, await refusal(() => session.execute(sql, { policy }))]).toEqual([sql, "function"]);
      expect([sql, await refusal(() => session.sql(sql, { policy }).artifact())]).toEqual([sql, "function"]);
      for (const verb of ["EXPLAIN", "EXPLAIN VERBOSE", "EXPLAIN FORMAT TREE", "EXPLAIN ANALYZE"]) {
        const explain = `${verb} ${sql}`;
        expect([explain, await refusal(() => session.execute(explain, { policy }))]).toEqual([explain, "function"]);
      }
    }
    await session.execute("CREATE TABLE kept AS SELECT 0.5::double AS a");
    for (const change of [
      "INSERT INTO kept SELECT r FROM outer_view",
      "DELETE FROM kept WHERE a IN (SELECT r FROM outer_view)",
      "CREATE TABLE made AS SELECT * FROM outer_view",
    ]) {
      for (const sql of [change, `EXPLAIN ${change}`, `EXPLAIN ANALYZE ${change}`]) {
        expect([sql, await refusal(() => session.execute(sql, { policy }))]).toEqual([sql, "function"]);
      }
    }
  });

  it("with functions are refused through a view, whatever kind of function it is", async () => {
    await using session = await open("admin");
    const cannotBeViews: string[] = [];
    let views = 0;
    for (const { policy, refused } of attempts) {
      if (typeof policy === "string" || policy.functions === undefined) continue;
      const queries = (refused["function"] ?? []).filter((sql) => /^(SELECT|WITH|VALUES)\b/.test(sql));
      for (const sql of queries) {
        const view = `hidden_${views}`;
        if ((await refusal(() => session.execute(`CREATE VIEW ${view} AS ${sql}`))) !== null) {
          cannotBeViews.push(sql);
          continue;
        }
        views += 1;
        const read = session.sql(`SELECT count(*) FROM (SELECT * FROM ${view}) WHERE true`, {
          policy: { functions: policy.functions },
        });
        expect([sql, await refusal(() => read.rows())]).toEqual([sql, "function"]);
      }
    }
    expect(cannotBeViews).toEqual([
      "SELECT public.random()",
      "SELECT 1 HAVING random() > 0",
      "SELECT array_transform(make_array(1), x -> random())",
      "SELECT * FROM (SELECT 1 AS a) PIVOT (count(a) FOR a IN (1))",
      'SELECT * FROM "range"(0, 3)',
      "SELECT * FROM TABLE(range(0, 3))",
      "WITH x AS (SELECT random() AS r) DELETE FROM t WHERE a = 1",
      "WITH x AS (SELECT random() AS r) UPDATE t SET a = x.r FROM x",
    ]);
    expect(views).toBeGreaterThan(30);
  });

  it("with functions are refused through a frame that is read under a narrower policy", async () => {
    await using session = await open("admin");
    const narrow = { functions: { deny: ["range", "unnest", "generate_series"] } } as const;
    for (const sql of [
      "SELECT * FROM range(0, 3)",
      "SELECT * FROM generate_series(0, 3)",
      "SELECT unnest([1, 2]) AS value",
    ]) {
      const wide = session.sql(sql);
      const read = session.sql("SELECT * FROM hidden", { tables: { hidden: wide }, policy: narrow });
      expect([sql, await refusal(() => read.rows())]).toEqual([sql, "function"]);
      const joined = session.sql("SELECT 1 AS value", { policy: narrow }).join(wide.rename({ value: "other" }), {
        on: [["value", "other"]],
      });
      expect([sql, await refusal(() => joined.rows())]).toEqual([sql, "function"]);
    }
  });

  it("written as expressions are refused in every place of a frame", async () => {
    await using session = await open({ base: "admin", functions: { deny: ["random", "now"] }, maxSqlBytes: 200 });
    const frame = session.table("t");
    const texts = [
      "random()",
      'RANDOM() + "random"()',
      "current_timestamp",
      "(SELECT random())",
      "CASE WHEN random() > 0 THEN 1 END",
      "CAST(random() AS BIGINT)",
      "[random()]",
      "a + /* harmless */ random()",
    ];
    for (const text of texts) {
      const expression = sqlExpression(text);
      const places = [
        frame.select(expression.alias("r")),
        frame.withColumn("r", expression),
        frame.filter(expression.isNotNull()),
        frame.aggregate({ values: [call("max", expression).alias("r")] }),
        frame.aggregate({ by: [expression.alias("r")], values: [] }),
        frame.join(session.table("t").rename({ a: "b" }), { on: [["a", "b"]], filter: expression.isNotNull() }),
      ];
      for (const place of places) expect([text, await refusal(() => place.rows())]).toEqual([text, "function"]);
      const throughView = async (): Promise<unknown> => {
        await session.createView("v", frame.select(expression.alias("r")), { replace: true });
        return session.table("v").rows();
      };
      expect([text, await refusal(throughView)]).toEqual([text, "function"]);
    }
    expect(await refusal(() => frame.select(sqlExpression(`'${"x".repeat(300)}'`).alias("r")).rows())).toBe("size");
    const two = sqlExpression("1; DROP TABLE t").alias("r");
    expect(await refusal(() => frame.select(two).rows())).toBe("multi_statement");
    for (const text of ["1, 2", "1 FROM t", "a /* x", "*"]) {
      expect([text, await refusal(() => frame.select(sqlExpression(text).alias("r")).rows())]).toEqual([
        text,
        "SQL.PARSE_ERROR",
      ]);
    }
  });
});

describe("attempts through Substrait", () => {
  /** Plans that an unrestricted session wrote. */
  async function written(texts: readonly string[]): Promise<readonly (readonly [string, Uint8Array])[]> {
    await using free = await open("admin");
    await free.execute("CREATE VIEW rv AS SELECT random() AS r");
    const plans: (readonly [string, Uint8Array])[] = [];
    for (const sql of texts) plans.push([sql, (await free.sql(sql).toSubstrait()).bytes]);
    return plans;
  }

  const calls = [
    "SELECT random() AS r",
    "SELECT RANDOM() + v.a AS r FROM (VALUES (1)) AS v(a)",
    "SELECT * FROM rv",
    "SELECT v.a FROM (VALUES (1)) AS v(a) WHERE v.a > random()",
    "SELECT v.a FROM (VALUES (1)) AS v(a) ORDER BY random()",
    "SELECT max(random()) AS m FROM (VALUES (1)) AS v(a)",
    "SELECT count(*) AS n FROM (VALUES (1)) AS v(a) GROUP BY v.a HAVING random() > 0",
    "SELECT sum(v.a) OVER (PARTITION BY random()) AS s FROM (VALUES (1)) AS v(a)",
    "SELECT a.a FROM (VALUES (1)) AS a(a) JOIN (VALUES (1)) AS b(b) ON a.a < b.b + random()",
    "SELECT v.a FROM (VALUES (1)) AS v(a) WHERE v.a IN (SELECT CAST(random() AS BIGINT))",
    "SELECT v.a FROM (VALUES (1)) AS v(a) UNION ALL SELECT CAST(random() AS BIGINT)",
  ];

  it("call no function that is denied", async () => {
    const plans = await written(calls);
    for (const functions of [{ deny: ["random"] }, { allow: ["max", "sum", "count"] }]) {
      await using session = await open({ base: "admin", functions });
      for (const [sql, plan] of plans) {
        const frame = fromSubstrait(session, plan);
        expect([sql, await refusal(() => frame.schema())]).toEqual([sql, "function"]);
        expect([sql, await refusal(() => frame.rows())]).toEqual([sql, "function"]);
        expect([sql, await refusal(() => frame.artifact())]).toEqual([sql, "function"]);
        expect([sql, await refusal(() => session.createView("pv", frame))]).toEqual([sql, "function"]);
        expect([sql, await refusal(() => session.table("t").crossJoin(frame, { suffix: "_2" }).rows())]).toEqual([
          sql,
          "function",
        ]);
      }
    }
  });

  it("write and create nothing", async () => {
    await using reader = await open("read_only");
    await using owner = await open("admin");
    const before = [await footprint(reader), await footprint(owner)];
    for (const [kind, violation] of [
      ["write", "dml"],
      ["update", "dml"],
      ["ddl", "ddl"],
    ] as const) {
      const plan = planOf(relations[kind], []);
      expect([kind, await refusal(() => fromSubstrait(reader, plan).rows())]).toEqual([kind, violation]);
      expect([kind, await refusal(() => fromSubstrait(owner, plan).rows())]).toEqual([
        kind,
        "PLAN.SUBSTRAIT_UNSUPPORTED",
      ]);
    }
    expect([await footprint(reader), await footprint(owner)]).toEqual(before);
  });

  it("read tables of the catalogue and nothing else", async () => {
    await using session = await open("admin");
    for (const uri of ["file:///etc/passwd", "/etc/passwd", "file:///tmp/t", "s3://bucket/t"]) {
      expect([uri, await refusal(() => fromSubstrait(session, fileOf(uri)).rows())]).toEqual([
        uri,
        "PLAN.SUBSTRAIT_UNSUPPORTED",
      ]);
    }
    for (const names of [
      ["/etc/passwd"],
      ["file:///etc/passwd"],
      ["no", "t"],
      ["no", "such", "t"],
      ["read_csv('/etc/passwd')"],
    ]) {
      expect([names, await refusal(() => fromSubstrait(session, readOf(...names)).rows())]).toEqual([
        names,
        "SQL.PLAN_ERROR",
      ]);
    }
    expect(await refusal(() => fromSubstrait(session, planOf(relations.cross, [])).rows())).toBe(
      "PLAN.SUBSTRAIT_INVALID",
    );
  });

  it("are refused when they are too long, and narrowed by the frames they meet", async () => {
    const [[, long] = ["", new Uint8Array()]] = await written([`SELECT '${"x".repeat(300)}' AS a`]);
    await using small = await open({ base: "admin", maxSqlBytes: 200 });
    expect(await refusal(() => fromSubstrait(small, long).rows())).toBe("size");
    await using session = await open("admin");
    const [[, random] = ["", new Uint8Array()]] = await written(["SELECT random() AS r"]);
    expect(await refusal(() => fromSubstrait(session, random).rows())).toBeNull();
    const narrow = session.sql("SELECT 1.0 AS r", { policy: { functions: { deny: ["random"] } } });
    expect(await refusal(() => fromSubstrait(session, random).union(narrow).rows())).toBe("function");
    expect(await refusal(() => fromSubstrait(session, long).select(sqlExpression("random()")).rows())).toBeNull();
    await using denied = await open({ base: "admin", functions: { deny: ["random"] } });
    expect(await refusal(() => fromSubstrait(denied, long).select(sqlExpression("random()")).rows())).toBe("function");
  });
});

describe("what only looks dangerous", () => {
  it("passes", async () => {
    await using session = await open("read_only");
    const seen: unknown[] = [];
    for (const sql of harmless) seen.push([sql, await refusal(() => session.execute(sql))]);
    expect(seen).toEqual(harmless.map((sql) => [sql, null]));
    const { table } = await session.execute("SELECT $id AS id", { parameters: { id: "x'; DROP TABLE t; --" } });
    expect(table?.toArray().map(String)).toEqual(['{"id": "x\'; DROP TABLE t; --"}']);
  });

  it("passes as an expression", async () => {
    await using session = await open("read_only");
    const frame = session.table("t");
    for (const text of [
      "a::bigint",
      "'x@example.com'",
      "'; DROP TABLE t'",
      '"a"',
      "a -- DROP",
      "substr(str => 'a', start_pos => 1)",
    ]) {
      expect([text, await refusal(() => frame.select(sqlExpression(text).alias("r"), col("a")).rows())]).toEqual([
        text,
        null,
      ]);
    }
  });

  it("passes where only one function is allowed", async () => {
    await using session = await open({ base: "admin", functions: { allow: ["sum"] } });
    for (const sql of [
      "SELECT sum(1), 'a' || 'b', 1 BETWEEN 0 AND 2, 'a' LIKE 'b', CAST(1 AS BIGINT)",
      "SHOW TABLES",
    ]) {
      expect([sql, await refusal(() => session.execute(sql))]).toEqual([sql, null]);
    }
  });
});
