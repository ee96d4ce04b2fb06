import { parseProfile } from "@deltafuse/config/profile";
import { recordingHooks } from "@deltafuse/hooks/testing";
import { describe, expect, it } from "vitest";
import { call, sqlExpression } from "../src/expression.ts";
import { openSession, type Session, type SqlOptions } from "../src/session.ts";
import { classifySql } from "../src/sql-statement.ts";

type Policy = NonNullable<SqlOptions["policy"]>;

function open(policy: Policy): Promise<Session> {
  return openSession(parseProfile({ preset: "test", sql: { policy } }));
}

async function violation(policy: Policy, sql: string): Promise<unknown> {
  await using session = await open(policy);
  try {
    await session.execute(sql);
    return null;
  } catch (error) {
    expect(error).toMatchObject({ code: "SQL.POLICY_VIOLATION", details: { queryId: expect.any(String) } });
    return error instanceof Error && "details" in error ? error.details : null;
  }
}

describe("the SQL policy on the real parser", () => {
  it.each([
    ["INSERT INTO t VALUES (1)", "dml"],
    ["WITH x AS (SELECT 1) INSERT INTO t SELECT * FROM x", "dml"],
    ["/* SELECT */ DELETE FROM t", "dml"],
    ["-- SELECT 1\nUPDATE t SET a = 1", "dml"],
    ["(\nSELECT 1); DROP TABLE t", "multi_statement"],
    ["EXPLAIN INSERT INTO t VALUES (1)", "dml"],
    ["EXPLAIN ANALYZE INSERT INTO t VALUES (1)", "dml"],
    ["COPY (SELECT 1) TO '/tmp/never.parquet'", "copy"],
    ["CREATE VIEW v AS SELECT 1", "ddl"],
    ["DROP TABLE t", "ddl"],
    ["SELECT 1 AS a INTO t", "ddl"],
    ["SET datafusion.execution.batch_size = 1", "statement"],
    ["PREPARE p AS SELECT 1", "statement"],
    ["SELECT 1; SELECT 2", "multi_statement"],
  ])("read_only refuses %s", async (sql, expected) => {
    expect(await violation("read_only", sql)).toMatchObject({ violation: expected, policy: "read_only" });
  });

  it.each([
    "SELECT '1'::bigint AS n",
    "SELECT 'x@example.com; DROP TABLE t' AS text",
    "(SELECT 1 AS a) UNION ALL (SELECT 2)",
    "WITH x AS (SELECT 1 AS a) SELECT * FROM x",
    "EXPLAIN SELECT 1",
    "EXPLAIN ANALYZE SELECT 1",
    "VALUES (1), (2)",
    "SHOW TABLES",
  ])("read_only allows %s", async (sql) => {
    expect(await violation("read_only", sql)).toBeNull();
  });

  it("service refuses EXPLAIN ANALYZE and long texts", async () => {
    expect(await violation("service", "EXPLAIN ANALYZE SELECT 1")).toMatchObject({ violation: "explain_analyze" });
    expect(await violation("service", `SELECT '${"x".repeat(70_000)}'`)).toMatchObject({ violation: "size" });
  });

  it("refuses functions in any part of a query", async () => {
    const policy: Policy = { base: "read_only", functions: { deny: ["random"] } };
    for (const sql of [
      "SELECT random()",
      "SELECT 1 WHERE random() > 0",
      "WITH x AS (SELECT RANDOM() AS r) SELECT count(*) FROM x",
      "SELECT * FROM (VALUES (1)) AS v(a) ORDER BY random()",
      "SELECT a FROM (VALUES (1)) AS v(a) WHERE a IN (SELECT CAST(random() AS INT))",
      "EXPLAIN SELECT random()",
    ]) {
      expect(await violation(policy, sql)).toMatchObject({ violation: "function", object: "random" });
    }
    await using session = await open(policy);
    const frame = session.sql("SELECT 1 AS a");
    for (const expression of [call("random"), sqlExpression("random()")]) {
      await expect(frame.select(expression.alias("r")).rows()).rejects.toMatchObject({
        code: "SQL.POLICY_VIOLATION",
        details: { violation: "function" },
      });
    }
  });

  it("keeps settings of the policy and the runtime locked for everybody", async () => {
    for (const key of ["deltafuse.policy.ddl", "datafusion.runtime.memory_limit"]) {
      expect(await violation("admin", `SET ${key} = 'true'`)).toMatchObject({ violation: "locked_setting" });
    }
  });

  it("is narrowed by a call, never widened", async () => {
    await using session = await open("read_only");
    await expect(session.execute("CREATE VIEW v AS SELECT 1", { policy: "admin" })).rejects.toMatchObject({
      details: { violation: "ddl" },
    });
    await using admin = await open("admin");
    await expect(admin.execute("CREATE VIEW v AS SELECT 1", { policy: { ddl: false } })).rejects.toMatchObject({
      details: { violation: "ddl", policy: "custom" },
    });
    await admin.execute("CREATE VIEW v AS SELECT 1 AS a", { policy: { dml: false } });
    const frame = admin.sql("SELECT * FROM v", { policy: { functions: { allow: [], deny: [] } } });
    expect(await frame.rows({ values: "plain" })).toEqual([{ a: 1 }]);
  });

  it("emits the refusal and nothing of a run", async () => {
    const hooks = recordingHooks();
    await using session = await openSession(parseProfile({ preset: "test", sql: { policy: "read_only" } }), { hooks });
    for (const sql of ["DROP TABLE t", "SELEC 1", "SELECT 1; SELECT 2"]) {
      await session.execute(sql, { label: "refused" }).catch(() => undefined);
    }
    expect(hooks.names().slice(1)).toEqual(Array.from({ length: 3 }, () => ["sql.received", "sql.rejected"]).flat());
    expect(
      hooks
        .of("sql.rejected")
        .map(({ error, statementKind, violation: kind, label }) => [error.code, statementKind, kind, label]),
    ).toEqual([
      ["SQL.POLICY_VIOLATION", "ddl", "ddl", "refused"],
      ["SQL.PARSE_ERROR", undefined, undefined, "refused"],
      ["SQL.POLICY_VIOLATION", "query", "multi_statement", "refused"],
    ]);
  });
});

describe("errors of SQL", () => {
  it("name line and column, candidates, and stay off the session", async () => {
    await using session = await open("admin");
    await session.execute("CREATE TABLE flights AS SELECT 1 AS origin, 2 AS distance");
    await expect(session.sql("SELECT 1,\n  2 +* 3").rows()).rejects.toMatchObject({
      code: "SQL.PARSE_ERROR",
      details: { line: 2, column: expect.any(Number) },
    });
    await expect(session.sql("SELECT * FROM fligths").rows()).rejects.toMatchObject({
      code: "SQL.PLAN_ERROR",
      details: { candidates: ["flights"], stage: "analyze" },
    });
    await expect(session.sql("SELECT origni FROM flights").rows()).rejects.toMatchObject({
      code: "SQL.PLAN_ERROR",
      details: { candidates: ["origin"] },
    });
    await expect(session.sql("DROP TABLE flights").rows()).rejects.toMatchObject({
      code: "SQL.NOT_A_QUERY",
      details: { statement: "DROP TABLE" },
    });
    await expect(session.sql("  ").rows()).rejects.toMatchObject({ code: "SQL.PARSE_ERROR" });
    expect(await session.table("flights").count()).toBe(1);
  });
});

describe("SHOW under rules of functions", () => {
  it("tells what there is, whatever the engine calls for it", async () => {
    await using session = await open({ base: "read_only", functions: { allow: ["abs"] } });
    const shown = await session.sql("SHOW FUNCTIONS LIKE 'abs'").rows({ values: "plain" });
    expect(shown).toContainEqual(expect.objectContaining({ function_name: "abs" }));
    const names = await session.sql("SHOW FUNCTIONS LIKE 'abs'").select("function_name").rows();
    expect(names).toEqual(shown.map(() => ({ function_name: "abs" })));
    expect((await session.sql("SHOW TABLES").rows()).length).toBeGreaterThan(0);
  });

  it("lets nobody call more because of it", async () => {
    await using session = await open({ base: "read_only", functions: { allow: ["abs"], deny: ["array_agg"] } });
    const refused = expect.objectContaining({ code: "SQL.POLICY_VIOLATION" });
    const shown = session.sql("SHOW FUNCTIONS");
    await expect(
      shown.aggregate({ by: [], values: { all: sqlExpression("array_agg(function_name)") } }).rows(),
    ).rejects.toEqual(refused);
    await expect(session.sql("SHOW FUNCTIONS LIKE upper('abs')").rows()).rejects.toBeInstanceOf(Error);
    await expect(session.sql("SELECT array_agg(1)").rows()).rejects.toEqual(refused);
  });
});

describe("classifySql", () => {
  it("says what statements are and what they name", async () => {
    const statements = await classifySql(
      "WITH c AS (SELECT * FROM a) SELECT upper(x), $p FROM c JOIN b ON true; INSERT INTO t SELECT 1",
    );
    expect(statements).toMatchObject([
      {
        ordinal: 0,
        kind: "query",
        verb: "SELECT",
        reads: ["a", "b"],
        writes: [],
        functions: ["upper"],
        placeholders: ["p"],
      },
      { ordinal: 1, kind: "dml", verb: "INSERT", writes: ["t"] },
    ]);
  });

  it("keeps the case of names in quotes, as the engine does", async () => {
    const [statement] = await classifySql('SELECT UPPER(x), "Lower"(x) FROM t');
    expect(statement?.functions).toEqual(["Lower", "upper"]);
  });

  it("reads what EXPLAIN wraps and what SET sets", async () => {
    const statements = await classifySql("EXPLAIN ANALYZE SELECT 1; SET a.b = 7; RESET a.b");
    expect(statements).toMatchObject([
      { kind: "explain", explain: "analyze", inner: { kind: "query", verb: "SELECT" } },
      { kind: "statement", verb: "SET", setting: { key: "a.b", value: "7" } },
      { kind: "statement", verb: "RESET", setting: { key: "a.b", value: null } },
    ]);
  });

  it("says where statements stand in the text", async () => {
    const text =
      " SELECT '😀;' AS a -- one;\n; ;\nEXPLAIN  SELECT\n 2 ;MERGE INTO t USING s ON true WHEN MATCHED THEN UPDATE SET *";
    const statements = await classifySql(text);
    expect(statements.map(({ start, end }) => text.slice(start, end))).toEqual([
      "SELECT '😀;' AS a",
      "EXPLAIN  SELECT\n 2",
      "MERGE INTO t USING s ON true WHEN MATCHED THEN UPDATE SET *",
    ]);
    const [, explain] = statements;
    expect([explain?.inner?.start, explain?.inner?.end]).toEqual([explain?.start, explain?.end]);
    expect(await classifySql("-- nothing\n;")).toEqual([]);
    await expect(classifySql("SELECT 1 SELECT 2")).rejects.toMatchObject({ code: "SQL.PARSE_ERROR" });
  });

  it("says which module performs a statement, and locations in the one form that policies compare", async () => {
    const statements = await classifySql(
      "COPY t TO 'FILE:///lake/./a/../x.parquet'; COPY t TO '/lake/%2e%2e/x.csv';" +
        "CREATE EXTERNAL TABLE x STORED AS CSV LOCATION ('S3://Bucket/in//*.csv', '/lake/b?/c.csv'); SELECT 1; DELETE FROM t",
    );
    expect(statements.map(({ module, locations }) => [module, locations])).toEqual([
      ["datasets", ["/lake/x.parquet"]],
      ["datasets", ["/lake/%2e%2e/x.csv"]],
      ["datasets", ["s3://bucket/in", "/lake"]],
      [null, []],
      [null, []],
    ]);
  });

  it("removes literals and comments from the text", async () => {
    const [statement] = await classifySql("SELECT 'secret', 42 /* why */ FROM t -- because");
    expect(statement?.sanitized).toBe("SELECT ?, ? FROM t");
  });

  it("refuses what it cannot parse", async () => {
    await expect(classifySql("SELEC 1 FROM t")).rejects.toMatchObject({
      code: "SQL.PARSE_ERROR",
      details: { line: expect.any(Number), column: expect.any(Number) },
    });
  });
});
