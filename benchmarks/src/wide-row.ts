/** A row of the table `wide` in whole numbers and text, whatever form it was read in. */
export interface WideRow {
  readonly id: number;
  readonly ratio: number;
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly moment: number;
  /** Hundredths. */
  readonly amount: number;
}

/** A number of hundredths that was rounded to the nearest float64 on its way. */
export const cents = (value: number): number => Math.round(value * 100);

/** Milliseconds since 1970 of a date and time without a zone, with a space or a T between them. */
export const millisOfText = (text: string): number => Date.parse(`${text.replace(" ", "T")}Z`);

/** Sums up rows, regardless of their order. */
export interface WideDigest {
  readonly add: (row: WideRow) => void;
  /** Number of rows so far. */
  readonly rows: number;
  /** Number of rows and a sum of hashes over all cells. */
  readonly text: string;
}

function textHash(text: string): number {
  let hash = 0;
  for (let position = 0; position < text.length; position++) hash = Math.imul(hash, 31) + text.charCodeAt(position);
  return hash;
}

function numberHash(value: number): number {
  const low = value % 2 ** 32;
  return Math.imul(low, 0x9e3779b1) ^ Math.imul((value - low) / 2 ** 32, 0x85ebca6b);
}

function rowHash(row: WideRow): number {
  const cells = [
    numberHash(row.id),
    numberHash(Math.round(row.ratio * 1e6)),
    textHash(row.name),
    numberHash(row.moment),
  ];
  return [...cells, numberHash(row.amount)].reduce((hash, cell) => Math.imul(hash ^ cell, 0x01000193), 0);
}

/** Starts a digest. */
export function wideDigest(): WideDigest {
  let rows = 0;
  let sum = 0;
  return {
    add: (row) => {
      rows += 1;
      sum = (sum + rowHash(row)) | 0;
    },
    get rows() {
      return rows;
    },
    get text() {
      return `${rows} rows, ${(sum >>> 0).toString(16)}`;
    },
  };
}
