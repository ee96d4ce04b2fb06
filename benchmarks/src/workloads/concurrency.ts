import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import type { Client, Engine } from "../contestant.ts";
import { groupKeys } from "../data/wide.ts";
import { percentile } from "../percentile.ts";
import type { DataNeed, Metrics, Sample, Suite, Workload } from "../workload.ts";
import { outsideGate } from "./query-workload.ts";
import { shortQuery } from "./short-query.ts";

const data: readonly DataNeed[] = [{ set: "wide", scale: { smoke: 20_000, gate: 2_000_000, full: 10_000_000 } }];

/** Queries of one run, over all clients. */
const queryCounts: Readonly<Record<Suite, number>> = { smoke: 64, gate: 640, full: 640 };

const longSql = `SELECT g.category, count(*) AS n, sum(w.amount) AS amount, avg(w.ratio) AS ratio, min(w.name) AS name
  FROM wide AS w JOIN groups AS g ON w.id % ${groupKeys} = g.key GROUP BY g.category ORDER BY g.category`;

async function clientsOf(count: number, client: () => Promise<Client>): Promise<readonly Client[]> {
  const clients: Client[] = [];
  for (let opened = 0; opened < count; opened++) clients.push(await client());
  return clients;
}

async function withClients<T>(
  engine: Engine,
  count: number,
  work: (clients: readonly Client[]) => Promise<T>,
): Promise<T> {
  const clients = await clientsOf(count, () => engine.client());
  try {
    return await work(clients);
  } finally {
    for (const client of clients) await client.close();
  }
}

interface Work {
  readonly rows: number;
  /** Of the queries, in ms. */
  readonly times: readonly number[];
}

/** Shares short queries out: whoever is free takes the next one. */
async function shareOut(clients: readonly Client[], queries: number): Promise<Work> {
  const times: number[] = [];
  let rows = 0;
  let next = 0;
  const work = async (client: Client): Promise<void> => {
    while (next < queries) {
      const query = next++;
      const began = performance.now();
      const ran = await client.query(shortQuery(query));
      rows += ran.rows;
      times.push(performance.now() - began);
    }
  };
  await Promise.all(clients.map(work));
  return { rows, times };
}

const latencies = (times: readonly number[]): Metrics => ({
  p50Ms: percentile(times, 0.5),
  p99Ms: percentile(times, 0.99),
});

const shared = {
  family: "concurrency",
  suites: outsideGate,
  contestants: ["deltafuse", "duckdb", "polars"],
  data,
  alone: false,
  watch: ["lag", "rss"],
  digest: null,
  counters: null,
  plan: null,
} as const satisfies Partial<Workload>;

/** The queries of a run, shared out among the clients. */
async function timedQueries(all: readonly Client[], suite: Suite): Promise<Sample> {
  const began = performance.now();
  const { rows, times } = await shareOut(all, queryCounts[suite]);
  return { answer: [`${rows} rows`], metrics: { ms: performance.now() - began, ...latencies(times) } };
}

const sixteen = ["clients-16.duckdb", "clients-16.p99", "clients.lag"] as const;

const clients = (count: number): Workload => ({
  ...shared,
  id: `concurrency.clients-${count}`,
  title: `short queries of ${count} clients`,
  setup: (engine, { suite }) =>
    Promise.resolve({ run: () => withClients(engine, count, (all) => timedQueries(all, suite)) }),
  ceilings: count === 16 ? sixteen : ["clients.lag"],
});

/** Sessions are what other engines have connections for. */
const sessions: Workload = {
  ...shared,
  id: "concurrency.sessions-16",
  title: "short queries of 16 sessions that share the caches of files",
  contestants: ["deltafuse", "duckdb"],
  setup: async (engine, context) => {
    const { sessionGroup } = await import("../contestants/deltafuse-sessions.ts");
    const group = context.contestant === "deltafuse" ? await sessionGroup(context, "groups", "shared") : null;
    const all = await clientsOf(16, () => group?.client() ?? engine.client());
    return {
      run: () => timedQueries(all, context.suite),
      close: async () => {
        for (const client of all) await client.close();
        await group?.close();
      },
    };
  },
  counters: async (_engine, context) => {
    const { sharingCounters } = await import("../contestants/deltafuse-sessions.ts");
    return sharingCounters(context, "groups", shortQuery(1));
  },
  ceilings: sixteen,
};

const heavyAndShort: Workload = {
  ...shared,
  id: "concurrency.heavy-and-short",
  title: "short queries of 4 clients beside a heavy one",
  setup: (engine, { suite }) =>
    Promise.resolve({
      run: () =>
        withClients(engine, 5, async ([heavy, ...others]) => {
          const [long, short] = await Promise.all([heavy?.query(longSql), shareOut(others, queryCounts[suite] / 4)]);
          return { answer: [`${long?.rows ?? 0} rows, ${short.rows} rows`], metrics: latencies(short.times) };
        }),
    }),
  ceilings: ["clients.lag"],
};

/** Reads a file again and again until the work is done; how long that took each time, in ms. */
async function readingDuring(path: string, work: Promise<unknown>): Promise<readonly number[]> {
  const times: number[] = [];
  const state = { isDone: false };
  const done = work.finally(() => {
    state.isDone = true;
  });
  while (!state.isDone || times.length === 0) {
    const began = performance.now();
    await readFile(path);
    times.push(performance.now() - began);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await done;
  return times;
}

const readFileBeside: Workload = {
  ...shared,
  id: "concurrency.read-file",
  title: "fs.readFile beside 8 long queries",
  setup: async (engine, { scratch }) => {
    const path = join(scratch, "read-me.bin");
    await writeFile(path, Buffer.alloc(4096));
    return {
      run: () =>
        withClients(engine, 8, async (all) => {
          const long = Promise.all(all.map((client) => client.query(longSql)));
          const times = await readingDuring(path, long);
          const rows = (await long).map((ran) => ran.rows);
          return { answer: [rows.join(" ")], metrics: latencies(times) };
        }),
    };
  },
  ceilings: ["read-file.p99", "clients.lag"],
};

/** Several users of one engine at the same time. */
export const concurrencyWorkloads: readonly Workload[] = [
  ...[1, 4, 16, 64].map(clients),
  sessions,
  heavyAndShort,
  readFileBeside,
];
