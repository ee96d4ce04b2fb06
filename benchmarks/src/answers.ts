import type { Digest, DigestCells } from "./digest.ts";

/** A cell in which two results differ. Rows count from 1. */
export interface CellDifference {
  readonly row: number;
  readonly column: string;
  readonly wanted: string;
  readonly found: string;
}

const number = /^[+-]?\d+(\.\d+)?(e[+-]?\d+)?$/i;
const significantDigits = 9;

const decimals = (text: string): number => text.split(".")[1]?.length ?? 0;

/** Whether a number is another one, to so many digits as the shorter of both has behind the point. */
function sameNumber(wanted: string, found: string): boolean {
  const [left, right] = [Number(wanted), Number(found)];
  if (left.toPrecision(significantDigits) === right.toPrecision(significantDigits)) return true;
  const places = Math.min(decimals(wanted), decimals(found));
  // Half a unit of the last place, and what a float64 cannot tell apart.
  return places > 0 && Math.abs(left - right) <= 0.5 * 10 ** -places + Math.abs(left) * Number.EPSILON * 8;
}

/**
 * Whether two normalised cells say the same: text, dates and integers exactly, numbers with digits behind the point at the
 * scale of the one that has fewer, floats at nine significant digits.
 */
export function sameCell(wanted: string, found: string): boolean {
  if (wanted === found) return true;
  if (!number.test(wanted) || !number.test(found)) return false;
  const whole = !/[.e]/i.test(wanted) && !/[.e]/i.test(found);
  return !whole && sameNumber(wanted, found);
}

/** The first cell in which a result is not the wanted one; null when there is none. */
export function firstDifference(wanted: DigestCells, found: DigestCells): CellDifference | null {
  if (wanted.rows.length !== found.rows.length) {
    const row = Math.min(wanted.rows.length, found.rows.length) + 1;
    return { row, column: "*", wanted: `${wanted.rows.length} rows`, found: `${found.rows.length} rows` };
  }
  for (const [index, row] of wanted.rows.entries()) {
    const other = found.rows[index] ?? [];
    for (const [column, text] of row.entries()) {
      const value = other[column] ?? "nothing";
      if (!sameCell(text, value)) {
        return { row: index + 1, column: wanted.columns[column] ?? String(column), wanted: text, found: value };
      }
    }
  }
  return null;
}

/** Whether two digests stand for the same result: a sentence that says where not, or null. */
export function disagreement(wanted: Digest, found: Digest): string | null {
  if (wanted.sha256 === found.sha256 && wanted.rows === found.rows) return null;
  if (wanted.cells === null || found.cells === null) {
    return `${found.rows} rows ${found.sha256.slice(0, 12)} instead of ${wanted.rows} rows ${wanted.sha256.slice(0, 12)}`;
  }
  const first = firstDifference(wanted.cells, found.cells);
  return first === null ? null : `row ${first.row}, ${first.column}: ${first.found} instead of ${first.wanted}`;
}

/** The cells of one line; a quoted one may hold commas and doubled quotes. */
function cellsOfLine(line: string): readonly string[] {
  const cells = line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g);
  return [...cells].map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? "");
}

/** Reads an answer as CSV with a heading. No cell holds a line break. */
export function parseAnswer(text: string): DigestCells {
  const [heading = "", ...lines] = text.trimEnd().split(/\r?\n/);
  return { columns: cellsOfLine(heading), rows: lines.map((line) => cellsOfLine(line).map((cell) => cell.trim())) };
}
