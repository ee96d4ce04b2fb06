import { parseSqlPolicy } from "@deltafuse/config/sql-policy";
import { describe, expect, it } from "vitest";
import { call, col, sqlExpression } from "../src/expression.ts";
import type { Session } from "../src/session.ts";
import { checkSqlPolicy } from "../src/sql-guard.ts";
import { classifySql } from "../src/sql-statement.ts";
import { fromSubstrait } from "../src/substrait.ts";
import { fileOf, planOf, readOf, relations } from "./substrait-bytes.ts";
import { attempts, harmless, wayOuts } from "./policy-attempts.ts";
import { openUnder, refusal } from "./policy-session.ts";

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
      await using session = await openUnder(policy);
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
    await using session = await openUnder("admin");
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
    await using session = await openUnder({ base: "admin", paths: { read: lists, write: lists } });
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
    await using session = await openUnder({ base: "admin", paths: { write: ["/df", "s3://bucket/in"] } });
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
    await using session = await openUnder({ base: "admin", functions: { allow: ["SUM"] } });
    for (const policy of [{ ddl: false }, { functions: { allow: ["sum", "Avg"] } }]) {
      expect(await refusal(() => session.sql("SELECT sum(a) FROM t", { policy }).rows())).toBeNull();
      expect(await refusal(() => session.sql("SELECT avg(a) FROM t", { policy }).rows())).toBe("function");
    }
  });

  it("read no file under the name of a table", async () => {
    await using session = await openUnder("admin");
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

  it("written as expressions are refused in every place of a frame", async () => {
    await using session = await openUnder({ base: "admin", functions: { deny: ["random", "now"] }, maxSqlBytes: 200 });
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
    await using free = await openUnder("admin");
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
      await using session = await openUnder({ base: "admin", functions });
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
    await using reader = await openUnder("read_only");
    await using owner = await openUnder("admin");
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
    await using session = await openUnder("admin");
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
    await using small = await openUnder({ base: "admin", maxSqlBytes: 200 });
    expect(await refusal(() => fromSubstrait(small, long).rows())).toBe("size");
    await using session = await openUnder("admin");
    const [[, random] = ["", new Uint8Array()]] = await written(["SELECT random() AS r"]);
    expect(await refusal(() => fromSubstrait(session, random).rows())).toBeNull();
    const narrow = session.sql("SELECT 1.0 AS r", { policy: { functions: { deny: ["random"] } } });
    expect(await refusal(() => fromSubstrait(session, random).union(narrow).rows())).toBe("function");
    expect(await refusal(() => fromSubstrait(session, long).select(sqlExpression("random()")).rows())).toBeNull();
    await using denied = await openUnder({ base: "admin", functions: { deny: ["random"] } });
    expect(await refusal(() => fromSubstrait(denied, long).select(sqlExpression("random()")).rows())).toBe("function");
  });
});

describe("what only looks dangerous", () => {
  it("passes", async () => {
    await using session = await openUnder("read_only");
    const seen: unknown[] = [];
    for (const sql of harmless) seen.push([sql, await refusal(() => session.execute(sql))]);
    expect(seen).toEqual(harmless.map((sql) => [sql, null]));
    const { table } = await session.execute("SELECT $id AS id", { parameters: { id: "x'; DROP TABLE t; --" } });
    expect(table?.toArray().map(String)).toEqual(['{"id": "x\'; DROP TABLE t; --"}']);
  });

  it("passes as an expression", async () => {
    await using session = await openUnder("read_only");
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
    await using session = await openUnder({ base: "admin", functions: { allow: ["sum"] } });
    for (const sql of [
      "SELECT sum(1), 'a' || 'b', 1 BETWEEN 0 AND 2, 'a' LIKE 'b', CAST(1 AS BIGINT)",
      "SHOW TABLES",
    ]) {
      expect([sql, await refusal(() => session.execute(sql))]).toEqual([sql, null]);
    }
  });
});
