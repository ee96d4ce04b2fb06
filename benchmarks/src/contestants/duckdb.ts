import {
  type DuckDBConnection,
  type DuckDBDataChunk,
  DuckDBDoubleType,
  DuckDBInstance,
  type DuckDBResult,
  DuckDBScalarFunction,
  DuckDBTimestampValue,
} from "@duckdb/node-api";
import {
  type Contestant,
  curve,
  type Engine,
  type EngineSettings,
  type FirstBatch,
  type RowQuery,
  type Setup,
  type WideTouch,
} from "../contestant.ts";
import type { WideRow } from "../wide-row.ts";
import { rowChunks, wideRowOf } from "./duckdb-row.ts";

const shownSettings = ["threads", "memory_limit", "preserve_insertion_order"];

class DuckDbEngine implements Engine {
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;

  constructor(instance: DuckDBInstance, connection: DuckDBConnection) {
    this.#instance = instance;
    this.#connection = connection;
  }

  async columns(sql: string): Promise<number> {
    let rows = 0;
    for await (const chunk of this.#chunks(sql)) {
      const columns = chunk.columnCount;
      for (let column = 0; column < columns; column++) chunk.getColumnVector(column);
      rows += chunk.rowCount;
    }
    return rows;
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

  async query(sql: string): Promise<readonly object[]> {
    return (await this.#connection.runAndReadAll(sql)).getRowObjects();
  }

  cellText(value: unknown): string {
    if (typeof value === "number") return String(Number(value.toPrecision(9)));
    if (value instanceof DuckDBTimestampValue) return new Date(Number(value.micros) / 1000).toISOString();
    return String(value);
  }

  async firstBatch(sql: string): Promise<FirstBatch> {
    const result = await this.#connection.stream(sql);
    const chunk = await result.fetchChunk();
    return { rows: chunk?.rowCount ?? 0, end: () => this.#discard(result) };
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

  async settings(): Promise<EngineSettings> {
    const columns = shownSettings.map((name) => `CAST(current_setting('${name}') AS VARCHAR) AS ${name}`);
    const [row] = (await this.#connection.runAndReadAll(`SELECT ${columns.join(", ")}`)).getRowObjectsJson();
    return Object.fromEntries(
      Object.entries(row ?? {}).map(([name, value]) => [name, typeof value === "string" ? value : ""]),
    );
  }

  async close(): Promise<void> {
    this.#connection.closeSync();
    this.#instance.closeSync();
  }

  async *#chunks(sql: string): AsyncGenerator<DuckDBDataChunk, void, undefined> {
    yield* await this.#connection.stream(sql);
  }
}

function jsCurve(): DuckDBScalarFunction {
  return DuckDBScalarFunction.create({
    name: "js_curve",
    parameterTypes: [DuckDBDoubleType.instance],
    returnType: DuckDBDoubleType.instance,
    mainFunction: (_info, input, output) => {
      const x = input.getColumnVector(0);
      const rows = input.rowCount;
      for (let row = 0; row < rows; row++) output.setItem(row, curve(Number(x.getItem(row))));
      output.flush();
    },
  });
}

async function open({ data, limits }: Setup): Promise<Engine> {
  const options = { threads: String(limits.threads), memory_limit: `${limits.memoryGiB}GiB` };
  const instance = await DuckDBInstance.create(":memory:", options);
  const connection = await instance.connect();
  for (const [name, path] of Object.entries(data.tables)) {
    await connection.run(`CREATE VIEW ${name} AS SELECT * FROM read_parquet('${path.replaceAll("'", "''")}')`);
  }
  connection.registerScalarFunction(jsCurve());
  return new DuckDbEngine(instance, connection);
}

/** The peer. */
export const duckdb: Contestant = { name: "duckdb", open };
