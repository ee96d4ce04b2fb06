import { type CanonicalValue, canonicalJson } from "@deltafuse/config/canonical-json";
import { blindCast } from "@deltafuse/config/casts";
import { type ConstraintSpec, primaryKeys } from "./constraint.ts";
import type { SchemaContract, StoredTable } from "./contract.ts";
import { type Finding, metadataFindings } from "./finding.ts";

type Constrained = Pick<SchemaContract, "keyFields" | "constraints">;

function orderFindings(contract: SchemaContract, { fields = [] }: StoredTable): readonly Finding[] {
  const names = [...contract.columns, ...contract.partitionColumns].map(({ name }) => name);
  const stored = fields.map(({ name }) => name).filter((name) => names.includes(name));
  const expected = names.filter((name) => stored.includes(name)).join(", ");
  const actual = stored.join(", ");
  if (expected === actual) return [];
  const message = `The columns have the order ${actual}, expected ${expected}.`;
  return [{ allowed: !contract.columnOrder, finding: { type: "column_order", expected, actual, message } }];
}

/** Keys, unique and check constraints as text, by which they are compared. */
function constraintTexts({ keyFields, constraints }: Constrained): readonly string[] {
  const [primary] = keyFields.length > 0 ? [keyFields] : primaryKeys(constraints);
  const others = constraints.flatMap((constraint) => otherText(constraint));
  return [...new Set([...(primary === undefined ? [] : [`key (${primary.toSorted().join(", ")})`]), ...others])];
}

function otherText(constraint: ConstraintSpec): readonly string[] {
  switch (constraint.type) {
    case "unique":
      return [`unique (${constraint.columns.toSorted().join(", ")})`];
    case "check": {
      const { expression } = constraint;
      const tree = blindCast<CanonicalValue, "an expression is plain data">(expression);
      return [`check (${expression.e === "sql" ? expression.text : canonicalJson(tree)})`];
    }
    default:
      return [];
  }
}

function constraintFindings(contract: SchemaContract, stored: StoredTable): readonly Finding[] {
  const { keyFields = [], constraints = [] } = stored;
  const actual = constraintTexts({ keyFields, constraints });
  if (actual.length === 0) return [];
  const expected = constraintTexts(contract);
  const lacking = expected.filter((text) => !actual.includes(text));
  const surplus = actual.filter((text) => !expected.includes(text));
  return [
    ...lacking.map((text) => mismatch({ expected: text }, `The table does not declare ${text}.`)),
    ...surplus.map((text) =>
      mismatch({ actual: text }, `The table declares ${text}, which the contract does not have.`),
    ),
  ];
}

function mismatch(texts: { readonly expected?: string; readonly actual?: string }, message: string): Finding {
  return { allowed: false, finding: { type: "constraint_mismatch", ...texts, message } };
}

/** Compares what concerns a table as a whole: order of the columns, metadata, constraints. */
export function checkTableParts(contract: SchemaContract, stored: StoredTable): readonly Finding[] {
  return [
    ...(contract.enforceColumns ? orderFindings(contract, stored) : []),
    ...(stored.metadata === undefined ? [] : metadataFindings(contract.metadata, stored.metadata)),
    ...constraintFindings(contract, stored),
  ];
}
