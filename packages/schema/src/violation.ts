import type { EventMap } from "@deltafuse/hooks/events";

/** What a table can do to its contract, or rows to their table spec. */
export type ViolationType =
  | "missing_table"
  | "missing_column"
  | "extra_column"
  | "type_mismatch"
  | "nullability_mismatch"
  | "column_order"
  | "metadata_mismatch"
  | "constraint_mismatch"
  | "null_violation"
  | "missing_key_field"
  | "duplicate_keys"
  | "check_violation";

/** One finding. */
export interface Violation {
  readonly type: ViolationType;
  readonly table: string;
  readonly column?: string;
  /** Where below the column or among its metadata. */
  readonly path?: string;
  readonly expected?: string;
  readonly actual?: string;
  /** Rows with this finding, for findings about rows. */
  readonly count?: bigint;
  /** One sentence that says what was found. */
  readonly message: string;
}

/** What a check found. */
export interface ViolationReport {
  /** Whether there is no violation. */
  readonly ok: boolean;
  readonly violations: readonly Violation[];
  /** Differences that the policy allows. */
  readonly tolerated: readonly Violation[];
}

const maxTold = 100;

function line({ type, column, path, message }: Violation): string {
  const place = [column, path].filter((part) => part !== undefined && part !== "").join(" ");
  return `  ${place === "" ? "(table)" : place}: ${message} [${type}]`;
}

/**
 * The findings as text: a line for each table, then one for each of its findings, in their order.
 *
 * @example
 * console.log(renderViolations(report.violations));
 * // flights: 2 violations
 * //   delay: expected int32, found utf8 [type_mismatch]
 * //   carrier: the column is missing [missing_column]
 */
export function renderViolations(violations: readonly Violation[]): string {
  const tables = [...new Set(violations.map(({ table }) => table))];
  const texts = tables.map((table) => {
    const own = violations.filter((violation) => violation.table === table);
    return [`${table}: ${own.length} violation${own.length === 1 ? "" : "s"}`, ...own.map(line)].join("\n");
  });
  return texts.join("\n");
}

/** What was checked, for the event about it. */
export interface CheckedTable {
  readonly table: string;
  /** What the check does about violations: a contract's policy, or the mode of a validation. */
  readonly policy: string;
}

/** Payload of the event `schema.violation` for a check that found violations. */
export function violationEvent(
  { table, policy }: CheckedTable,
  violations: readonly Violation[],
): EventMap["schema.violation"] {
  const told = violations.slice(0, maxTold).map((violation) => {
    const { type, column, path, expected, actual, count, message } = violation;
    return { type, column, path, expected, actual, message, count: count === undefined ? undefined : Number(count) };
  });
  return { table, policy, violations: told, total: violations.length };
}
