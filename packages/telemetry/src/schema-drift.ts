import { parseColumn } from "./column-notation.ts";
import type { RecordDefinition } from "./record.ts";

/** How the columns of a kind differ from those that are stored. */
export interface SchemaComparison {
  /**
   * `equal`: no difference. `additive`: nullable columns were appended, which keeps the version. `breaking`: anything else,
   * which raises it.
   */
  readonly status: "equal" | "additive" | "breaking";
  /** Names of columns that only the definition has. */
  readonly added: readonly string[];
  /** Names of columns that only the stored schema has. */
  readonly removed: readonly string[];
  /** Names of columns whose type, nullability or place differs. */
  readonly changed: readonly string[];
}

function nameOf(column: string): string {
  return column.slice(0, column.indexOf(" "));
}

function statusOf(definition: RecordDefinition, columns: readonly string[]): SchemaComparison["status"] {
  if (columns.some((column, at) => column !== definition.columns[at])) return "breaking";
  const appended = definition.columns.slice(columns.length);
  if (appended.length === 0) return "equal";
  return appended.every((column) => parseColumn(column).nullable) ? "additive" : "breaking";
}

/**
 * Compares the columns of a kind with those that were stored.
 *
 * @param definition - The kind as it is now.
 * @param columns - The stored body columns in notation, in order.
 *
 * @example
 * const counted = defineRecord("app.counted", 1, ["what s!", "n i64"]);
 * compareRecordSchema(counted, ["what s!"]); // { status: "additive", added: ["n"], removed: [], changed: [] }
 * compareRecordSchema(counted, ["what s", "n i64"]).status; // "breaking"
 */
export function compareRecordSchema(definition: RecordDefinition, columns: readonly string[]): SchemaComparison {
  const now = new Map(definition.columns.map((column) => [nameOf(column), column]));
  const before = new Map(columns.map((column) => [nameOf(column), column]));
  const common = [...before.keys()].filter((name) => now.has(name));
  const order = [...now.keys()].filter((name) => before.has(name));
  return {
    status: statusOf(definition, columns),
    added: [...now.keys()].filter((name) => !before.has(name)),
    removed: [...before.keys()].filter((name) => !now.has(name)),
    changed: common.filter((name, at) => now.get(name) !== before.get(name) || name !== order[at]),
  };
}
