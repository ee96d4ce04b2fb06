import type { NestedField } from "@deltafuse/session-core/field-type";
import { type ConstraintSpec, type ConstrainedTable, primaryKeys } from "./constraint.ts";
import { specInvalid, type SpecProblem } from "./errors.ts";
import { fieldProblems } from "./type-problem.ts";

/** What is checked of a spec or contract. */
export interface SpecParts extends ConstrainedTable {
  readonly fields: readonly NestedField[];
}

function constraintColumns(constraint: ConstraintSpec): readonly string[] {
  switch (constraint.type) {
    case "primary_key":
    case "unique":
      return constraint.columns;
    case "not_null":
      return [constraint.column];
    default:
      return [];
  }
}

interface NamedColumns {
  readonly path: string;
  readonly columns: readonly string[];
  /** Whether the columns must not be nullable. */
  readonly key: boolean;
  readonly mayBeEmpty: boolean;
}

function namedColumns({ keyFields, requiredNonNull, constraints }: SpecParts): readonly NamedColumns[] {
  return [
    { path: "keyFields", columns: keyFields, key: true, mayBeEmpty: true },
    { path: "requiredNonNull", columns: requiredNonNull, key: false, mayBeEmpty: true },
    ...constraints.map((constraint, index) => {
      const columns = constraintColumns(constraint);
      const key = constraint.type === "primary_key";
      return { path: `constraints.${index}`, columns, key, mayBeEmpty: constraint.type === "check" };
    }),
  ];
}

function columnProblems({ path, columns, key, mayBeEmpty }: NamedColumns, spec: SpecParts): readonly SpecProblem[] {
  if (columns.length === 0) return mayBeEmpty ? [] : [{ path, message: "It names no column." }];
  return columns.flatMap((column, index) => {
    const field = spec.fields.find(({ name }) => name === column);
    if (field === undefined) return [{ path, message: `There is no column ${column}.` }];
    const twice = columns.indexOf(column) === index ? [] : [{ path, message: `The column ${column} is named twice.` }];
    const nullable = key && field.nullable ? [{ path, message: `The key column ${column} is nullable.` }] : [];
    return [...twice, ...nullable];
  });
}

function keyProblems({ keyFields, constraints }: SpecParts): readonly SpecProblem[] {
  const declared = primaryKeys(constraints);
  const keys = [...declared, ...(keyFields.length === 0 ? [] : [keyFields])];
  const different = new Set(keys.map((columns) => JSON.stringify(columns.toSorted()))).size;
  return different > 1 ? [{ path: "constraints", message: "It declares two different primary keys." }] : [];
}

/** Every problem of a spec. Pure. */
function specProblems(spec: SpecParts): readonly SpecProblem[] {
  return [
    ...(spec.name === "" ? [{ path: "name", message: "The name is empty." }] : []),
    ...fieldProblems(spec.fields, "fields"),
    ...namedColumns(spec).flatMap((named) => columnProblems(named, spec)),
    ...keyProblems(spec),
  ];
}

/** Throws `SCHEMA.SPEC_INVALID` with every problem of a spec. */
export function assertSpec(spec: SpecParts): void {
  const problems = specProblems(spec);
  const columns = spec.fields.map(({ name }) => name);
  if (problems.length > 0) throw specInvalid(spec.name, problems, columns);
}
