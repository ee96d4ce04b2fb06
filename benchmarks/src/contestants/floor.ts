import { blindCast } from "@deltafuse/config/casts";
import { openSession } from "@deltafuse/session-core/session";
import {
  type Client,
  type Contestant,
  type DeltaEngine,
  type Engine,
  type EngineSettings,
  type FirstBatch,
  type ParquetWrite,
  type PreparedQuery,
  type Ran,
  type Setup,
  UnsupportedError,
} from "../contestant.ts";
import type { ResultTable } from "../digest.ts";
import type { WideRow } from "../wide-row.ts";
import { benchmarkProfile, limitRuntime, tableExtensions } from "./deltafuse-profile.ts";
import { floorDelta } from "./floor-delta.ts";
import { type FloorAnswer, type FloorJob, type FloorProcess, startFloor } from "./floor-process.ts";
import { ranOf, sampleOf } from "./floor-sample.ts";
import { resultTable } from "./floor-table.ts";
import { programPath } from "../program-path.ts";
import { rowsUnsupported } from "./unsupported.ts";

const session = "main";

/** One run and no more: the runner repeats. */
const once = { warmups: 0, iterations: 1, minMs: 0 } as const;

class FloorEngine implements Engine {
  readonly artifacts = null;
  readonly #process: FloorProcess;
  readonly #delta: DeltaEngine;

  constructor(process: FloorProcess, openSessionJob: FloorJob) {
    this.#process = process;
    this.#delta = floorDelta({ process, session, openSessionJob, once });
  }

  async columns(sql: string): Promise<Ran> {
    return ranOf(await this.#query(sql, { consume: "packed" }));
  }

  slowColumns(): Promise<Ran> {
    return Promise.reject(new UnsupportedError("The floor has no consumer in JavaScript that could rest."));
  }

  async columnCells(sql: string, visit: (row: WideRow) => void): Promise<void> {
    for (const [id, ratio, name, moment, amount] of (await this.table(sql)).rows) {
      visit({
        id: Number(id),
        ratio: Number(ratio),
        name: String(name),
        // Microseconds.
        moment: Number(moment) / 1000,
        amount: Math.round(Number(amount) * 100),
      });
    }
  }

  rows(): Promise<void> {
    return rowsUnsupported("floor");
  }

  rowCells(): Promise<void> {
    return rowsUnsupported("floor");
  }

  eachRow(): Promise<void> {
    return rowsUnsupported("floor");
  }

  rowArray(): Promise<never> {
    return rowsUnsupported("floor");
  }

  async query(sql: string): Promise<Ran> {
    return ranOf(await this.#query(sql, { consume: "count" }));
  }

  async table(sql: string): Promise<ResultTable> {
    const { result } = await this.#query(sql, { rows: true });
    return resultTable(result ?? { columns: [], rows: [] });
  }

  async firstBatch(sql: string): Promise<FirstBatch> {
    const answer = await this.#query(sql, { consume: "packed", limitBatches: 1 });
    const { rows, firstBatchNs = Number.NaN } = sampleOf(answer);
    return { rows, metrics: { ...ranOf(answer).metrics, ms: firstBatchNs / 1e6 }, end: () => Promise.resolve() };
  }

  client(): Promise<Client> {
    return Promise.reject(new UnsupportedError("The floor answers one query after the other."));
  }

  prepare(): Promise<PreparedQuery> {
    return Promise.reject(new UnsupportedError("The floor prepares no queries."));
  }

  ingest(): Promise<Ran> {
    return rowsUnsupported("floor");
  }

  dropIngested(): Promise<void> {
    return Promise.resolve();
  }

  async writeParquet({ sql, path, partitionBy }: ParquetWrite): Promise<Ran> {
    const singleFile = partitionBy.length === 0;
    return ranOf(
      await this.#process.ask({ job: "parquetWrite", session, sql, path, partitionBy, singleFile, repeat: once }),
    );
  }

  delta(): Promise<DeltaEngine> {
    return Promise.resolve(this.#delta);
  }

  async settings(): Promise<EngineSettings> {
    const { workerThreads, datafusion = "", arrow = "", deltalake = "" } = await this.#process.ask({ job: "about" });
    return { threads: String(workerThreads), datafusion, arrow, deltalake };
  }

  close(): Promise<void> {
    return this.#process.close();
  }

  #query(sql: string, options: Readonly<Record<string, unknown>>): Promise<FloorAnswer> {
    return this.#process.ask({ job: "query", session, sql, repeat: once, ...options });
  }
}

/** Members that are null mean the default of the engine. */
function stated<T extends object>(members: T): Partial<T> {
  const kept = Object.entries(members).filter(([, value]) => value !== null);
  return blindCast<Partial<T>, "members were only left out">(Object.fromEntries(kept));
}

/** The settings in effect of a DeltaFuse session with the same profile, as a session of the raw engine. */
async function sessionJob({ tables, limits }: Setup): Promise<FloorJob> {
  const like = await openSession(benchmarkProfile(limits), { extensions: await tableExtensions(tables) });
  try {
    const { entries } = await like.settings();
    const { memory, spill, caches } = like.resolved.runtimeEnv;
    const settings = entries.flatMap(({ key, value }) =>
      key.startsWith("datafusion.") && !key.startsWith("datafusion.runtime.") && value !== null ? [[key, value]] : [],
    );
    return {
      job: "session",
      session,
      settings,
      memory: stated({ pool: memory.pool, limitBytes: memory.limitBytes }),
      spill: stated({ maxBytes: spill.maxBytes }),
      caches: stated(caches),
      tables: Object.entries(tables).map(([name, { path, format }]) => ({ name, format, path })),
    };
  } finally {
    await like.close();
  }
}

async function open(setup: Setup): Promise<Engine> {
  await limitRuntime(setup);
  const job = await sessionJob(setup);
  const process = startFloor(programPath("deltafuse-floor"), setup.limits.threads);
  try {
    await process.ask(job);
  } catch (error) {
    // It would wait for jobs, and keep this process alive.
    await process.close();
    throw error;
  }
  return new FloorEngine(process, job);
}

/** The raw engine under the product: the same SQL in Rust. */
export const floor: Contestant = { name: "floor", open };
