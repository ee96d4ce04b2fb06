import { parseProfile } from "@deltafuse/config/profile";
import type { SqlPolicyInput, SqlPolicyName } from "@deltafuse/config/sql-policy";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openSession, type Session } from "../src/session.ts";

const names = ["read_only", "service", "write", "admin"] as const;
const insert = "INSERT INTO t SELECT 1";

/** What each policy says of a statement: the violation, or `-` for none. */
const matrix: readonly (readonly [sql: string, says: Readonly<Record<SqlPolicyName, string>>])[] = [
  ["SELECT '1'::bigint AS n", { read_only: "-", service: "-", write: "-", admin: "-" }],
  ["SELECT 'x@example.com; DROP TABLE t'", { read_only: "-", service: "-", write: "-", admin: "-" }],
  ["(SELECT 1) UNION ALL (SELECT 2)", { read_only: "-", service: "-", write: "-", admin: "-" }],
  ["WITH x AS (SELECT 1 AS a) SELECT a FROM x", { read_only: "-", service: "-", write: "-", admin: "-" }],
  ["SELECT $id", { read_only: "-", service: "-", write: "-", admin: "-" }],
  ["SELECT abs(x => 1)", { read_only: "-", service: "-", write: "-", admin: "-" }],
  ["EXPLAIN SELECT 1", { read_only: "-", service: "-", write: "-", admin: "-" }],
  ["EXPLAIN ANALYZE SELECT 1", { read_only: "-", service: "explain_analyze", write: "-", admin: "-" }],
  ["EXPLAIN (ANALYZE) SELECT 1", { read_only: "-", service: "explain_analyze", write: "-", admin: "-" }],
  [insert, { read_only: "dml", service: "dml", write: "-", admin: "-" }],
  [`WITH x AS (SELECT 1) ${insert}`, { read_only: "dml", service: "dml", write: "-", admin: "-" }],
  [`(${insert})`, { read_only: "dml", service: "dml", write: "-", admin: "-" }],
  [`((WITH x AS (SELECT 1) ${insert}))`, { read_only: "dml", service: "dml", write: "-", admin: "-" }],
  [`/* SELECT */ ${insert} -- SELECT`, { read_only: "dml", service: "dml", write: "-", admin: "-" }],
  [`EXPLAIN ${insert}`, { read_only: "dml", service: "dml", write: "-", admin: "-" }],
  ["COPY (SELECT 1) TO '/tmp/never/'", { read_only: "copy", service: "copy", write: "-", admin: "-" }],
  [
    "SET datafusion.execution.batch_size = 100",
    { read_only: "statement", service: "statement", write: "-", admin: "-" },
  ],
  ["PREPARE p AS SELECT 1", { read_only: "statement", service: "statement", write: "-", admin: "-" }],
  [`PREPARE p AS ${insert}`, { read_only: "dml", service: "dml", write: "-", admin: "-" }],
  ["EXECUTE selecting", { read_only: "statement", service: "statement", write: "-", admin: "-" }],
  ["CREATE TABLE u AS SELECT 1 AS a", { read_only: "ddl", service: "ddl", write: "ddl", admin: "-" }],
  ["DROP TABLE IF EXISTS u", { read_only: "ddl", service: "ddl", write: "ddl", admin: "-" }],
  ["EXPLAIN CREATE TABLE v AS SELECT 1 AS a", { read_only: "ddl", service: "ddl", write: "ddl", admin: "-" }],
  [
    "SELECT 1; SELECT 2",
    {
      read_only: "multi_statement",
      service: "multi_statement",
      write: "multi_statement",
      admin: "multi_statement",
    },
  ],
  [
    "SET deltafuse.policy.dml = true",
    { read_only: "statement", service: "statement", write: "locked_setting", admin: "locked_setting" },
  ],
];

const sessions = new Map<SqlPolicyName, Promise<Session>>();

function opened(policy: SqlPolicyName): Promise<Session> {
  const known = sessions.get(policy) ?? openSession(parseProfile({ preset: "test", sql: { policy } }));
  sessions.set(policy, known);
  return known;
}

afterAll(async () => {
  for (const session of sessions.values()) await (await session).close();
});

/** What a policy says; other failures are none of its. */
async function said(session: Session, sql: string, policy?: SqlPolicyName | SqlPolicyInput): Promise<unknown> {
  try {
    await session.execute(sql, policy === undefined ? {} : { policy });
    return "-";
  } catch (error) {
    const { code, details } = error as { code: string; details: { violation: string } };
    return code === "SQL.POLICY_VIOLATION" ? details.violation : "-";
  }
}

beforeAll(async () => {
  const admin = await opened("admin");
  await admin.execute("CREATE TABLE t (a BIGINT)");
  await admin.execute("PREPARE selecting AS SELECT 1");
});

describe.each(names)("the policy %s", (policy) => {
  const cases = matrix.map(([sql, says]) => [sql, says[policy]] as const);

  it.each(cases)("of a session says of %s: %s", async (sql, expected) => {
    expect(await said(await opened(policy), sql)).toBe(expected);
  });

  it.each(cases)("of a call says the same of %s: %s", async (sql, expected) => {
    expect(await said(await opened("admin"), sql, policy)).toBe(expected);
  });

  it.each(cases)("of a session is not widened by a call for %s: %s", async (sql, expected) => {
    expect(await said(await opened(policy), sql, "admin")).toBe(expected);
  });
});

it("a prepared statement needs what it prepares, and a write that is prepared is no statement to execute", async () => {
  const admin = await opened("admin");
  const statements = { base: "read_only", statements: true } as const;
  expect(await said(admin, "EXECUTE selecting", statements)).toBe("-");
  expect(await said(admin, `PREPARE inserting AS ${insert}`, statements)).toBe("dml");
  await expect(admin.execute(`PREPARE inserting AS ${insert}`)).rejects.toMatchObject({
    code: "SQL.STATEMENT_UNSUPPORTED",
  });
  await expect(admin.execute("EXECUTE inserting")).rejects.toMatchObject({ code: "SQL.PREPARED_NOT_FOUND" });
});
