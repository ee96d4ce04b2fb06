import { nameField } from "../field.ts";
import { section, type Section, setting } from "../section.ts";
import type { SqlPolicyInput, SqlPolicyName } from "../sql-policy.ts";
import { sqlPolicySection } from "./sql-policy.ts";

/** How SQL text is read and what it may do. Null is the engine's default. */
export interface SqlInput {
  /** What SQL may do: a preset, or fields over one. Default: `write`, or `read_only` when access is read_only. */
  readonly policy?: SqlPolicyName | SqlPolicyInput;
  /** Whether unquoted names become lower case. Default: `lower`. */
  readonly identifiers?: "lower" | "preserve";
  /** `sql_parser.dialect`. */
  readonly dialect?: SqlDialect | null;
  /** `sql_parser.default_null_ordering`. */
  readonly nullOrdering?: "nulls_max" | "nulls_min" | "nulls_first" | "nulls_last" | null;
  /** `sql_parser.recursion_limit`: how deep a statement may be nested, at least 1. */
  readonly recursionLimit?: number | null;
  /** `sql_parser.parse_float_as_decimal`. */
  readonly floatAsDecimal?: boolean | null;
}

/** A dialect of SQL that the engine parses. */
export type SqlDialect =
  | "generic"
  | "mysql"
  | "postgresql"
  | "hive"
  | "sqlite"
  | "snowflake"
  | "redshift"
  | "mssql"
  | "clickhouse"
  | "bigquery"
  | "ansi"
  | "duckdb"
  | "databricks"
  | "spark";

/** The section `sql`. */
export const sqlSection: Section<SqlInput> = section<SqlInput>("sql", {
  policy: sqlPolicySection,
  identifiers: nameField("treatment of identifiers", ["lower", "preserve"]),
  dialect: setting,
  nullOrdering: setting,
  recursionLimit: setting,
  floatAsDecimal: setting,
});
