import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { blindCast } from "@deltafuse/config/casts";
import type { Counters, Metrics, Workload, WorkloadContext } from "../workload.ts";
import { runProgram } from "./node-program.ts";
import { everySuite, outsideGate } from "./query-workload.ts";

/** Starts a contestant in a fresh process, and Node alone in another. */
async function start({ contestant, tables, limits }: WorkloadContext): Promise<Metrics> {
  const bare = await runProgram("bare-start", null);
  const path = tables["groups"]?.path ?? "";
  const cold = await runProgram("cold-start", { contestant, path, limits });
  return { ...cold, bareMs: bare["ms"] ?? Number.NaN };
}

/** Modules of apache-arrow that are loaded on the way to a first result, which are none. */
async function loadedModules({ contestant, tables, limits, scratch }: WorkloadContext): Promise<Counters> {
  const folder = join(scratch, "coverage");
  const task = { contestant, path: tables["groups"]?.path ?? "", limits };
  await runProgram("cold-start", task, { env: { NODE_V8_COVERAGE: folder } });
  const reports = await Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name), "utf8")));
  const scripts = reports.flatMap((text) => {
    const { result } = blindCast<CoverageReport, "Node wrote it">(JSON.parse(text));
    return result.map(({ url }) => url);
  });
  return { arrowModules: new Set(scripts.filter((url) => /apache-arrow/.test(url))).size };
}

interface CoverageReport {
  readonly result: readonly { readonly url: string }[];
}

const shared = {
  family: "cold",
  suites: everySuite,
  contestants: ["deltafuse", "duckdb", "polars"],
  data: [{ set: "wide", scale: { smoke: 20_000, gate: 2_000_000, full: 10_000_000 } }],
  alone: false,
  watch: [],
  digest: null,
  plan: null,
} as const satisfies Partial<Workload>;

/** What it takes from the start of a process. */
export const coldWorkloads: readonly Workload[] = [
  {
    ...shared,
    id: "cold.import",
    title: "from the start of the process to the end of the imports",
    setup: (_engine, context) =>
      Promise.resolve({
        run: async () => {
          const metrics = await start(context);
          return { answer: ["started"], metrics: { ...metrics, ms: metrics["importMs"] ?? Number.NaN } };
        },
      }),
    counters: null,
    ceilings: ["cold.import"],
  },
  {
    ...shared,
    id: "cold.first-result",
    title: "from the start of the process to the first result from Parquet",
    setup: (_engine, context) =>
      Promise.resolve({ run: async () => ({ answer: ["started"], metrics: await start(context) }) }),
    counters: (_engine, context) => loadedModules(context),
    ceilings: ["cold.first-result", "cold.duckdb"],
  },
  {
    ...shared,
    id: "cold.open-again",
    title: "one more session after the first result of the process",
    suites: outsideGate,
    setup: (_engine, context) =>
      Promise.resolve({
        run: async () => {
          const metrics = await start(context);
          return { answer: ["started"], metrics: { ...metrics, ms: metrics["openAgainMs"] ?? Number.NaN } };
        },
      }),
    counters: null,
    ceilings: ["small.open"],
  },
];
