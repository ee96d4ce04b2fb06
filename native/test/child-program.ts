import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** How a program ended. */
export interface ProgramEnd {
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program of the folder `programs` to its end: it has to end by itself, without an error. */
export async function runProgram(name: string, ...args: readonly string[]): Promise<ProgramEnd> {
  const path = fileURLToPath(new URL(`programs/${name}.mjs`, import.meta.url));
  return promisify(execFile)(process.execPath, ["--expose-gc", path, ...args], { timeout: 100_000 });
}
