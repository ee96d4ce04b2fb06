import { join } from "node:path";
import { repositoryFolder } from "../place.ts";
import type { Counters, Workload } from "../workload.ts";
import { outsideGate } from "./query-workload.ts";

/** Programs that say what the types of frames and of rows are. */
const programs = ["frame-types", "typed-rows"] as const;

/** Types that the compiler makes for each of the programs. */
async function typesOf(): Promise<Counters> {
  const { instantiationsOf } = await import("../type-cost.ts");
  const folder = join(repositoryFolder, "packages", "session-core", "test");
  const made = await instantiationsOf(programs.map((name) => join(folder, `${name}.test-d.ts`)));
  return Object.fromEntries(programs.map((name, at) => [name, made[at] ?? Number.NaN]));
}

/** What the compiler of a program has to do for the types of the public packages. */
export const typeSurfaceWorkloads: readonly Workload[] = [
  {
    id: "types.surface",
    family: "types",
    title: "TypeScript checks the programs that say what the types are",
    suites: outsideGate,
    contestants: ["deltafuse"],
    data: [],
    alone: false,
    watch: [],
    repetition: { warmUps: 0, longWarmUps: 0, leastRuns: 1, longRuns: 1, mostRuns: 1 },
    setup: () => Promise.resolve({ run: async () => ({ answer: [JSON.stringify(await typesOf())] }) }),
    digest: null,
    counters: typesOf,
    plan: null,
    ceilings: [],
  },
];
