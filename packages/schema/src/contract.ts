import type { FieldType } from "@deltafuse/session-core/field-type";
import { checkColumns } from "./column-check.ts";
import type { ConstraintSpec } from "./constraint.ts";
import { contractViolation, specInvalid } from "./errors.ts";
import type { FieldBuilders, FieldMetadata } from "./field-builder.ts";
import { checkTableParts } from "./table-check.ts";
import { type FieldSpec, table, type TableOptions, type TableSpec } from "./table-spec.ts";
import type { TypeMatching } from "./type-difference.ts";
import type { Violation, ViolationReport } from "./violation.ts";

/**
 * How far a table may differ from its contract. `STRICT`: not at all. `ADDITIVE`: it may have more columns. `RELAXED`: also
 * nullable columns may be missing, and types may be such that widen safely to those of the contract.
 */
export type ContractPolicy = "STRICT" | "ADDITIVE" | "RELAXED";

/** What may differ between a table and its contract. Every member has a default. */
export interface ContractRules {
  /** Default: `STRICT`. */
  readonly policy?: ContractPolicy;
  /** `logical` (default): layouts such as views and dictionaries do not matter. `exact`: they do. */
  readonly typeMatching?: TypeMatching;
  /** `safe` (default): a column without nulls fits one that may have nulls. `exact`: it does not. */
  readonly nullability?: "safe" | "exact";
  /** Whether columns must come in the order of the contract. Default: false. */
  readonly columnOrder?: boolean;
  /** Metadata entries that the schema of the table must have. Default: none. */
  readonly metadata?: FieldMetadata;
  /** Whether columns are checked at all. Default: true. */
  readonly enforceColumns?: boolean;
}

/** Options of a contract over a table spec. */
export interface ContractOptions<Column extends string = string> extends ContractRules {
  /** Columns that the table is partitioned by. Default: none. */
  readonly partitionColumns?: readonly NoInfer<Column>[];
}

/** A table spec and rules for change: plain data. */
export interface SchemaContract<F extends FieldSpec = FieldSpec> {
  readonly kind: "schema-contract";
  readonly name: string;
  /** Columns in their order, without the partition columns. */
  readonly columns: readonly F[];
  readonly partitionColumns: readonly F[];
  readonly keyFields: readonly string[];
  readonly requiredNonNull: readonly string[];
  readonly constraints: readonly ConstraintSpec[];
  readonly policy: ContractPolicy;
  readonly typeMatching: TypeMatching;
  readonly nullability: "safe" | "exact";
  readonly columnOrder: boolean;
  readonly metadata: FieldMetadata;
  readonly enforceColumns: boolean;
}

/** A column as it is stored; a member that the storage does not say is left out and not compared. */
export interface StoredColumn {
  readonly name: string;
  readonly type?: FieldType;
  readonly nullable?: boolean;
  readonly metadata?: FieldMetadata;
}

/** A table as it is stored. Table specs and tables of the catalog have this shape. */
export interface StoredTable {
  readonly name: string;
  /** Columns in their order, partition columns included. Default: none. */
  readonly fields?: readonly StoredColumn[];
  /** Metadata of the schema. Default: not known and not compared. */
  readonly metadata?: FieldMetadata;
  readonly keyFields?: readonly string[];
  readonly constraints?: readonly ConstraintSpec[];
}

/**
 * A contract of its own columns: {@link table} and {@link contractFromTable} in one.
 *
 * @example
 * const airports = contract("airports", { iata: utf8().notNull(), city: utf8() }, { policy: "ADDITIVE" });
 */
export function contract<const F extends FieldBuilders>(
  name: string,
  fields: F,
  options: TableOptions<keyof F & string> & ContractOptions<keyof F & string> = {},
): SchemaContract<ReturnType<typeof table<F>>["fields"][number]> {
  return contractFromTable(table(name, fields, options), options);
}

/** A contract of a table spec. Throws `SCHEMA.SPEC_INVALID` when a partition column is none of its columns. */
export function contractFromTable<F extends FieldSpec>(
  spec: TableSpec<F>,
  options: ContractOptions<F["name"]> = {},
): SchemaContract<F> {
  const { partitionColumns = [], policy = "STRICT", typeMatching = "logical", nullability = "safe" } = options;
  const { columnOrder = false, metadata = {}, enforceColumns = true } = options;
  const { name, fields, keyFields, requiredNonNull, constraints } = spec;
  const byName = (column: string): F | undefined => fields.find((field) => field.name === column);
  const problems = partitionColumns.flatMap((column) =>
    byName(column) === undefined ? [{ path: "partitionColumns", message: `There is no column ${column}.` }] : [],
  );
  if (problems.length > 0)
    throw specInvalid(
      name,
      problems,
      fields.map((field) => field.name),
    );
  const partitions: readonly string[] = partitionColumns;
  return {
    kind: "schema-contract",
    name,
    columns: fields.filter((field) => !partitions.includes(field.name)),
    partitionColumns: partitions.flatMap((column) => byName(column) ?? []),
    keyFields,
    requiredNonNull,
    constraints,
    policy,
    typeMatching,
    nullability,
    columnOrder,
    metadata,
    enforceColumns,
  };
}

/**
 * Compares a stored table with its contract. Pure. Findings come in the order of the contract's columns, then extra
 * columns, then what concerns the table; what the policy allows is in `tolerated`.
 *
 * @param expected - The contract.
 * @param actual - The table; undefined when there is none, which is the only finding then.
 */
export function checkContract(expected: SchemaContract, actual: StoredTable | undefined): ViolationReport {
  if (actual === undefined) {
    const message = "The table is missing.";
    return { ok: false, violations: [{ type: "missing_table", table: expected.name, message }], tolerated: [] };
  }
  const violations: Violation[] = [];
  const tolerated: Violation[] = [];
  const columns = expected.enforceColumns ? checkColumns(expected, actual) : [];
  for (const { allowed, finding } of [...columns, ...checkTableParts(expected, actual)]) {
    (allowed ? tolerated : violations).push({ ...finding, table: actual.name });
  }
  return { ok: violations.length === 0, violations, tolerated };
}

/** As {@link checkContract}, but throws `SCHEMA.CONTRACT_VIOLATION` with the report when it is not ok. */
export function assertContract(expected: SchemaContract, actual: StoredTable | undefined): ViolationReport {
  const report = checkContract(expected, actual);
  if (!report.ok) throw contractViolation(expected, report);
  return report;
}
