import { blindCast } from "@deltafuse/config/casts";
import {
  type DuckDBConnection,
  type DuckDBDataChunk,
  DuckDBDecimalValue,
  DuckDBDoubleType,
  DuckDBInstance,
  type DuckDBResult,
  DuckDBScalarFunction,
  DuckDBTimestampValue,
  type DuckDBValue,
  type DuckDBValueConverter,
  type JS,
} from "@duckdb/node-api";
import {
  type Contestant,
  curve,
  type Engine,
  type FirstBatch,
  type RowMode,
  type RowQuery,
  type Setup,
  type WideTouch,
} from "../contestant.ts";
import type { WideRow } from "../wide-row.ts";

/** Values as numbers, text as it is. */
const numbersConverter: DuckDBValueConverter<number | string> = (value) => {
  if (typeof value === "number" || typeof value === "string") return value;
  if (typeof value === "bigint") return Number(value);
  if (value instanceof DuckDBDecimalValue) return value.toDouble();
  if (value instanceof DuckDBTimestampValue) return Number(value.micros) / 1000;
  return null;
};

function wholeNumber(value: DuckDBValue | JS | undefined): number {
  if (value instanceof DuckDBDecimalValue) return Number(value.value);
  if (value instanceof DuckDBTimestampValue) return Number(value.micros) / 1000;
  if (value instanceof Date) return value.getTime();
  return Number(value);
}

/** A decimal is exact in hundredths, or a number that is rounded to them. */
function hundredths(value: DuckDBValue | JS | undefined): number {
  return value instanceof DuckDBDecimalValue ? Number(value.value) : Math.round(Number(value) * 100);
}

function wideRow([id, ratio, name, moment, amount]: readonly (DuckDBValue | JS | undefined)[]): WideRow {
  return {
    id: wholeNumber(id),
    ratio: Number(ratio),
    name: typeof name === "string" ? name : "",
    moment: wholeNumber(moment),
    amount: hundredths(amount),
  };
}

/** Row objects, chunk by chunk, by the method of the peer that gives the values of the mode. */
function rowChunks(result: DuckDBResult, mode: RowMode): AsyncIterable<readonly WideTouch[]> {
  const chunks = {
    exact: () => result.yieldRowObjects(),
    plain: () => result.yieldRowObjectJs(),
    numbers: () => result.yieldConvertedRowObjects(numbersConverter),
  }[mode]();
  return blindCast<AsyncIterable<readonly WideTouch[]>, "the columns have these types">(chunks);
}

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
      for (let row = 0; row < chunk.rowCount; row++) visit(wideRow(columns.map((column) => column.getItem(row))));
    }
  }

  async rows({ sql, mode }: RowQuery, visit: (row: WideTouch) => void): Promise<void> {
    const result = await this.#connection.stream(sql);
    for await (const rows of rowChunks(result, mode)) {
      for (const row of rows) visit(row);
    }
  }

  async rowCells(query: RowQuery, visit: (row: WideRow) => void): Promise<void> {
    await this.rows(query, (row) => visit(wideRow(Object.values(row))));
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
    return { rows: chunk?.rowCount ?? 0, end: async () => this.#connection.interrupt() };
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
