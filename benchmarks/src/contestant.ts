import type { DataSet } from "./data-set.ts";
import type { Limits } from "./limits.ts";
import type { WideRow } from "./wide-row.ts";

/** Who is measured: the product, and the peer it is compared with. */
export type ContestantName = "deltafuse" | "duckdb";

/**
 * In which form values of rows are asked for. `exact`: bigint and objects that hold every digit. `plain`: what JavaScript
 * has, a Date for a timestamp. `json`: what JSON can hold, every digit as text. `numbers`: a number for everything but
 * text, timestamps in milliseconds, or what the engine makes fastest where it cannot.
 */
export type RowMode = "exact" | "plain" | "json" | "numbers";

/** What every row of `wide` has in every mode. */
export interface WideTouch {
  readonly ratio: number;
  readonly name: string;
}

/** What an engine is opened with. */
export interface Setup {
  readonly data: DataSet;
  readonly limits: Limits;
}

/**
 * An open engine with the tables of the data set as views and the function `js_curve(float64) -> float64`, written in
 * JavaScript.
 */
export interface Engine {
  /** Streams the columns of a query, each as the typed memory that the engine gives; the number of rows. */
  columns(sql: string): Promise<number>;
  /** Streams the same columns and reads every value out of them, for comparing answers. */
  columnCells(sql: string, visit: (row: WideRow) => void): Promise<void>;
  /** Streams the rows of a query as fresh objects. */
  rows(query: RowQuery, visit: (row: WideTouch) => void): Promise<void>;
  /** Streams the same rows and reads every value out of them, for comparing answers. */
  rowCells(query: RowQuery, visit: (row: WideRow) => void): Promise<void>;
  /** The whole small result of a query, with exact values. */
  query(sql: string): Promise<readonly object[]>;
  /** A value of such a result in the text that all engines have for it. */
  cellText(value: unknown): string;
  /** Starts a stream and waits for its first rows; their number, and what ends the stream. */
  firstBatch(sql: string): Promise<FirstBatch>;
  /** The settings in effect that matter to a comparison, `threads` among them. */
  settings(): Promise<EngineSettings>;
  close(): Promise<void>;
}

/** Text by name, in the words of the engine. */
export type EngineSettings = Readonly<Record<string, string>>;

/** A query, and the form of its rows. */
export interface RowQuery {
  readonly sql: string;
  readonly mode: RowMode;
}

/** A stream after its first rows. */
export interface FirstBatch {
  readonly rows: number;
  readonly end: () => Promise<void>;
}

/** Makes engines. */
export interface Contestant {
  readonly name: ContestantName;
  open(setup: Setup): Promise<Engine>;
}

/** The function that both engines call. */
export function curve(x: number): number {
  return Math.sqrt(x) * 1.5 + 1;
}
