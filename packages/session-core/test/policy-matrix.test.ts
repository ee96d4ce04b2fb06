import { parseProfile } from "@deltafuse/config/profile";
import type { SqlPolicyName } from "@deltafuse/config/sql-policy";
import { afterAll, describe, expect, it } from "vitest";
import { openSession, type Session } from "../src/session.ts";

const insert = "INSERT INTO t SELECT 1";

/** What each policy says of a statement: the violation, or `-` for none. */
const matrix: readonly (readonly [sql: string, says: Readonly<Record<SqlPolicyName, string>>])[] = [
  ["SELECT '1'::bigint AS n", { read_only: "-", service: "-", write: "-", admin: "-" }],
  ["SELECT 'x@example.com; DROP TABLE t'", { read_only: "-", service: "-", write: "-", admin: "-" }],
  ["(SELECT 1) UNION ALL (SELECT 2)", { read_only: "-", service: "-", write: "-", admin: "-" }],
  ["EXPLAIN SELECT 1", { read_only: "-", service: "-", write: "-", admin: "-" }],
  ["EXPLAIN ANALYZE SELECT 1", { read_only: "-", service: "explain_analyze", write: "-", admin: "-" }],
  ["EXPLAIN (ANALYZE) SELECT 1", { read_only: "-", service: "explain_analyze", write: "-", admin: "-" }],
  [insert, { read_only: "dml", service: "dml", write: "-", admin: "-" }],
  [`WITH x AS (SELECT 1) ${insert}`, { read_only: "dml", service: "dml", write: "-", admin: "-" }],
  [`/* SELECT */ ${insert} -- SELECT`, { read_only: "dml", service: "dml", write: "-", admin: "-" }],
  [`EXPLAIN ${insert}`, { read_only: "dml", service: "dml", write: "-", admin: "-" }],
  ["COPY (SELECT 1) TO '/tmp/never/'", { read_only: "copy", service: "copy", write: "-", admin: "-" }],
  [
    "SET datafusion.execution.batch_size = 100",
    { read_only: "statement", service: "statement", write: "-", admin: "-" },
  ],
  ["PREPARE p AS SELECT 1", { read_only: "statement", service: "statement", write: "-", admin: "-" }],
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

/** What the policy says; other failures are none of its. */
async function said(policy: SqlPolicyName, sql: string): Promise<unknown> {
  try {
    await (await opened(policy)).execute(sql);
    return "-";
  } catch (error) {
    const { code, details } = error as { code: string; details: { violation: string } };
    return code === "SQL.POLICY_VIOLATION" ? details.violation : "-";
  }
}

describe.each(["read_only", "service", "write", "admin"] as const)("the policy %s", (policy) => {
  it.each(matrix.map(([sql, says]) => [sql, says[policy]] as const))("says of %s: %s", async (sql, expected) => {
    expect(await said(policy, sql)).toBe(expected);
  });
});
