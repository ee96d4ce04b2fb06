import type { AbortableOptions } from "@deltafuse/config/abort";
import type { Frame } from "@deltafuse/session-core/frame";
import { frameNodeOf } from "@deltafuse/session-core/frame-tree";
import type { SchemaContract } from "./contract.ts";
import type { TableSpec } from "./table-spec.ts";
import { planValidation, type ValidationPlan } from "./validation-plan.ts";
import { readCounts, type ReadCounts, type ValidationCounts, validationQuery } from "./validation-query.ts";
import { type Violation, violationEvent } from "./violation.ts";

/** How a frame is validated. */
export interface ValidateOptions extends AbortableOptions {
  /** `report`: one aggregate query counts what is wrong; no rows are returned. */
  readonly mode: "report";
  /** Whether columns that the spec does not have are an error. Default: `allow`. */
  readonly extra?: "allow" | "error";
  /** Most errors that are listed. Default: all. */
  readonly maxErrors?: number;
}

/** A kind of error with the rows it was found in. `column` is the check's name, or the keys joined by `,`. */
export interface ValidationFinding extends Violation {
  readonly column: string;
  readonly count: bigint;
}

/** What the validation of a frame found. */
export interface ValidationResult {
  /** Whether there are no errors. */
  readonly valid: boolean;
  /** Most rows first, then by type and column. `renderViolations` prints them. */
  readonly errors: readonly ValidationFinding[];
  readonly stats: {
    readonly rows: bigint;
    /** Kinds of errors, whatever `maxErrors` is. */
    readonly errors: number;
    /** Rows with at least one error; duplicate keys alone do not count. */
    readonly invalidRows: bigint;
  };
  /** Whether `maxErrors` left errors out. */
  readonly errorsTruncated: boolean;
}

function rowsText(count: bigint): string {
  return count === 1n ? "1 row" : `${count} rows`;
}

function rowFindings(plan: ValidationPlan, counts: ReadCounts): readonly ValidationFinding[] {
  const { table, required, checks, keys } = plan;
  const nulls = required.map((column, index): ValidationFinding => {
    const count = counts.nulls[index] ?? 0n;
    return { type: "null_violation", table, column, count, message: `${rowsText(count)} with null.` };
  });
  const broken = checks.map(({ name, expression }, index): ValidationFinding => {
    const count = counts.checks[index] ?? 0n;
    const condition = expression.e === "sql" ? { expected: expression.text } : {};
    const message = `${rowsText(count)} for which the check is false.`;
    return { type: "check_violation", table, column: name, ...condition, count, message };
  });
  const { duplicates: count } = counts;
  const message = `${rowsText(count)} with a key that another row has.`;
  const duplicates: ValidationFinding = { type: "duplicate_keys", table, column: keys.join(","), count, message };
  return [...nulls, ...broken, duplicates].filter((finding) => finding.count > 0n);
}

function byCount(a: ValidationFinding, b: ValidationFinding): number {
  if (a.count !== b.count) return a.count > b.count ? -1 : 1;
  if (a.type !== b.type) return a.type < b.type ? -1 : 1;
  return a.column < b.column ? -1 : Number(a.column > b.column);
}

/**
 * Counts what is wrong with the rows of a frame, in one aggregate query.
 *
 * - `missing_column`, `type_mismatch`, `missing_key_field`, `extra_column` (with `extra: "error"`): every row.
 * - `null_violation`: nulls in a column that is not nullable, required, or part of the key.
 * - `check_violation`: the check is false; null passes. A check sees a column that is missing or of another type as null.
 * - `duplicate_keys`: all rows whose key occurs more than once; keys with a null do not count.
 *
 * Emits `schema.violation` when something was found. Rejects as the terminals of a frame do, for example with
 * `FRAME.UNKNOWN_COLUMN` when a check names a column that does not exist.
 *
 * @example
 * const result = await validateFrame(session.table("orders"), orders, { mode: "report" });
 * if (!result.valid) console.log(renderViolations(result.errors));
 */
export async function validateFrame(
  frame: Frame,
  spec: TableSpec | SchemaContract,
  options: ValidateOptions,
): Promise<ValidationResult> {
  const { extra = "allow", maxErrors = Infinity, signal, mode } = options;
  const abortable = signal === undefined ? {} : { signal };
  const plan = planValidation(spec, await frame.schema(abortable), extra);
  const row = await validationQuery(frame, plan).first<ValidationCounts>(abortable);
  const counts = readCounts(row ?? {}, plan);
  const whole = plan.whole.map((finding) => ({ ...finding, column: finding.column ?? "", count: counts.rows }));
  const errors = [...whole, ...rowFindings(plan, counts)].toSorted(byCount);
  if (errors.length > 0) {
    frameNodeOf(frame).state.hooks.emit(
      "schema.violation",
      violationEvent({ table: plan.table, policy: mode }, errors),
    );
  }
  return {
    valid: errors.length === 0,
    errors: errors.slice(0, maxErrors),
    stats: { rows: counts.rows, errors: errors.length, invalidRows: whole.length > 0 ? counts.rows : counts.invalid },
    errorsTruncated: errors.length > maxErrors,
  };
}
