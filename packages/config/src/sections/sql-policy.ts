import { listField, nameField, nullableListField, plainField, readText } from "../field.ts";
import { namedSection, section, type Section } from "../section.ts";
import { describeValue, type Reading } from "../setting-value.ts";
import type { SqlFunctions, SqlPaths, SqlPolicyInput, SqlPolicyName } from "../sql-policy.ts";

const sqlPolicyNames: readonly SqlPolicyName[] = ["read_only", "service", "write", "admin"];

function readPrefix(value: unknown): Reading<string> {
  if (typeof value === "string" && /^(?:\/|[A-Za-z][A-Za-z0-9+.-]*:\/\/)/.test(value)) {
    if (!value.split("/").some((segment) => segment === "." || segment === "..")) return { value };
  }
  const what = "an absolute path or a URL without . and .. segments";
  return { refusal: { code: "INVALID_VALUE", message: `Expected ${what}, got ${describeValue(value)}.` } };
}

const flag = plainField<boolean>({ type: "bool" });

/** The field `sql.policy`. */
export const sqlPolicySection: Section<SqlPolicyInput> = namedSection<SqlPolicyInput>("sql.policy", {
  base: nameField("SQL policy", sqlPolicyNames),
  ddl: flag,
  dml: flag,
  copy: flag,
  statements: flag,
  explainAnalyze: flag,
  namedArguments: flag,
  urlTables: flag,
  pathFunctions: flag,
  functions: section<Partial<SqlFunctions>>("sql.policy.functions", {
    allow: nullableListField(readText),
    deny: listField(readText),
  }),
  parameterNames: nullableListField(readText),
  paths: section<Partial<SqlPaths>>("sql.policy.paths", {
    read: nullableListField(readPrefix),
    write: nullableListField(readPrefix),
  }),
  maxSqlBytes: plainField<number>({ type: "bytes", min: 1 }),
});
