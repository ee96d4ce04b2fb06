// Tells how much memory a contestant holds: before it is opened, after queries, after it was closed, and after a rest.
import { setTimeout as delay } from "node:timers/promises";
import { blindCast } from "@deltafuse/config/casts";
import { loadContestant } from "../contestant-list.ts";
import type { ContestantName, Engine, Setup } from "../contestant.ts";

/** What is asked for. */
export interface MemoryTask extends Setup {
  readonly contestant: ContestantName;
  readonly queries: number;
  readonly aborts: number;
  readonly restMs: number;
}

const sql = `SELECT g.category, count(*) AS n, sum(w.amount) AS amount FROM wide AS w JOIN groups AS g ON w.id % 100000 = g.key
  GROUP BY g.category ORDER BY g.category`;

/** Resident memory in MiB, after what can be collected was collected. */
async function resident(): Promise<number> {
  for (let turn = 0; turn < 3; turn++) {
    globalThis.gc?.();
    await delay(10);
  }
  return process.memoryUsage.rss() / 2 ** 20;
}

async function abortInFlight(engine: Engine, aborts: number): Promise<void> {
  for (let abort = 0; abort < aborts; abort++) {
    const { end } = await engine.firstBatch("SELECT id, ratio, name, moment, amount FROM wide");
    await end();
  }
}

async function measure(task: MemoryTask): Promise<Record<string, number>> {
  const contestant = await loadContestant(task.contestant);
  const beforeOpenMiB = await resident();
  const engine = await contestant.open(task);
  const afterOpenMiB = await resident();
  for (let query = 0; query < task.queries; query++) await engine.query(sql);
  const afterQueriesMiB = await resident();
  if (task.contestant !== "polars") await abortInFlight(engine, task.aborts);
  const afterAbortsMiB = await resident();
  await engine.close();
  const afterCloseMiB = await resident();
  await delay(task.restMs);
  const afterRestMiB = await resident();
  return { beforeOpenMiB, afterOpenMiB, afterQueriesMiB, afterAbortsMiB, afterCloseMiB, afterRestMiB };
}

const task = blindCast<MemoryTask, "the workload wrote it">(JSON.parse(process.argv[2] ?? ""));
console.log(JSON.stringify(await measure(task)));
process.exit(0);
