import { type DuckDBConnection, type DuckDBDataChunk, DuckDBInstance, type DuckDBResult } from "@duckdb/node-api";
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
  type RowQuery,
  type Setup,
  UnsupportedError,
  type WideTouch,
} from "../contestant.ts";
import type { ResultTable } from "../digest.ts";
import { slowConsumer } from "../slow-consumer.ts";
import type { WideRow } from "../wide-row.ts";
import { jsFunctions } from "./duckdb-functions.ts";
import { appendRows } from "./duckdb-ingest.ts";
import { arrayOfRows, rowChunks, wideRowOf } from "./duckdb-row.ts";
import { resultTable } from "./duckdb-table.ts";

const shownSettings = ["threads", "memory_limit", "preserve_insertion_order"];
const noDelta = "DuckDB reads Delta tables with an extension that is not installed, and nothing is downloaded.";
const noDeltaWrites = "DuckDB does not change Delta tables.";

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

class DuckDbEngine implements Engine {
  readonly artifacts = null;
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;
  /** Tables it has no view of. */
  readonly #lacking: readonly string[];

  constructor(instance: DuckDBInstance, connection: DuckDBConnection, lacking: readonly string[]) {
    this.#instance = instance;
    this.#connection = connection;
    this.#lacking = lacking;
  }

  async columns(sql: string): Promise<Ran> {
    let rows = 0;
    for await (const chunk of this.#chunks(sql)) {
      const columns = chunk.columnCount;
      for (let column = 0; column < columns; column++) chunk.getColumnVector(column);
      rows += chunk.rowCount;
    }
    return { rows };
  }

  async slowColumns(sql: string): Promise<Ran> {
    const consumer = slowConsumer();
    for await (const chunk of this.#chunks(sql)) await consumer.take(chunk.rowCount);
    return { rows: consumer.rows };
  }

  async columnCells(sql: string, visit: (row: WideRow) => void): Promise<void> {
    for await (const chunk of this.#chunks(sql)) {
      const columns = Array.from({ length: chunk.columnCount }, (_, column) => chunk.getColumnVector(column));
      for (let row = 0; row < chunk.rowCount; row++) visit(wideRowOf(columns.map((column) => column.getItem(row))));
    }
  }

  async rows({ sql, mode }: RowQuery, visit: (row: WideTouch) => void): Promise<void> {
    const result = await this.#connection.stream(sql);
    for await (const rows of rowChunks(result, mode)) {
      for (const row of rows) visit(row);
    }
  }

  async rowCells(query: RowQuery, visit: (row: WideRow) => void): Promise<void> {
    await this.rows(query, (row) => visit(wideRowOf(Object.values(row))));
  }

  /** It has no stream of single rows: those of its chunks. */
  eachRow(query: RowQuery, visit: (row: WideTouch) => void): Promise<void> {
    return this.rows(query, visit);
  }

  async rowArray({ sql, mode }: RowQuery): Promise<readonly WideTouch[]> {
    return arrayOfRows(await this.#connection.runAndReadAll(sql), mode);
  }

  async query(sql: string): Promise<Ran> {
    return { rows: (await this.#connection.runAndReadAll(sql)).getRowObjects().length };
  }

  async table(sql: string): Promise<ResultTable> {
    this.#refuseLacking(sql);
    return resultTable(await this.#connection.runAndReadAll(sql));
  }

  async firstBatch(sql: string): Promise<FirstBatch> {
    const result = await this.#connection.stream(sql);
    const chunk = await result.fetchChunk();
    return { rows: chunk?.rowCount ?? 0, end: () => this.#discard(result) };
  }

  async client(): Promise<Client> {
    const connection = await this.#instance.connect();
    return {
      query: async (sql) => ({ rows: (await connection.runAndReadAll(sql)).getRowObjects().length }),
      close: () => Promise.resolve(connection.closeSync()),
    };
  }

  async prepare(sql: string): Promise<PreparedQuery> {
    const statement = await this.#connection.prepare(sql);
    return {
      run: async (values) => {
        for (const [at, value] of values.entries()) statement.bindInteger(at + 1, value);
        return { rows: (await statement.runAndReadAll()).getRowObjects().length };
      },
      close: () => Promise.resolve(statement.destroySync()),
    };
  }

  async ingest(rows: readonly IngestRow[]): Promise<Ran> {
    await this.#connection.run(
      'CREATE TABLE ingested ("left" DOUBLE, "right" DOUBLE, name VARCHAR, moment TIMESTAMP_MS)',
    );
    const appender = await this.#connection.createAppender("ingested");
    appendRows(appender, rows);
    return { rows: rows.length };
  }

  async dropIngested(): Promise<void> {
    await this.#connection.run("DROP TABLE ingested");
  }

  async writeParquet({ sql, path, partitionBy }: ParquetWrite): Promise<Ran> {
    const folders = partitionBy.length === 0 ? "" : `, PARTITION_BY (${partitionBy.join(", ")})`;
    const options = `FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 1048576${folders}`;
    const result = await this.#connection.run(`COPY (${sql}) TO ${quoted(path)} (${options})`);
    return { rows: result.rowsChanged };
  }

  delta(): Promise<DeltaEngine> {
    return Promise.reject(new UnsupportedError(noDeltaWrites));
  }

  async settings(): Promise<EngineSettings> {
    const columns = shownSettings.map((name) => `CAST(current_setting('${name}') AS VARCHAR) AS ${name}`);
    const [row] = (await this.#connection.runAndReadAll(`SELECT ${columns.join(", ")}`)).getRowObjectsJson();
    return Object.fromEntries(
      Object.entries(row ?? {}).map(([name, value]) => [name, typeof value === "string" ? value : ""]),
    );
  }

  close(): Promise<void> {
    this.#connection.closeSync();
    this.#instance.closeSync();
    return Promise.resolve();
  }

  /** Stops a stream and waits until nothing of it runs, so that the next query has the machine to itself. */
  async #discard(result: DuckDBResult): Promise<void> {
    this.#connection.interrupt();
    try {
      for await (const _chunk of result);
    } catch {
      // An interrupted stream may end with an error.
    }
  }

  async *#chunks(sql: string): AsyncGenerator<DuckDBDataChunk, void, undefined> {
    this.#refuseLacking(sql);
    yield* await this.#connection.stream(sql);
  }

  #refuseLacking(sql: string): void {
    const words = new Set(sql.split(/\W+/));
    if (this.#lacking.some((name) => words.has(name))) throw new UnsupportedError(noDelta);
  }
}

const fileReaders = { parquet: "read_parquet", csv: "read_csv", json: "read_ndjson" } as const;

async function hasDelta(connection: DuckDBConnection): Promise<boolean> {
  const sql = "SELECT installed FROM duckdb_extensions() WHERE extension_name = 'delta'";
  const [row] = (await connection.runAndReadAll(sql)).getRowObjects();
  if (row?.["installed"] !== true) return false;
  await connection.run("LOAD delta");
  return true;
}

async function open({ tables, limits }: Setup): Promise<Engine> {
  const options = { threads: String(limits.threads), memory_limit: `${limits.memoryGiB}GiB` };
  const instance = await DuckDBInstance.create(":memory:", options);
  const connection = await instance.connect();
  const readers = { ...fileReaders, ...((await hasDelta(connection)) ? { delta: "delta_scan" } : {}) };
  const lacking: string[] = [];
  for (const [name, { path, format }] of Object.entries(tables)) {
    const reader = new Map(Object.entries(readers)).get(format);
    if (reader === undefined) lacking.push(name);
    else await connection.run(`CREATE VIEW ${name} AS SELECT * FROM ${reader}(${quoted(path)})`);
  }
  for (const define of jsFunctions) connection.registerScalarFunction(define());
  return new DuckDbEngine(instance, connection, lacking);
}

/** The peer. */
export const duckdb: Contestant = { name: "duckdb", open };
