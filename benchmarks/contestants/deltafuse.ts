import { isDeltaFuseError } from "@deltafuse/config/errors";
import { blindCast } from "@deltafuse/config/casts";
import { parseProfile } from "@deltafuse/config/profile";
import { registerDataset } from "@deltafuse/dataset-io/register";
import type { ColumnBatch } from "@deltafuse/session-core/column-batch";
import { configureRuntime } from "@deltafuse/session-core/native-runtime";
import type { RowOptions } from "@deltafuse/session-core/rows";
import { openSession, type Session } from "@deltafuse/session-core/session";
import type { DecimalValue, TimestampValue } from "@deltafuse/session-core/values";
import { functions } from "@deltafuse/udf/extension";
import { defineScalar, type ScalarFunction } from "@deltafuse/udf/scalar-function";
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

interface ExactRow {
  readonly id: bigint;
  readonly ratio: number;
  readonly name: string;
  readonly moment: TimestampValue;
  readonly amount: DecimalValue;
}

interface PlainRow {
  readonly id: number;
  readonly ratio: number;
  readonly name: string;
  readonly moment: Date;
  readonly amount: string;
}

const jsCurve: ScalarFunction = defineScalar({
  name: "js_curve",
  args: { x: "float64" },
  returns: "float64",
  volatility: "immutable",
  callColumns: ({ x }, { rows }) => {
    const result = new Float64Array(rows);
    for (let row = 0; row < rows; row++) result[row] = curve(x.values[row] ?? 0);
    return result;
  },
});

const rowOptions: Readonly<Record<RowMode, RowOptions>> = {
  exact: { values: "lossless" },
  plain: { values: "plain" },
  numbers: { values: "plain", numbers: true },
};

const fromExact = ({ id, ratio, name, moment, amount }: ExactRow): WideRow => ({
  id: Number(id),
  ratio,
  name,
  moment: Number(moment.value) / 1000,
  amount: Number(amount.unscaled),
});

const fromPlain = ({ id, ratio, name, moment, amount }: PlainRow): WideRow => ({
  id,
  ratio,
  name,
  moment: moment.getTime(),
  amount: Math.round(Number(amount) * 100),
});

const fromNumbers = ({ amount, ...row }: WideRow): WideRow => ({ ...row, amount: Math.round(amount * 100) });

function toWideRow(mode: RowMode, row: object): WideRow {
  if (mode === "exact") return fromExact(blindCast<ExactRow, "the mode says so">(row));
  if (mode === "plain") return fromPlain(blindCast<PlainRow, "the mode says so">(row));
  return fromNumbers(blindCast<WideRow, "the mode says so">(row));
}

const isTimestamp = (value: unknown): value is TimestampValue =>
  typeof value === "object" && value !== null && "kind" in value && value.kind === "timestamp";

/** The values of row `row`, out of the memory of the columns. */
function columnRow({ columns }: ColumnBatch, row: number): WideRow {
  const value = (column: number, index = row): number => Number(columns[column]?.values?.[index]);
  return {
    id: value(0),
    ratio: value(1),
    name: columns[2]?.strings()[row] ?? "",
    moment: value(3) / 1000,
    // Four words per row, of which a decimal(15, 2) that is not negative fills two at most.
    amount: value(4, row * 4) + value(4, row * 4 + 1) * 2 ** 32,
  };
}

class DeltaFuseEngine implements Engine {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  async columns(sql: string): Promise<number> {
    let rows = 0;
    const stream = await this.#session.sql(sql).stream();
    for await (const batch of stream.columns()) rows += batch.columns.length === 0 ? 0 : batch.rows;
    return rows;
  }

  async columnCells(sql: string, visit: (row: WideRow) => void): Promise<void> {
    const stream = await this.#session.sql(sql).stream();
    for await (const batch of stream.columns()) {
      for (let row = 0; row < batch.rows; row++) visit(columnRow(batch, row));
    }
  }

  async rows({ sql, mode }: RowQuery, visit: (row: WideTouch) => void): Promise<void> {
    const stream = await this.#session.sql(sql).stream();
    for await (const batch of stream.rowBatches<WideTouch>(rowOptions[mode])) {
      for (const row of batch) visit(row);
    }
  }

  async rowCells(query: RowQuery, visit: (row: WideRow) => void): Promise<void> {
    await this.rows(query, (row) => visit(toWideRow(query.mode, row)));
  }

  async query(sql: string): Promise<readonly object[]> {
    return await this.#session.sql(sql).rows();
  }

  cellText(value: unknown): string {
    if (typeof value === "number") return String(Number(value.toPrecision(9)));
    if (isTimestamp(value)) return new Date(Number(value.value) / 1000).toISOString();
    return String(value);
  }

  async firstBatch(sql: string): Promise<FirstBatch> {
    const stream = await this.#session.sql(sql).stream();
    const batches = stream.columns()[Symbol.asyncIterator]();
    const first = await batches.next();
    return { rows: first.done === true ? 0 : first.value.rows, end: () => stream.close() };
  }

  close(): Promise<void> {
    return this.#session.close();
  }
}

/** The threads are those of the process: a second session in it keeps what the first one set. */
async function limitThreads(threads: number): Promise<void> {
  try {
    await configureRuntime({ workerThreads: threads });
  } catch (error) {
    if (!isDeltaFuseError(error, "NATIVE.RUNTIME_STARTED")) throw error;
  }
}

async function open({ data, limits }: Setup): Promise<Engine> {
  await limitThreads(limits.threads);
  const profile = parseProfile({
    execution: { targetPartitions: limits.threads },
    memory: { limit: `${limits.memoryGiB}GiB` },
  });
  const session = await openSession(profile, { extensions: [functions({ define: [jsCurve] })] });
  for (const [name, path] of Object.entries(data.tables)) await registerDataset(session, name, path);
  return new DeltaFuseEngine(session);
}

/** The product. */
export const deltafuse: Contestant = { name: "deltafuse", open };
