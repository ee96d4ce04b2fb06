import type { Contestant, ContestantName } from "./contestant.ts";

const loaders: Readonly<Record<ContestantName, () => Promise<Contestant>>> = {
  deltafuse: async () => (await import("./contestants/deltafuse.ts")).deltafuse,
  floor: async () => (await import("./contestants/floor.ts")).floor,
  duckdb: async () => (await import("./contestants/duckdb.ts")).duckdb,
  polars: async () => (await import("./contestants/polars.ts")).polars,
};

/** Loads one contestant and nothing of the others. */
export function loadContestant(name: ContestantName): Promise<Contestant> {
  return loaders[name]();
}
