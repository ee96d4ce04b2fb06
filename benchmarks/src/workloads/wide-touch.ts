import type { Engine, RowMode, WideTouch } from "../contestant.ts";
import { type Digest, streamedDigest } from "../digest.ts";
import { type WideDigest, wideDigest } from "../wide-row.ts";
import type { Answer } from "../workload.ts";
import { wideSql } from "./query-workload.ts";

/** The part of `wide` of which every value is compared. */
const comparedSql = `${wideSql} WHERE id < 200000`;

/** Looks at rows as a program would. */
export interface RowTouch {
  readonly visit: (row: WideTouch) => void;
  /** What it has seen. */
  answer(): Answer;
}

/** Reads a number and a text of every row of `wide`. */
export function wideTouch(): RowTouch {
  let rows = 0;
  let ratio = 0;
  let characters = 0;
  return {
    visit: (row) => {
      rows += 1;
      ratio += row.ratio;
      characters += row.name.length;
    },
    answer: () => [`${rows} rows, ${characters} characters`, ratio.toPrecision(9)],
  };
}

/** Counts rows of any shape. */
export function countingTouch(): RowTouch {
  let rows = 0;
  return {
    visit: () => {
      rows += 1;
    },
    answer: () => [`${rows} rows`],
  };
}

/** A digest of rows whose floats count to nine significant digits, as everywhere. */
function roundingDigest(): Pick<WideDigest, "add"> & { readonly digest: () => Digest } {
  const whole = wideDigest();
  return {
    add: (row) => whole.add({ ...row, ratio: Number(row.ratio.toPrecision(9)) }),
    digest: () => streamedDigest(whole.rows, whole.text),
  };
}

/** Every value of `wide` as it comes out as columns. */
export async function columnsDigest(engine: Engine): Promise<Digest> {
  const { add, digest } = roundingDigest();
  await engine.columnCells(comparedSql, add);
  return digest();
}

/** Every value of `wide` as it comes out in rows of a form. */
export async function rowsDigest(engine: Engine, mode: RowMode): Promise<Digest> {
  const { add, digest } = roundingDigest();
  await engine.rowCells({ sql: comparedSql, mode }, add);
  return digest();
}
