import { existsSync } from "node:fs";

/** A program of this repository that is written in Rust. */
export type ProgramName = "deltafuse-floor" | "deltafuse-tpch-data";

/** Variables with the paths of the programs; the commands of the repository set them. */
const variables: Readonly<Record<ProgramName, string>> = {
  "deltafuse-floor": "BENCHMARK_FLOOR",
  "deltafuse-tpch-data": "BENCHMARK_TPCH_DATA",
};

/** Builds the programs that are missing and prints their paths. */
export const buildCommand = "node tools/native-floor.mjs";

/** A program that is not there. */
export class MissingProgramError extends Error {
  readonly program: ProgramName;

  constructor(program: ProgramName) {
    super(`There is no ${program}. Build it with: ${buildCommand}, and set ${variables[program]} to its path.`);
    this.program = program;
  }
}

/** Path of a program; null when it is not there. */
export function findProgram(name: ProgramName, env: NodeJS.ProcessEnv = process.env): string | null {
  const path = env[variables[name]];
  return path !== undefined && existsSync(path) ? path : null;
}

/** Path of a program. Throws {@link MissingProgramError}. */
export function programPath(name: ProgramName): string {
  const path = findProgram(name);
  if (path === null) throw new MissingProgramError(name);
  return path;
}
