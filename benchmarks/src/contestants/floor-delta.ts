import type { DeltaEngine, DeltaMerge, DeltaUpdate, DeltaWrite, Ran, StaleTable } from "../contestant.ts";
import type { ResultTable } from "../digest.ts";
import type { FloorAnswer, FloorJob, FloorProcess } from "./floor-process.ts";
import { resultTable } from "./floor-table.ts";
import { ranOf } from "./floor-sample.ts";

/** Where Delta jobs of the raw engine run. */
export interface FloorDelta {
  readonly process: FloorProcess;
  /** Name of the session whose tables the SQL of sources reads. */
  readonly session: string;
  /** What that session was opened by. */
  readonly openSessionJob: FloorJob;
  readonly once: Readonly<Record<string, number>>;
}

/** The version in the place of rows. */
function versionOf(answer: FloorAnswer): Ran {
  return { ...ranOf(answer), rows: Number(answer.version) };
}

class FloorDeltaEngine implements DeltaEngine {
  readonly #floor: FloorDelta;

  constructor(floor: FloorDelta) {
    this.#floor = floor;
  }

  async open(uri: string): Promise<Ran> {
    return versionOf(await this.#ask({ job: "deltaOpen", uri, files: false }));
  }

  async stale(uri: string): Promise<StaleTable> {
    const { version } = await this.#ask({ job: "deltaOpen", uri, files: false });
    return {
      refresh: async () => versionOf(await this.#ask({ job: "deltaRefresh", uri, from: Number(version) - 1 })),
      close: () => Promise.resolve(),
    };
  }

  async write({ sql, path, mode, partitionBy }: DeltaWrite): Promise<Ran> {
    const { session } = this.#floor;
    const answer = await this.#ask({ job: "deltaWrite", session, uri: path, mode, sql, partitionBy });
    return { ...ranOf(answer), rows: answer.commit?.rowsAdded ?? 0 };
  }

  /** The raw engine has no iterables of JavaScript: the rows of the same query without the way through them. */
  writeStreamed(write: DeltaWrite): Promise<Ran> {
    return this.write(write);
  }

  async merge({ sql, path, on }: DeltaMerge): Promise<Ran> {
    const { session } = this.#floor;
    const clauses = { whenMatched: [{ action: "updateAll" }], whenNotMatched: [{ action: "insertAll" }] };
    return ranOf(await this.#ask({ job: "deltaMerge", session, uri: path, sql, on, ...clauses }));
  }

  async delete(uri: string, where: string): Promise<Ran> {
    return ranOf(await this.#ask({ job: "deltaDelete", session: this.#floor.session, uri, where }));
  }

  async update({ path, where, column, value }: DeltaUpdate): Promise<Ran> {
    const { session } = this.#floor;
    return ranOf(await this.#ask({ job: "deltaUpdate", session, uri: path, where, set: { [column]: value } }));
  }

  async table(path: string, sql: string): Promise<ResultTable> {
    const { process, openSessionJob, once } = this.#floor;
    const session = "changed";
    await process.ask({ ...openSessionJob, session, tables: [{ name: "changed", format: "delta", path }] });
    const { result } = await process.ask({ job: "query", session, sql, rows: true, repeat: once });
    return resultTable(result ?? { columns: [], rows: [] });
  }

  #ask(job: FloorJob): Promise<FloorAnswer> {
    return this.#floor.process.ask({ ...job, repeat: this.#floor.once });
  }
}

/** Delta tables in the raw engine. */
export function floorDelta(floor: FloorDelta): DeltaEngine {
  return new FloorDeltaEngine(floor);
}
