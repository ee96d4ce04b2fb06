import { registerDataset } from "@deltafuse/dataset-io/register";
import { writeDataset } from "@deltafuse/dataset-io/write";
import type { NestedField } from "@deltafuse/session-core/field-type";
import { runtimeStats } from "@deltafuse/session-core/native-runtime";
import { nativeSession } from "@deltafuse/session-core/native-session";
import { openSession, type Session } from "@deltafuse/session-core/session";
import { functions } from "@deltafuse/udf/extension";
import type {
  Client,
  ColumnForm,
  Contestant,
  DeltaEngine,
  Engine,
  EngineArtifacts,
  EngineSettings,
  FirstBatch,
  IngestRow,
  ParquetWrite,
  PreparedQuery,
  Ran,
  RowQuery,
  Setup,
  WideTouch,
} from "../contestant.ts";
import type { ResultTable } from "../digest.ts";
import { planText } from "../plan-artifact.ts";
import { sessionArtifact } from "../settings-artifact.ts";
import { slowConsumer } from "../slow-consumer.ts";
import type { WideRow } from "../wide-row.ts";
import { executionCounters, transferCounters } from "./deltafuse-counters.ts";
import { jsFunctions } from "./deltafuse-functions.ts";
import { benchmarkProfile, limitRuntime, tableExtensions } from "./deltafuse-profile.ts";
import { crossingsDuring } from "./native-crossings.ts";
import { rowOptions, wideRowAt, wideRowOf } from "./deltafuse-row.ts";
import { resultTable } from "./deltafuse-table.ts";

const shownSettings = ["execution.target_partitions", "execution.batch_size", "runtime.memory_limit"];

const ingestFields: readonly NestedField[] = [
  { name: "left", type: { type: "float64" }, nullable: false },
  { name: "right", type: { type: "float64" }, nullable: false },
  { name: "name", type: { type: "utf8" }, nullable: false },
  { name: "moment", type: { type: "timestamp", unit: "ms" }, nullable: false },
];

class DeltaFuseEngine implements Engine {
  readonly artifacts: EngineArtifacts;
  readonly #session: Session;

  constructor(session: Session, tables: Setup["tables"]) {
    this.#session = session;
    this.artifacts = {
      session: () => sessionArtifact(session),
      plan: (sql) =>
        planText(
          session,
          sql,
          Object.values(tables).map(({ path }) => path),
        ),
      transfer: (sql) => transferCounters(session, sql),
      execution: (sql) => executionCounters(session, sql),
      crossings: (work) => crossingsDuring(nativeSession(session).handle, work),
    };
  }

  async columns(sql: string, form: ColumnForm = "lent"): Promise<Ran> {
    const frame = this.#session.sql(sql);
    if (form === "table") return { rows: (await frame.collect({ maxBytes: null })).numRows };
    let rows = 0;
    const stream = await frame.stream();
    const batches = stream.columns({ lent: form === "lent" });
    for await (const batch of batches) rows += batch.columns.length === 0 ? 0 : batch.rows;
    return { rows };
  }

  async slowColumns(sql: string): Promise<Ran> {
    const consumer = slowConsumer();
    const stream = await this.#session.sql(sql).stream();
    for await (const batch of stream.columns({ lent: true })) await consumer.take(batch.rows);
    return { rows: consumer.rows };
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

  async eachRow({ sql, mode }: RowQuery, visit: (row: WideTouch) => void): Promise<void> {
    const stream = await this.#session.sql(sql).stream();
    for await (const row of stream.rows<WideTouch>(rowOptions[mode])) visit(row);
  }

  async rowArray({ sql, mode }: RowQuery): Promise<readonly WideTouch[]> {
    return this.#session.sql(sql).rows<WideTouch>({ ...rowOptions[mode], maxBytes: null });
  }

  async query(sql: string): Promise<Ran> {
    return { rows: (await this.#session.sql(sql).rows()).length };
  }

  table(sql: string): Promise<ResultTable> {
    return resultTable(this.#session.sql(sql));
  }

  async firstBatch(sql: string): Promise<FirstBatch> {
    const stream = await this.#session.sql(sql).stream();
    const batches = stream.columns({ lent: true })[Symbol.asyncIterator]();
    const first = await batches.next();
    return { rows: first.done === true ? 0 : first.value.rows, end: () => stream.close() };
  }

  client(): Promise<Client> {
    return Promise.resolve({ query: (sql) => this.query(sql), close: () => Promise.resolve() });
  }

  async prepare(sql: string): Promise<PreparedQuery> {
    const statement = await this.#session.prepare(sql);
    return {
      run: async (values) => ({ rows: (await statement.bind(values).rows()).length }),
      close: () => statement.close(),
    };
  }

  async ingest(rows: readonly IngestRow[]): Promise<Ran> {
    await this.#session.createView("ingested", this.#session.fromRows(rows, { schema: ingestFields }));
    return { rows: rows.length };
  }

  async dropIngested(): Promise<void> {
    await this.#session.drop("view", "ingested");
  }

  async writeParquet({ sql, path, partitionBy }: ParquetWrite): Promise<Ran> {
    const target = partitionBy.length === 0 ? path : `${path}/`;
    return writeDataset(this.#session, { source: { sql }, target, partitionBy });
  }

  async delta(): Promise<DeltaEngine> {
    return (await import("./deltafuse-delta.ts")).deltaEngine(this.#session);
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

async function open(setup: Setup): Promise<Engine> {
  await limitRuntime(setup);
  const { tables, limits } = setup;
  const extensions = [functions({ define: jsFunctions }), ...(await tableExtensions(tables))];
  const session = await openSession(benchmarkProfile(limits), { extensions });
  for (const [name, { path }] of Object.entries(tables)) await registerDataset(session, name, path);
  return new DeltaFuseEngine(session, tables);
}

/** The product. */
export const deltafuse: Contestant = { name: "deltafuse", open };
