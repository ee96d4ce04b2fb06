import { DeltaFuseError, isDeltaFuseError } from "@deltafuse/config/errors";
import { renderViolations, type ViolationReport } from "./violation.ts";

/** One problem of a table spec. */
export interface SpecProblem {
  /** Where, for example `fields.price.precision`; empty for the spec itself. */
  readonly path: string;
  /** One sentence without the path. */
  readonly message: string;
}

/** Details of each code of this package. */
export interface SchemaErrorDetails {
  /** A table spec or a contract contradicts itself. Correct every problem in `details.problems`. */
  readonly "SCHEMA.SPEC_INVALID": {
    readonly table: string | null;
    readonly columns: readonly string[];
    readonly problems: readonly SpecProblem[];
  };
  /**
   * A table does not fit its contract; nothing was registered. Correct the data or the contract, or choose a wider
   * policy; `details.report` has every finding.
   */
  readonly "SCHEMA.CONTRACT_VIOLATION": {
    readonly table: string;
    readonly columns: readonly string[];
    readonly contract: string;
    readonly report: ViolationReport;
  };
}

/** Codes of this package. */
export type SchemaErrorCode = keyof SchemaErrorDetails;

/** Error of this package. */
export class SchemaError<Code extends SchemaErrorCode = SchemaErrorCode> extends DeltaFuseError<
  Code,
  SchemaErrorDetails[Code]
> {
  override readonly name = "SchemaError";
}

/** The codes of {@link SchemaErrorCode} as data, in alphabetical order. */
export const schemaErrorCodes: readonly SchemaErrorCode[] = ["SCHEMA.CONTRACT_VIOLATION", "SCHEMA.SPEC_INVALID"];

/** `SCHEMA.SPEC_INVALID`: every problem of a table spec or contract at once. */
export function specInvalid(
  table: string | null,
  problems: readonly SpecProblem[],
  columns: readonly string[],
): SchemaError<"SCHEMA.SPEC_INVALID"> {
  const what = table === null ? "The table spec" : `The spec of table ${table}`;
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  const lines = problems.map(({ path, message }) => `  ${path === "" ? "(spec)" : path}: ${message}`);
  return new SchemaError({
    code: "SCHEMA.SPEC_INVALID",
    message: [`${what} has ${count}. Correct the spec.`, ...lines].join("\n"),
    details: { table, columns, problems },
  });
}

/** `SCHEMA.CONTRACT_VIOLATION`: a table does not fit its contract; the message tells every finding. */
export function contractViolation(
  contract: { readonly name: string; readonly policy: string },
  report: ViolationReport,
): SchemaError<"SCHEMA.CONTRACT_VIOLATION"> {
  const { violations } = report;
  const table = violations[0]?.table ?? contract.name;
  const columns = [...new Set(violations.flatMap(({ column }) => (column === undefined ? [] : [column])))];
  return new SchemaError({
    code: "SCHEMA.CONTRACT_VIOLATION",
    message:
      `The table ${table} does not fit the contract ${contract.name} (policy ${contract.policy}). ` +
      `Correct the data or the contract, or choose a wider policy.\n${renderViolations(violations)}`,
    details: { table, columns, contract: contract.name, report },
  });
}

/** Whether a value is an error of this package, judged by its shape. */
export function isSchemaError(value: unknown): value is SchemaError {
  return isDeltaFuseError(value, "SCHEMA.");
}
