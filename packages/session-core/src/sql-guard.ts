import type { SqlPolicy } from "@deltafuse/config/sql-policy";
import type { PolicyViolation } from "./errors.ts";
import { isPosition } from "./parameters.ts";
import { checkPath } from "./path-guard.ts";
import type { StatementInfo, StatementKind } from "./sql-statement.ts";
import { policyViolation } from "./statement-errors.ts";

/** Settings that no statement may change: the policy itself, and what is fixed when a session is opened. */
const lockedSettings = [
  "deltafuse.",
  "datafusion.runtime.memory_limit",
  "datafusion.runtime.temp_directory",
  "datafusion.catalog.create_default_catalog_and_schema",
] as const;

/**
 * Refuses a text that is longer than the policy allows, before anything parses it.
 *
 * Throws `SQL.POLICY_VIOLATION` with violation `size`.
 */
export function checkSqlSize(sql: string, policy: SqlPolicy): void {
  if (Buffer.byteLength(sql, "utf8") <= policy.maxSqlBytes) return;
  throw policyViolation({ violation: "size", statementKind: "query", policy: policy.name });
}

/**
 * Checks parsed statements against a SQL policy: one statement only, permitted kinds, locations, functions and parameter
 * names, no locked setting. EXPLAIN needs what its statement needs. Throws `SQL.POLICY_VIOLATION {violation,
 * statementKind, policy, object?}`.
 *
 * @param statements - What `classifySql` gave for one text.
 * @param policy - The policy of the session or of the call.
 */
export function checkSqlPolicy(statements: readonly StatementInfo[], policy: SqlPolicy): void {
  const [first, second] = statements;
  if (second !== undefined) refuse("multi_statement", { statement: second, policy, object: second.verb });
  if (first !== undefined) checkStatement(first, policy);
}

function checkStatement(statement: StatementInfo, policy: SqlPolicy): void {
  const violation = deniedKind(statement, policy);
  if (violation !== null) refuse(violation, { statement, policy, object: statement.verb });
  // The engine reads keys in any case, also quoted ones.
  const key = statement.setting?.key.toLowerCase();
  if (key !== undefined && lockedSettings.some((prefix) => key.startsWith(prefix))) {
    refuse("locked_setting", { statement, policy, object: key });
  }
  if (statement.namedArguments && !policy.namedArguments) refuse("named_arguments", { statement, policy });
  checkNames(statement, policy);
  if (statement.inner === null) checkLocations(statement, policy);
  else checkStatement(statement.inner, policy);
}

function checkLocations({ kind, locations }: StatementInfo, policy: SqlPolicy): void {
  const access = kind === "copy" ? "write" : "read";
  for (const location of locations) checkPath(location, policy, { access, statementKind: kind });
}

function checkNames(statement: StatementInfo, policy: SqlPolicy): void {
  const denied = statement.functions.find((name) => !functionAllowed(name, policy));
  if (denied !== undefined) refuse("function", { statement, policy, object: denied });
  const { parameterNames } = policy;
  const unknown = statement.placeholders.find(
    (name) => parameterNames !== null && !isPosition(name) && !parameterNames.includes(name),
  );
  if (unknown !== undefined) refuse("parameter_name", { statement, policy, object: unknown });
}

function deniedKind(statement: StatementInfo, policy: SqlPolicy): PolicyViolation | null {
  const { copy, ddl, dml, explainAnalyze, statements } = policy;
  const permissions: Readonly<Record<StatementKind, readonly [allowed: boolean, violation: PolicyViolation]>> = {
    query: [true, "statement"],
    explain: [statement.explain !== "analyze" || explainAnalyze, "explain_analyze"],
    statement: [statements, "statement"],
    copy: [copy, "copy"],
    dml: [dml, "dml"],
    ddl: [ddl, "ddl"],
    command: [ddl, "ddl"],
  };
  const [allowed, violation] = permissions[statement.kind];
  return allowed ? null : violation;
}

function functionAllowed(name: string, policy: SqlPolicy): boolean {
  const { allow, deny } = policy.functions;
  const listed = (names: readonly string[]): boolean =>
    names.some((entry) => entry.toLowerCase() === name.toLowerCase());
  return !listed(deny) && (allow === null || listed(allow));
}

interface Refusal {
  readonly statement: StatementInfo;
  readonly policy: SqlPolicy;
  readonly object?: string;
}

function refuse(violation: PolicyViolation, { statement, policy, object }: Refusal): never {
  throw policyViolation({
    violation,
    statementKind: statement.kind,
    policy: policy.name,
    ...(object === undefined ? {} : { object }),
  });
}
