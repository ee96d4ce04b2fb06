import type { FieldType, NestedField } from "@deltafuse/session-core/field-type";
import { formatTypeText } from "@deltafuse/session-core/type-text";
import { resolveConstraints, type NamedCheck } from "./constraint.ts";
import type { SchemaContract } from "./contract.ts";
import type { FieldSpec, TableSpec } from "./table-spec.ts";
import { typeDifference } from "./type-difference.ts";
import type { Violation } from "./violation.ts";

/** A finding that concerns every row. */
export type WholeFinding = Omit<Violation, "count">;

/** A column as checks see it: as it is, cast, or null. */
export interface CheckedColumn {
  readonly name: string;
  readonly type: FieldType;
  readonly source: "same" | "cast" | "null";
}

/** What the rows of a frame are counted for. */
export interface ValidationPlan {
  readonly table: string;
  /** Findings that the columns alone give. */
  readonly whole: readonly WholeFinding[];
  /** Columns whose nulls are counted. */
  readonly required: readonly string[];
  readonly checks: readonly NamedCheck[];
  /** Columns of the checks; empty without checks. */
  readonly columns: readonly CheckedColumn[];
  /** Columns that identify a row; empty when there are none, or one of them is absent. */
  readonly keys: readonly string[];
}

/** A table spec or contract, taken apart. */
interface Expected {
  readonly table: string;
  readonly fields: readonly FieldSpec[];
  readonly matching: SchemaContract["typeMatching"];
}

function expectedOf(spec: TableSpec | SchemaContract): Expected {
  if (spec.kind === "table-spec") return { table: spec.name, fields: spec.fields, matching: "logical" };
  const { name, columns, partitionColumns, typeMatching } = spec;
  return { table: name, fields: [...columns, ...partitionColumns], matching: typeMatching };
}

function columnFinding(
  { table, matching }: Expected,
  field: FieldSpec,
  found: NestedField | undefined,
): WholeFinding | null {
  const { name: column } = field;
  const expected = formatTypeText(field.type);
  if (found === undefined) {
    return { type: "missing_column", table, column, expected, message: `The column is missing, expected ${expected}.` };
  }
  if (typeDifference(field.type, found.type, matching) === "none") return null;
  const actual = formatTypeText(found.type);
  return { type: "type_mismatch", table, column, expected, actual, message: `Expected ${expected}, found ${actual}.` };
}

function extraFinding(table: string, { name: column, type }: NestedField): WholeFinding {
  const actual = formatTypeText(type);
  return { type: "extra_column", table, column, actual, message: `The spec has no such column, found ${actual}.` };
}

/** Values of another type are not tried against checks: their rows are counted as mismatches already. */
function checkedColumn({ name, type }: FieldSpec, found: NestedField | undefined, exact: boolean): CheckedColumn {
  if (found === undefined) return { name, type, source: "null" };
  const difference = typeDifference(type, found.type, exact ? "exact" : "logical");
  return { name, type, source: difference === "none" ? "same" : difference === "widens" ? "cast" : "null" };
}

/** Plans the validation of a frame with these columns. Pure. */
export function planValidation(
  spec: TableSpec | SchemaContract,
  actual: readonly NestedField[],
  extra: "allow" | "error",
): ValidationPlan {
  const expected = expectedOf(spec);
  const { table, fields, matching } = expected;
  const found = new Map(actual.map((field) => [field.name, field]));
  const { requiredNonNull, keyFields, checks } = resolveConstraints(spec);
  const findings = fields.flatMap((field) => columnFinding(expected, field, found.get(field.name)) ?? []);
  const extras = actual.filter(({ name }) => !fields.some((field) => field.name === name));
  const lackingKeys = keyFields.filter((key) => !found.has(key));
  const required = fields.filter(({ name, nullable }) => !nullable || requiredNonNull.includes(name));
  return {
    table,
    whole: [
      ...findings,
      ...(extra === "error" ? extras.map((field) => extraFinding(table, field)) : []),
      ...lackingKeys.map((column) => {
        return { type: "missing_key_field", table, column, message: "The key column is missing." } as const;
      }),
    ],
    required: required.map(({ name }) => name).filter((name) => found.has(name)),
    checks,
    columns:
      checks.length === 0
        ? []
        : fields.map((field) => checkedColumn(field, found.get(field.name), matching === "exact")),
    keys: lackingKeys.length > 0 ? [] : keyFields,
  };
}
