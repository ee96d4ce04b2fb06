import { createHash } from "node:crypto";

/** What a column holds, whatever an engine calls it. */
export type LogicalType = "boolean" | "int" | "float" | "decimal" | "text" | "date" | "timestamp" | "binary" | "nested";

/** Name and type of a column of a result. */
export interface ResultColumn {
  readonly name: string;
  readonly type: LogicalType;
}

/**
 * A value of a result, null for a missing one. boolean: boolean. int: number or bigint. float: number. decimal: text with
 * all digits of its scale. text: text. date: `YYYY-MM-DD`. timestamp: microseconds since 1970 in UTC as bigint. binary:
 * lower-case hexadecimal text. nested: canonical JSON text.
 */
export type Cell = string | number | bigint | boolean | null;

/** A whole result. */
export interface ResultTable {
  readonly columns: readonly ResultColumn[];
  readonly rows: readonly (readonly Cell[])[];
}

/** What a result is, in a line. */
export interface Digest {
  readonly rows: number;
  readonly sha256: string;
  /** Heading and normalised cells, for naming the cell that differs; null where the result is too large to keep. */
  readonly cells: DigestCells | null;
}

/** A normalised result. */
export interface DigestCells {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const missing = "∅";
const significantDigits = 9;

function numberText(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const rounded = Number(value.toPrecision(significantDigits));
  return String(rounded === 0 ? 0 : rounded);
}

/** A value in the text that all engines share: floats at nine significant digits, −0 as 0, a missing value as `∅`. */
export function cellText(value: Cell, type: LogicalType): string {
  if (value === null) return missing;
  if (type === "float") return numberText(Number(value));
  if (type === "decimal") return decimalText(String(value));
  return String(value);
}

/** A decimal keeps the digits of its scale; a zero has no sign. */
function decimalText(text: string): string {
  return /^-0(\.0*)?$/.test(text) ? text.slice(1) : text;
}

function compareRows(left: readonly string[], right: readonly string[]): number {
  for (const [column, text] of left.entries()) {
    const other = right[column] ?? "";
    if (text !== other) return text < other ? -1 : 1;
  }
  return 0;
}

/** The cells as text; rows of a query without an order are sorted by all columns. */
function normalizedCells({ columns, rows }: ResultTable, ordered: boolean): DigestCells {
  const texts = rows.map((row) => columns.map(({ type }, column) => cellText(row[column] ?? null, type)));
  return {
    columns: columns.map(({ name, type }) => `${name.toLowerCase()} ${type}`),
    rows: ordered ? texts : texts.toSorted(compareRows),
  };
}

/**
 * The digest of a result.
 *
 * @param ordered - Whether the query orders its rows.
 */
export function digestOf(table: ResultTable, { ordered }: { readonly ordered: boolean }): Digest {
  const cells = normalizedCells(table, ordered);
  const hash = createHash("sha256");
  for (const row of [cells.columns, ...cells.rows]) hash.update(`${JSON.stringify(row)}\n`);
  return { rows: cells.rows.length, sha256: hash.digest("hex"), cells };
}

/** The digest of a result that was summed up while it streamed. */
export function streamedDigest(rows: number, summary: string): Digest {
  return { rows, sha256: createHash("sha256").update(summary).digest("hex"), cells: null };
}
