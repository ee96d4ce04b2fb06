import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

/** What a run was asked for. */
export interface Options {
  /** One run each: whether everything works, not how fast it is. */
  readonly quick: boolean;
  /** Rows of the table. */
  readonly rows: number;
  readonly rounds: number;
  /** Only workloads whose id contains it. */
  readonly filter: string;
  /** Absolute path of the folder of the data and the results. */
  readonly output: string;
}

/** How the program is called. */
export const usage = "npm run bench -- [--quick] [--rows n] [--rounds n] [--filter part-of-an-id] [--output folder]";

/** `output` in this package, beside the sources and above what they compile to. */
function defaultOutput(): string {
  return join(dirname(dirname(fileURLToPath(import.meta.url))), "output");
}

/** The number that was given, or what is used without one; null when it is not a whole number above 0. */
function count(text: string | undefined, otherwise: number): number | null {
  const value = Number(text ?? otherwise);
  return Number.isSafeInteger(value) && value > 0 ? value : null;
}

/** Reads the arguments of the program; null when they cannot be understood. Folders are relative to `folder`. */
export function parseOptions(args: readonly string[], folder: string): Options | null {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        quick: { type: "boolean", default: false },
        rows: { type: "string" },
        rounds: { type: "string" },
        filter: { type: "string", default: "" },
        output: { type: "string" },
      },
    });
    const { quick, filter, output } = values;
    const rows = count(values.rows, quick ? 200_000 : 10_000_000);
    const rounds = count(values.rounds, quick ? 1 : 5);
    if (rows === null || rounds === null) return null;
    return { quick, rows, rounds, filter, output: output === undefined ? defaultOutput() : resolve(folder, output) };
  } catch {
    return null;
  }
}
