import { readFile, stat } from "node:fs/promises";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { UnsupportedError } from "../contestant.ts";
import type { Metrics, Workload } from "../workload.ts";
import { everySuite } from "./query-workload.ts";

const bytesPerMb = 1e6;

/** Native libraries of packages that are mapped into this process: those of the contestant. */
async function nativeLibraries(): Promise<readonly string[]> {
  let maps: string;
  try {
    maps = await readFile("/proc/self/maps", "utf8");
  } catch {
    throw new UnsupportedError("This system does not tell which libraries are loaded.");
  }
  const paths = maps.split("\n").flatMap((line) => /\s(\/.*\.(?:node|so))$/.exec(line)?.[1] ?? []);
  return [...new Set(paths)].filter((path) => path.endsWith(".node") || path.includes("node_modules"));
}

async function sizes(): Promise<Metrics> {
  let stripped = 0;
  let packed = 0;
  for (const path of await nativeLibraries()) {
    stripped += (await stat(path)).size;
    packed += (await promisify(gzip)(await readFile(path))).length;
  }
  return { strippedMB: stripped / bytesPerMb, gzipMB: packed / bytesPerMb };
}

/** The native libraries as their builds leave them, which is without symbols, and packed as a registry holds them. */
export const sizeWorkloads: readonly Workload[] = [
  {
    id: "size.native",
    family: "size",
    title: "native libraries, stripped and packed",
    suites: everySuite,
    contestants: ["deltafuse", "duckdb", "polars"],
    data: [],
    alone: true,
    watch: [],
    repetition: { warmUps: 0, longWarmUps: 0, leastRuns: 1, longRuns: 1, mostRuns: 1 },
    setup: () => Promise.resolve({ run: async () => ({ answer: ["measured"], metrics: await sizes() }) }),
    digest: null,
    counters: null,
    plan: null,
    ceilings: ["size.stripped", "size.gzip"],
  },
];
