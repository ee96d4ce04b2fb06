import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

/** What a run was asked for. */
export interface Options {
  /** 200 000 rows, one round, one run each: whether everything works, not how fast it is. */
  readonly quick: boolean;
  readonly rounds: number;
  /** Only workloads whose id contains it. */
  readonly filter: string;
  /** Absolute path of the folder of the data and the results. */
  readonly output: string;
}

/** How the program is called. */
export const usage = "npm run bench -- [--quick] [--rounds n] [--filter part-of-an-id] [--output folder]";

/** `output` in this package, beside the sources and above what they compile to. */
function defaultOutput(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  return join(basename(here) === "dist" ? dirname(here) : here, "output");
}

/** Reads the arguments of the program; null when they cannot be understood. Folders are relative to `folder`. */
export function parseOptions(args: readonly string[], folder: string): Options | null {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        quick: { type: "boolean", default: false },
        rounds: { type: "string" },
        filter: { type: "string", default: "" },
        output: { type: "string" },
      },
    });
    const { quick, filter, output } = values;
    const rounds = Number(values.rounds ?? (quick ? 1 : 5));
    if (!Number.isInteger(rounds) || rounds < 1) return null;
    return { quick, rounds, filter, output: output === undefined ? defaultOutput() : resolve(folder, output) };
  } catch {
    return null;
  }
}
