import { parseArgs } from "node:util";
import type { NativeProfile } from "./ceiling.ts";
import { type ContestantName, contestantNames } from "./contestant.ts";
import type { Suite } from "./workload.ts";

/** What a run was asked for. */
export interface RunOptions {
  readonly command: "run" | "gate";
  readonly suite: Suite;
  /** A pattern with `*`, or the beginning of ids up to a point. */
  readonly filter: string;
  /** Null: all that the suite wants. */
  readonly peers: readonly ContestantName[] | null;
  readonly rounds: number;
  /** Scale factor of TPC-H; null for that of the suite. */
  readonly scale: number | null;
  /** Of the extension and the floor that take part; the commands of the repository build both. */
  readonly profile: NativeProfile;
}

/** What is measured again and committed. */
export interface UpdateOptions {
  readonly command: "update";
  readonly reason: string;
  readonly filter: string;
  /** `smoke`: counters, plans and digests of small data, no times; `gate`: these, digests of its data and ratios. */
  readonly suite: "smoke" | "gate";
}

/** What the program was asked for. */
export type Options =
  | RunOptions
  | UpdateOptions
  | { readonly command: "compare"; readonly base: string; readonly filter: string; readonly rounds: number }
  | { readonly command: "list"; readonly filter: string }
  /** Names or folders of runs; the newest one without any. */
  | { readonly command: "report"; readonly runs: readonly string[] };

/** How the program is called. */
export const usage = `npm run bench -- [--filter pattern] [--suite smoke|gate|full] [--peers duckdb,polars] [--rounds n] [--scale sf]
                     [--profile release|published]
       npm run bench:gate [-- --profile release|published]
       npm run bench:update -- --reason "why" [--filter pattern] [--suite smoke|gate]
       npm run bench:compare -- --base <git ref> [--filter pattern] [--rounds n]
       npm run bench:list [-- --filter pattern]
       npm run bench:report [-- run…]`;

const suites: readonly Suite[] = ["smoke", "gate", "full"];
const usualRounds = 7;
const mostRounds = 15;

/** Arguments that cannot be understood. */
export class UsageError extends Error {}

function suiteOf(text: string): Suite {
  const suite = suites.find((one) => one === text);
  if (suite === undefined) throw new UsageError(`There is no suite "${text}".`);
  return suite;
}

function roundsOf(text: string | undefined, otherwise: number): number {
  const rounds = Number(text ?? otherwise);
  if (!Number.isSafeInteger(rounds) || rounds < 1 || rounds > mostRounds) {
    throw new UsageError(`--rounds is a whole number from 1 to ${mostRounds}.`);
  }
  return rounds;
}

function scaleOf(text: string | undefined): number | null {
  if (text === undefined) return null;
  const scale = Number(text);
  if (!Number.isFinite(scale) || scale <= 0) throw new UsageError("--scale is a number above 0.");
  return scale;
}

function profileOf(text = "release"): NativeProfile {
  if (text !== "release" && text !== "published") throw new UsageError(`There is no profile "${text}".`);
  return text;
}

function peersOf(text: string | undefined): readonly ContestantName[] | null {
  if (text === undefined) return null;
  const names = text.split(",").filter((name) => name !== "");
  return names.map((name) => {
    const peer = contestantNames.find((one) => one === name);
    if (peer === undefined) throw new UsageError(`There is no contestant "${name}".`);
    return peer;
  });
}

const text = { type: "string" } as const;
type Values = Readonly<Record<string, string | undefined>>;

interface Parser {
  readonly options: Readonly<Record<string, typeof text>>;
  /** Whether there may be arguments without a name. */
  readonly allowPositionals?: true;
  readonly parse: (values: Values, positionals: readonly string[]) => Options;
}

const parsers: Readonly<Record<Options["command"], Parser>> = {
  run: {
    options: { filter: text, suite: text, peers: text, rounds: text, scale: text, profile: text },
    parse: (values) => {
      const suite = suiteOf(values["suite"] ?? "full");
      return {
        command: "run",
        suite,
        filter: values["filter"] ?? "",
        peers: peersOf(values["peers"]),
        rounds: roundsOf(values["rounds"], suite === "smoke" ? 1 : usualRounds),
        scale: scaleOf(values["scale"]),
        profile: profileOf(values["profile"]),
      };
    },
  },
  gate: {
    options: { profile: text },
    parse: ({ profile }) => ({
      command: "gate",
      suite: "gate",
      filter: "",
      peers: null,
      rounds: usualRounds,
      scale: null,
      profile: profileOf(profile),
    }),
  },
  update: {
    options: { filter: text, reason: text, suite: text },
    parse: ({ reason, filter = "", suite = "gate" }) => {
      if (reason === undefined || reason.trim() === "") throw new UsageError("--reason says why the baselines change.");
      if (suite !== "smoke" && suite !== "gate") throw new UsageError(`The suite "${suite}" has no baselines.`);
      return { command: "update", reason: reason.trim(), filter, suite };
    },
  },
  compare: {
    options: { base: text, filter: text, rounds: text },
    parse: ({ base, filter = "", rounds }) => {
      if (base === undefined) throw new UsageError("--base names a revision to compare with.");
      return { command: "compare", base, filter, rounds: roundsOf(rounds, usualRounds) };
    },
  },
  list: { options: { filter: text }, parse: ({ filter = "" }) => ({ command: "list", filter }) },
  report: { options: {}, allowPositionals: true, parse: (_values, runs) => ({ command: "report", runs }) },
};

/** Reads a command and its arguments. Throws {@link UsageError}. */
export function parseOptions([command = "run", ...args]: readonly string[]): Options {
  const found = Object.entries(parsers).find(([name]) => name === command)?.[1];
  if (found === undefined) throw new UsageError(`There is no command "${command}".`);
  const { options, allowPositionals = false, parse } = found;
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals });
    return parse(values, positionals);
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
