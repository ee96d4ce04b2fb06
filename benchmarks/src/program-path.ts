import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** A program of this repository that is written in Rust. */
export type ProgramName = "deltafuse-floor" | "deltafuse-tpch-data";

/** Names the path of a program that lies elsewhere. */
const variables: Readonly<Record<ProgramName, string>> = {
  "deltafuse-floor": "DELTAFUSE_FLOOR",
  "deltafuse-tpch-data": "DELTAFUSE_TPCH_DATA",
};

/** Prints the paths of the programs and builds those that are missing. */
export const buildCommand = "node tools/native-floor.mjs";

/** A program that is not there. */
export class MissingProgramError extends Error {
  readonly program: ProgramName;

  constructor(program: ProgramName) {
    super(`There is no ${program}. Build it with: ${buildCommand}`);
    this.program = program;
  }
}

/** Path of a program: that of its variable, else where its build leaves it. Null when it is not there. */
export function findProgram(name: ProgramName, env: NodeJS.ProcessEnv = process.env): string | null {
  const given = env[variables[name]];
  if (given !== undefined) return existsSync(given) ? given : null;
  const built = fileURLToPath(new URL(`../../native/target/release/${name}`, import.meta.url));
  return existsSync(built) ? built : null;
}

/** Path of a program. Throws {@link MissingProgramError}. */
export function programPath(name: ProgramName): string {
  const path = findProgram(name);
  if (path === null) throw new MissingProgramError(name);
  return path;
}
