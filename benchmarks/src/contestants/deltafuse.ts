import { isDeltaFuseError } from "@deltafuse/config/errors";
import { parseProfile } from "@deltafuse/config/profile";
import { registerDataset } from "@deltafuse/dataset-io/register";
import { configureRuntime, runtimeStats } from "@deltafuse/session-core/native-runtime";
import { openSession, type Session } from "@deltafuse/session-core/session";
import type { TimestampValue } from "@deltafuse/session-core/values";
import { functions } from "@deltafuse/udf/extension";
import { defineScalar, type ScalarFunction } from "@deltafuse/udf/scalar-function";
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
import { rowOptions, wideRowAt, wideRowOf } from "./deltafuse-row.ts";

const shownSettings = ["execution.target_partitions", "execution.batch_size", "runtime.memory_limit"];

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

const isTimestamp = (value: unknown): value is TimestampValue =>
  typeof value === "object" && value !== null && "kind" in value && value.kind === "timestamp";

class DeltaFuseEngine implements Engine {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  async columns(sql: string): Promise<number> {
    let rows = 0;
    const stream = await this.#session.sql(sql).stream();
    for await (const batch of stream.columns({ lent: true })) rows += batch.columns.length === 0 ? 0 : batch.rows;
    return rows;
  }

  async columnCells(sql: string, visit: (row: WideRow) => void): Promise<void> {
    const stream = await this.#session.sql(sql).stream();
    for await (const batch of stream.columns({ lent: true })) {
      for (let row = 0; row < batch.rows; row++) visit(wideRowAt(batch, row));
    }
  }

  async rows({ sql, mode }: RowQuery, visit: (row: WideTouch) => void): Promise<void> {
    const stream = await this.#session.sql(sql).stream();
    for await (const batch of stream.rowBatches<WideTouch>(rowOptions[mode])) {
      for (const row of batch) visit(row);
    }
  }

  async rowCells(query: RowQuery, visit: (row: WideRow) => void): Promise<void> {
    await this.rows(query, (row) => visit(wideRowOf(query.mode, row)));
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
    const batches = stream.columns({ lent: true })[Symbol.asyncIterator]();
    const first = await batches.next();
    return { rows: first.done === true ? 0 : first.value.rows, end: () => stream.close() };
  }

  async settings(): Promise<EngineSettings> {
    const { workerThreads } = await runtimeStats();
    const { entries } = await this.#session.settings();
    const shown = shownSettings.map((name) => {
      return [name, entries.find(({ key }) => key === `datafusion.${name}`)?.value ?? "none"] as const;
    });
    return { threads: String(workerThreads), ...Object.fromEntries(shown) };
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
