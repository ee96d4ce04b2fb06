import { narrowSqlPolicy, type SqlPolicy, sqlPolicyPresets } from "@deltafuse/config/sql-policy";
import { describe, expect, it } from "vitest";
import { checkSqlPolicy, checkSqlSize } from "../src/sql-guard.ts";
import type { StatementInfo } from "../src/sql-statement.ts";

const select: StatementInfo = {
  ordinal: 0,
  start: 0,
  end: 15,
  kind: "query",
  verb: "SELECT",
  inner: null,
  explain: null,
  reads: ["t"],
  writes: [],
  locations: [],
  functions: [],
  placeholders: [],
  prepared: null,
  module: null,
  namedArguments: false,
  setting: null,
  sanitized: "SELECT a FROM t",
  summary: "SELECT t",
};
const insert: StatementInfo = { ...select, kind: "dml", verb: "INSERT", writes: ["t"] };
const explain: StatementInfo = { ...select, kind: "explain", verb: "EXPLAIN", explain: "plan", inner: select };

function violation(policy: SqlPolicy, ...statements: readonly StatementInfo[]): unknown {
  try {
    checkSqlPolicy(statements, policy);
    return null;
  } catch (error) {
    expect(error).toMatchObject({ code: "SQL.POLICY_VIOLATION" });
    return error instanceof Error && "details" in error ? error.details : undefined;
  }
}

describe("checkSqlPolicy", () => {
  it("lets queries pass under every preset", () => {
    for (const policy of Object.values(sqlPolicyPresets)) expect(violation(policy, select)).toBeNull();
  });

  it.each([
    ["read_only", { ...select, kind: "ddl", verb: "CREATE VIEW" }, "ddl"],
    ["write", { ...select, kind: "ddl", verb: "DROP TABLE" }, "ddl"],
    ["read_only", insert, "dml"],
    ["read_only", { ...select, kind: "copy", verb: "COPY" }, "copy"],
    ["service", { ...select, kind: "statement", verb: "SET" }, "statement"],
    ["service", { ...explain, explain: "analyze" }, "explain_analyze"],
  ] as const)("under %s refuses $kind", (preset, statement, expected) => {
    expect(violation(sqlPolicyPresets[preset], statement)).toEqual({
      violation: expected,
      statementKind: statement.kind,
      policy: preset,
      object: statement.verb,
    });
  });

  it("asks for EXPLAIN what its statement needs", () => {
    expect(violation(sqlPolicyPresets.read_only, { ...explain, inner: insert })).toMatchObject({ violation: "dml" });
    expect(violation(sqlPolicyPresets.read_only, { ...explain, explain: "analyze" })).toBeNull();
  });

  it("refuses two statements whatever the policy", () => {
    expect(violation(sqlPolicyPresets.admin, select, insert)).toMatchObject({
      violation: "multi_statement",
      object: "INSERT",
    });
  });

  it("refuses functions, parameter names, named arguments and locked settings", () => {
    const policy: SqlPolicy = {
      ...sqlPolicyPresets.admin,
      name: "custom",
      namedArguments: false,
      functions: { allow: ["SUM", "random"], deny: ["random"] },
      parameterNames: ["id"],
    };
    expect(violation(policy, { ...select, functions: ["sum"], placeholders: ["id"] })).toBeNull();
    expect(violation(policy, { ...select, functions: ["random"] })).toMatchObject({ object: "random" });
    expect(violation(policy, { ...select, functions: ["Sum"] })).toBeNull();
    expect(violation(policy, { ...select, functions: ["RANDOM"] })).toMatchObject({ object: "RANDOM" });
    expect(violation(policy, { ...select, functions: ["avg"] })).toMatchObject({ violation: "function" });
    expect(violation(policy, { ...select, placeholders: ["x"] })).toMatchObject({ violation: "parameter_name" });
    expect(violation(policy, { ...select, namedArguments: true })).toMatchObject({ violation: "named_arguments" });
    for (const key of ["deltafuse.policy.ddl", "datafusion.runtime.memory_limit"]) {
      const set: StatementInfo = { ...select, kind: "statement", verb: "SET", setting: { key, value: "1" } };
      expect(violation(sqlPolicyPresets.admin, set)).toMatchObject({ violation: "locked_setting", object: key });
    }
  });

  it("never allows more under a narrowed policy", () => {
    const narrowed = narrowSqlPolicy(sqlPolicyPresets.read_only, sqlPolicyPresets.admin);
    expect(violation(narrowed, insert)).toMatchObject({ violation: "dml" });
  });
});

describe("checkSqlSize", () => {
  it("counts bytes, not characters", () => {
    const policy = { ...sqlPolicyPresets.admin, maxSqlBytes: 3 };
    expect(() => checkSqlSize("abc", policy)).not.toThrow();
    expect(() => checkSqlSize("éé", policy)).toThrow(
      expect.objectContaining({ details: expect.objectContaining({ violation: "size" }) }),
    );
  });
});
