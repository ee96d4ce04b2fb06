import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { blindCast } from "@deltafuse/config/casts";
import type { Metrics } from "../workload.ts";

/** Name of a module of `programs/`, which is run by a process of its own. */
export type NodeProgram = "bare-start" | "cold-start" | "memory-use";

/** As this module: TypeScript where sources are run, JavaScript where they are compiled. */
const ending = import.meta.url.endsWith(".ts") ? "ts" : "js";

/** How a program is run. */
export interface ProgramOptions {
  /** Of Node, beside those of this process. */
  readonly flags?: readonly string[];
  /** Variables, beside those of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a program with a task as its argument; the last line that it prints is what it measured. */
export async function runProgram(program: NodeProgram, task: unknown, options: ProgramOptions = {}): Promise<Metrics> {
  const { flags = [], env = {} } = options;
  const path = fileURLToPath(new URL(`../programs/${program}.${ending}`, import.meta.url));
  const arguments_ = [...process.execArgv, ...flags, path, JSON.stringify(task)];
  const { stdout } = await promisify(execFile)(process.execPath, arguments_, {
    maxBuffer: 2 ** 26,
    env: { ...process.env, ...env },
  });
  return blindCast<Metrics, "the program wrote it">(JSON.parse(stdout.trim().split("\n").at(-1) ?? "{}"));
}
