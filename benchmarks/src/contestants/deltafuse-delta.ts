import { readdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { registerDataset } from "@deltafuse/dataset-io/register";
import { deleteRows } from "@deltafuse/delta/delete";
import { mergeTable } from "@deltafuse/delta/merge";
import { readTable } from "@deltafuse/delta/scan";
import { openTable } from "@deltafuse/delta/table";
import { writeTable } from "@deltafuse/delta/write";
import type { Session } from "@deltafuse/session-core/session";
import type { DeltaEngine, DeltaMerge, DeltaUpdate, DeltaWrite, Ran, StaleTable } from "../contestant.ts";
import type { ResultTable } from "../digest.ts";
import { resultTable } from "./deltafuse-table.ts";

async function lastCommit(path: string): Promise<string> {
  const log = join(path, "_delta_log");
  const commits = (await readdir(log)).filter((name) => /^\d{20}\.json$/.test(name)).toSorted();
  return join(log, commits.at(-1) ?? "");
}

class DeltaFuseDelta implements DeltaEngine {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  async open(location: string): Promise<Ran> {
    const table = await openTable(this.#session, { location });
    try {
      return { rows: table.snapshot().version };
    } finally {
      await table.close();
    }
  }

  /** A table that follows the newest version is opened at the newest there is: meanwhile the last commit is elsewhere. */
  async stale(location: string): Promise<StaleTable> {
    const commit = await lastCommit(location);
    const aside = `${location}.last-commit`;
    await rename(commit, aside);
    const table = await openTable(this.#session, { location });
    await rename(aside, commit);
    return {
      refresh: async () => ({ rows: (await table.refresh()).version }),
      close: () => table.close(),
    };
  }

  async write({ sql, path, mode, partitionBy }: DeltaWrite): Promise<Ran> {
    const { metrics } = await writeTable(this.#session, { location: path }, { source: { sql }, mode, partitionBy });
    return { rows: metrics.rowsWritten ?? 0 };
  }

  async writeStreamed({ sql, path, mode, partitionBy }: DeltaWrite): Promise<Ran> {
    const stream = await this.#session.sql(sql).stream();
    const { fields } = stream;
    async function* rows(): AsyncGenerator<readonly object[]> {
      for await (const batch of stream.rowBatches()) yield [...batch];
    }
    const source = { rows: rows(), schema: fields };
    const { metrics } = await writeTable(this.#session, { location: path }, { source, mode, partitionBy });
    return { rows: metrics.rowsWritten ?? 0 };
  }

  async merge({ sql, path, on }: DeltaMerge): Promise<Ran> {
    const { metrics } = await mergeTable(
      this.#session,
      { location: path },
      {
        source: { sql },
        on,
        whenMatched: [{ action: "updateAll" }],
        whenNotMatched: [{ action: "insertAll" }],
      },
    );
    return { rows: metrics.rowsUpdated + metrics.rowsInserted };
  }

  async delete(path: string, where: string): Promise<Ran> {
    const { metrics } = await deleteRows(this.#session, { location: path }, { where });
    return { rows: metrics.rowsDeleted };
  }

  /** As SQL, which is how the product updates rows: the table is registered for the statement. */
  async update({ path, where, column, value }: DeltaUpdate): Promise<Ran> {
    await registerDataset(this.#session, "updated", path);
    try {
      const sql = `UPDATE updated SET ${column} = ${value} WHERE ${where}`;
      return { rows: (await this.#session.execute(sql)).rowsAffected ?? 0 };
    } finally {
      await this.#session.drop("table", "updated");
    }
  }

  async table(location: string, sql: string): Promise<ResultTable> {
    await this.#session.createView("changed", await readTable(this.#session, { location }));
    try {
      return await resultTable(this.#session.sql(sql));
    } finally {
      await this.#session.drop("view", "changed");
    }
  }
}

/** Delta tables in the product. */
export function deltaEngine(session: Session): DeltaEngine {
  return new DeltaFuseDelta(session);
}
