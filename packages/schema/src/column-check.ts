import type { FieldType } from "@deltafuse/session-core/field-type";
import { formatTypeText } from "@deltafuse/session-core/type-text";
import { resolveConstraints } from "./constraint.ts";
import type { SchemaContract, StoredColumn, StoredTable } from "./contract.ts";
import { type Finding, metadataFindings } from "./finding.ts";
import type { FieldSpec } from "./table-spec.ts";
import { nullabilityDifferences, typeDifference } from "./type-difference.ts";

/** The part of a contract that the check of one column reads. */
type Rules = Pick<SchemaContract, "policy" | "typeMatching" | "nullability">;

function missing({ name, type }: FieldSpec, required: boolean, { policy }: Rules): Finding {
  const expected = formatTypeText(type);
  const message = `The column is missing, expected ${expected}${required ? " without nulls" : ""}.`;
  return {
    allowed: policy === "RELAXED" && !required,
    finding: { type: "missing_column", column: name, expected, message },
  };
}

function typeFindings(column: FieldSpec, stored: FieldType, { policy, typeMatching }: Rules): readonly Finding[] {
  const difference = typeDifference(column.type, stored, typeMatching);
  if (difference === "none") return [];
  const types = { expected: formatTypeText(column.type), actual: formatTypeText(stored) };
  const message = `Expected ${types.expected}, found ${types.actual}.`;
  return [
    {
      allowed: difference === "widens" && policy === "RELAXED",
      finding: { type: "type_mismatch", column: column.name, ...types, message },
    },
  ];
}

interface Nullability {
  readonly path?: string;
  readonly expected: boolean;
  readonly actual: boolean;
}

function nullabilityFinding(column: string, at: Nullability, { nullability }: Rules): Finding {
  const word = (nullable: boolean): string => (nullable ? "nullable" : "not null");
  const texts = { expected: word(at.expected), actual: word(at.actual) };
  return {
    allowed: at.expected && nullability === "safe",
    finding: {
      type: "nullability_mismatch",
      column,
      ...(at.path === undefined ? {} : { path: at.path }),
      ...texts,
      message: `Expected ${texts.expected}, found ${texts.actual}.`,
    },
  };
}

function nullabilityFindings(column: FieldSpec, stored: StoredColumn, rules: Rules): readonly Finding[] {
  const { nullable } = stored;
  const own =
    nullable === undefined || nullable === column.nullable ? [] : [{ expected: column.nullable, actual: nullable }];
  const nested =
    stored.type === undefined || typeDifference(column.type, stored.type, rules.typeMatching) !== "none"
      ? []
      : nullabilityDifferences(column.type, stored.type);
  return [...own, ...nested].map((at) => nullabilityFinding(column.name, at, rules));
}

function columnFindings(column: FieldSpec, stored: StoredColumn, rules: Rules): readonly Finding[] {
  return [
    ...(stored.type === undefined ? [] : typeFindings(column, stored.type, rules)),
    ...nullabilityFindings(column, stored, rules),
    ...metadataFindings(column.metadata ?? {}, stored.metadata ?? {}, column.name),
  ];
}

function extra({ name, type }: StoredColumn, { policy }: Rules): Finding {
  const actual = type === undefined ? undefined : formatTypeText(type);
  const message = `The contract has no such column${actual === undefined ? "" : `, found ${actual}`}.`;
  return {
    allowed: policy !== "STRICT",
    finding: { type: "extra_column", column: name, ...(actual === undefined ? {} : { actual }), message },
  };
}

/** Compares the columns of a stored table with those of its contract. */
export function checkColumns(contract: SchemaContract, stored: StoredTable): readonly Finding[] {
  const columns = [...contract.columns, ...contract.partitionColumns];
  const { fields = [] } = stored;
  const { requiredNonNull } = resolveConstraints(contract);
  const known = columns.flatMap((column) => {
    const required = !column.nullable || requiredNonNull.includes(column.name);
    const found = fields.find(({ name }) => name === column.name);
    if (found === undefined) return [missing(column, required, contract)];
    return columnFindings(column, found, contract);
  });
  const extras = fields.filter(({ name }) => !columns.some((column) => column.name === name));
  return [...known, ...extras.map((field) => extra(field, contract))];
}
