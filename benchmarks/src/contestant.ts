import type { SettingsSnapshot } from "@deltafuse/session-core/session-runtime";
import type { TableFile } from "./data-set.ts";
import type { ResultTable } from "./digest.ts";
import type { Limits } from "./limits.ts";
import type { WideRow } from "./wide-row.ts";
import type { Counters, Metrics } from "./workload.ts";

/** Who is measured: the product, the raw engine under it, and the peers. */
export const contestantNames = ["deltafuse", "floor", "duckdb", "polars"] as const;

/** One of them. */
export type ContestantName = (typeof contestantNames)[number];

/**
 * In which form values of rows are asked for. `exact`: bigint and objects that hold every digit. `plain`: what JavaScript
 * has, a Date for a timestamp. `json`: what JSON can hold, every digit as text. `numbers`: a number for everything but
 * text, timestamps in milliseconds, or what the engine makes fastest where it cannot.
 */
export type RowMode = "exact" | "plain" | "json" | "numbers";

/**
 * How columns are asked for: `lent` until the next batch, `owned` for as long as they are wanted, or all of them in one
 * `table`. An engine that has one form only takes that.
 */
export type ColumnForm = "lent" | "owned" | "table";

/** What every row of `wide` has in every mode. */
export interface WideTouch {
  readonly ratio: number;
  readonly name: string;
}

/** What an engine is opened with. */
export interface Setup {
  /** By name: what an engine has as views. */
  readonly tables: Readonly<Record<string, TableFile>>;
  readonly limits: Limits;
  /** Whether batches come in memory of the extension; false: copied into memory of the JavaScript engine. */
  readonly externalBuffers: boolean;
  /** A folder of this process alone, empty at its start and removed after it. */
  readonly scratch: string;
}

/** What an engine did, and what it measured by itself. */
export interface Ran {
  /** Rows of the result, or rows that were written or changed. */
  readonly rows: number;
  /** Of an engine that runs in a process of its own: its `ms`, `cpuMs` and `peakRssMiB`. */
  readonly metrics?: Metrics;
}

/**
 * An open engine with the tables as views. Where it can call JavaScript it has the functions `js_curve(float64) -> float64`
 * and `js_label(utf8) -> utf8`, both of whole columns where the engine has that form, and `js_curve_row`, of single values.
 * A method that an engine does not have throws {@link UnsupportedError}.
 */
export interface Engine {
  /** Runs a query and takes its columns, each as the typed memory that the engine gives. Default: lent. */
  columns(sql: string, form?: ColumnForm): Promise<Ran>;
  /** The same by a consumer that rests for 5 ms after every 65 536 rows. */
  slowColumns(sql: string): Promise<Ran>;
  /** Streams the same columns and reads every value out of them, for comparing answers. */
  columnCells(sql: string, visit: (row: WideRow) => void): Promise<void>;
  /** Streams the rows of a query as fresh objects, batch by batch. */
  rows(query: RowQuery, visit: (row: WideTouch) => void): Promise<void>;
  /** Streams the same rows and reads every value out of them, for comparing answers. */
  rowCells(query: RowQuery, visit: (row: WideRow) => void): Promise<void>;
  /** Streams the rows one by one, each awaited. */
  eachRow(query: RowQuery, visit: (row: WideTouch) => void): Promise<void>;
  /** All rows of a query in one array. */
  rowArray(query: RowQuery): Promise<readonly WideTouch[]>;
  /** The whole small result of a query as row objects. */
  query(sql: string): Promise<Ran>;
  /** The whole result of a query in the values that all engines share. */
  table(sql: string): Promise<ResultTable>;
  /** Starts a stream and waits for its first rows. */
  firstBatch(sql: string): Promise<FirstBatch>;
  /** One more client of this engine, for queries at the same time. */
  client(): Promise<Client>;
  /** Prepares a query with the parameters `$1`, `$2`, … for short results. */
  prepare(sql: string): Promise<PreparedQuery>;
  /** Makes the table `ingested` of row objects. */
  ingest(rows: readonly IngestRow[]): Promise<Ran>;
  /** Takes the table `ingested` away. */
  dropIngested(): Promise<void>;
  /** Writes the rows of a query as Parquet; nothing is at the path. */
  writeParquet(write: ParquetWrite): Promise<Ran>;
  /** What the engine does with Delta tables. */
  delta(): Promise<DeltaEngine>;
  /** The settings in effect that matter to a comparison, `threads` among them. */
  settings(): Promise<EngineSettings>;
  /** What DeltaFuse tells of itself; null of every other engine. */
  readonly artifacts: EngineArtifacts | null;
  close(): Promise<void>;
}

/** One of several users of an engine. */
export interface Client {
  /** Runs a query whose result is small. */
  query(sql: string): Promise<Ran>;
  close(): Promise<void>;
}

/** A query that is planned once and asked often. */
export interface PreparedQuery {
  /** Runs it with integers, one for each parameter; the whole small result as row objects. */
  run(values: readonly number[]): Promise<Ran>;
  close(): Promise<void>;
}

/** A row of the workload `ingest`. */
export interface IngestRow {
  readonly left: number;
  readonly right: number;
  readonly name: string;
  readonly moment: Date;
}

/** Rows that become Parquet. */
export interface ParquetWrite {
  readonly sql: string;
  /** A file, or a folder when there are partitions. */
  readonly path: string;
  readonly partitionBy: readonly string[];
}

/** Rows that become a commit of a Delta table. */
export interface DeltaWrite {
  readonly sql: string;
  readonly path: string;
  readonly mode: "append" | "overwrite";
  readonly partitionBy: readonly string[];
}

/** A merge that updates what matches and inserts the rest. */
export interface DeltaMerge {
  /** Makes the rows of the source. */
  readonly sql: string;
  readonly path: string;
  /** Condition over `source` and `target`. */
  readonly on: string;
}

/** A change of one column of some rows. */
export interface DeltaUpdate {
  readonly path: string;
  readonly where: string;
  readonly column: string;
  /** An expression over the row. */
  readonly value: string;
}

/** What an engine does with Delta tables. Paths are folders. */
export interface DeltaEngine {
  /** Reads the log of the newest version. */
  open(path: string): Promise<Ran>;
  /** Opens a table without its last commit, and tells what brings it up to date. */
  stale(path: string): Promise<StaleTable>;
  write(write: DeltaWrite): Promise<Ran>;
  /** Appends the rows of a query as they come out of an asynchronous iterable of row objects. */
  writeStreamed(write: DeltaWrite): Promise<Ran>;
  merge(merge: DeltaMerge): Promise<Ran>;
  delete(path: string, where: string): Promise<Ran>;
  update(update: DeltaUpdate): Promise<Ran>;
  /** The whole result of a query over the newest version of the table, which it calls `changed`. */
  table(path: string, sql: string): Promise<ResultTable>;
}

/** An open table that is one commit behind. */
export interface StaleTable {
  refresh(): Promise<Ran>;
  close(): Promise<void>;
}

/** Text by name, in the words of the engine. */
export type EngineSettings = Readonly<Record<string, string>>;

/** What is stored with a run, so that another one can be compared with it. */
export interface EngineArtifacts {
  /** Every setting of the session, and the fingerprints of what it is made of. */
  session(): Promise<SessionArtifact>;
  /** The logical and the physical plan of a query. */
  plan(sql: string): Promise<string>;
  /** What the result of a query is made of when it arrives as columns. */
  transfer(sql: string): Promise<Counters>;
  /** What the operators of a query read, left out, and spilled. */
  execution(sql: string): Promise<Counters>;
  /** What crosses between JavaScript and the extension during some work, also of other engines of the process. */
  crossings(work: () => Promise<unknown>): Promise<Crossings>;
}

/** What crossed between JavaScript and the extension. */
export interface Crossings {
  /** Calls of methods of native objects, without those that ask for the next batch. */
  readonly calls: number;
  /** Calls of functions of the program by the engine. */
  readonly callbacks: number;
  /** Pieces of memory that batches arrived in. */
  readonly buffers: number;
}

/** A session as data. */
export interface SessionArtifact {
  readonly settings: SettingsSnapshot;
  /** Fingerprints of the sections of its identity. */
  readonly identity: Readonly<Record<string, string>>;
}

/** A query, and the form of its rows. */
export interface RowQuery {
  readonly sql: string;
  readonly mode: RowMode;
}

/** A stream after its first rows. */
export interface FirstBatch extends Ran {
  readonly end: () => Promise<void>;
}

/** Makes engines. */
export interface Contestant {
  readonly name: ContestantName;
  open(setup: Setup): Promise<Engine>;
}

/** Thrown by an engine or a workload: this contestant cannot do it, and why. Recorded as `unsupported`. */
export class UnsupportedError extends Error {}

/** The function of numbers that the engines call. */
export function curve(x: number): number {
  return Math.sqrt(x) * 1.5 + 1;
}

/** The function of texts that the engines call. */
export function label(text: string): string {
  return `${text.slice(3)}-${text.charAt(0)}`;
}
