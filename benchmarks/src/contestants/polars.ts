import { blindCast } from "@deltafuse/config/casts";
import type pl from "nodejs-polars";
import type { DataFrame, LazyDataFrame } from "nodejs-polars";
import {
  type Client,
  type Contestant,
  type DeltaEngine,
  type Engine,
  type EngineSettings,
  type FirstBatch,
  type IngestRow,
  type ParquetWrite,
  type PreparedQuery,
  type Ran,
  type RowMode,
  type RowQuery,
  type Setup,
  UnsupportedError,
  type WideTouch,
} from "../contestant.ts";
import type { TableFile } from "../data-set.ts";
import type { ResultTable } from "../digest.ts";
import type { WideRow } from "../wide-row.ts";
import { resultTable, rowFrame, wideRowOf } from "./polars-table.ts";

type Polars = typeof pl;
type Context = ReturnType<Polars["SQLContext"]>;

const noStream = "nodejs-polars gathers every result before JavaScript sees a row.";

const unsupported = (reason: string): Promise<never> => Promise.reject(new UnsupportedError(reason));

class PolarsEngine implements Engine {
  readonly artifacts = null;
  readonly #polars: Polars;
  readonly #context: Context;
  readonly #threads: number;

  constructor(polars: Polars, context: Context, threads: number) {
    this.#polars = polars;
    this.#context = context;
    this.#threads = threads;
  }

  /** It has no stream: the whole result as a DataFrame, and the typed array of every column that has one. */
  async columns(sql: string): Promise<Ran> {
    const frame = await this.#collect(sql);
    for (const name of frame.columns) {
      const column = frame.getColumn(name);
      if (column.isNumeric() && column.nullCount() === 0) column.toTypedArray();
    }
    return { rows: frame.height };
  }

  slowColumns(): Promise<Ran> {
    return unsupported(noStream);
  }

  async columnCells(sql: string, visit: (row: WideRow) => void): Promise<void> {
    const frame = rowFrame(this.#polars, await this.#collect(sql), "plain");
    for (const row of frame.rows()) visit(wideRowOf(row));
  }

  async rows({ sql, mode }: RowQuery, visit: (row: WideTouch) => void): Promise<void> {
    for (const row of await this.#objects(sql, mode)) visit(row);
  }

  async rowCells({ sql, mode }: RowQuery, visit: (row: WideRow) => void): Promise<void> {
    for (const row of await this.#objects(sql, mode)) visit(wideRowOf(Object.values(row)));
  }

  eachRow(): Promise<void> {
    return unsupported(noStream);
  }

  rowArray({ sql, mode }: RowQuery): Promise<readonly WideTouch[]> {
    return this.#objects(sql, mode);
  }

  async query(sql: string): Promise<Ran> {
    return { rows: (await this.#objects(sql, "plain")).length };
  }

  async table(sql: string): Promise<ResultTable> {
    return resultTable(this.#polars, await this.#collect(sql));
  }

  firstBatch(): Promise<FirstBatch> {
    return unsupported(noStream);
  }

  client(): Promise<Client> {
    return Promise.resolve({ query: (sql) => this.query(sql), close: () => Promise.resolve() });
  }

  prepare(): Promise<PreparedQuery> {
    return unsupported("polars prepares no queries.");
  }

  ingest(rows: readonly IngestRow[]): Promise<Ran> {
    const frame = this.#polars.readRecords(blindCast<Record<string, unknown>[], "rows are objects">(rows));
    this.#context.register("ingested", frame.lazy());
    return Promise.resolve({ rows: frame.height });
  }

  dropIngested(): Promise<void> {
    this.#context.unregister("ingested");
    return Promise.resolve();
  }

  async writeParquet({ sql, path, partitionBy }: ParquetWrite): Promise<Ran> {
    if (partitionBy.length > 0) return unsupported("nodejs-polars writes no partitioned folders.");
    await this.#lazy(sql).sinkParquet(path, { compression: "zstd" }).collect();
    const count = await this.#polars.scanParquet(path).select(this.#polars.len()).collect();
    return { rows: Number(count.row(0)[0]) };
  }

  delta(): Promise<DeltaEngine> {
    return unsupported("nodejs-polars reads no Delta tables.");
  }

  settings(): Promise<EngineSettings> {
    return Promise.resolve({ threads: String(this.#threads) });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #lazy(sql: string): LazyDataFrame {
    try {
      const lazy = this.#context.execute(sql);
      // It gives an error that it does not throw a place in the frame.
      if (lazy._ldf instanceof Error) throw lazy._ldf;
      return lazy;
    } catch (error) {
      throw new UnsupportedError(`polars does not take this SQL: ${messageOf(error)}`);
    }
  }

  async #collect(sql: string): Promise<DataFrame> {
    const lazy = this.#lazy(sql);
    try {
      return await lazy.collect();
    } catch (error) {
      throw new UnsupportedError(`polars does not run this query: ${messageOf(error)}`);
    }
  }

  async #objects(sql: string, mode: RowMode): Promise<readonly WideTouch[]> {
    const frame = rowFrame(this.#polars, await this.#collect(sql), mode);
    return blindCast<readonly WideTouch[], "the columns have these types">(frame.toRecords());
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
}

async function open({ tables, limits }: Setup): Promise<Engine> {
  // It reads this once, while it is loaded, and has no memory limit.
  process.env["POLARS_MAX_THREADS"] = String(limits.threads);
  const { default: polars } = await import("nodejs-polars");
  const context = polars.SQLContext({});
  const readers: Readonly<Record<TableFile["format"], ((path: string) => LazyDataFrame) | null>> = {
    parquet: (path) => polars.scanParquet(path),
    csv: (path) => polars.scanCSV(path),
    json: (path) => polars.scanJson(path),
    delta: null,
  };
  for (const [name, { path, format }] of Object.entries(tables)) {
    const frame = readers[format]?.(path);
    if (frame !== undefined) context.register(name, frame);
  }
  return new PolarsEngine(polars, context, limits.threads);
}

/** The peer that other DataFrames are measured by. */
export const polars: Contestant = { name: "polars", open };
