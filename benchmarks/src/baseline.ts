import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { blindCast } from "@deltafuse/config/casts";
import type { SettingsSnapshot } from "@deltafuse/session-core/session-runtime";
import { parseAnswer } from "./answers.ts";
import type { Ceiling } from "./ceiling.ts";
import type { CountersByWorkload } from "./counters.ts";
import type { Digest, DigestCells } from "./digest.ts";
import type { RatioBaseline } from "./gate.ts";

/** A committed digest. */
export type KnownDigest = Pick<Digest, "rows" | "sha256">;

/** Digests by id of the workload, then by key of its data. */
export type KnownDigests = Readonly<Record<string, Readonly<Record<string, KnownDigest>>>>;

/** What is committed and what a run is compared with. */
export interface Baselines {
  readonly ceilings: readonly Ceiling[];
  readonly counters: CountersByWorkload;
  readonly digests: KnownDigests;
  /** By id of the workload. */
  readonly plans: Readonly<Record<string, string>>;
  /** Of this class of machines; empty without any. */
  readonly ratios: Readonly<Record<string, RatioBaseline>>;
  /** Of this class of machines; null without any. */
  readonly settings: SettingsSnapshot | null;
}

function readJson<T>(path: string, otherwise: T): T {
  return existsSync(path) ? blindCast<T, "bench:update wrote it">(JSON.parse(readFileSync(path, "utf8"))) : otherwise;
}

function readPlans(folder: string): Readonly<Record<string, string>> {
  if (!existsSync(folder)) return {};
  const files = readdirSync(folder).filter((name) => name.endsWith(".txt"));
  return Object.fromEntries(
    files.map((name) => [name.slice(0, -".txt".length), readFileSync(join(folder, name), "utf8")]),
  );
}

/** Reads `baselines/`; what is missing is empty. */
export function readBaselines(folder: string, machineClass: string): Baselines {
  return {
    ceilings: readJson(join(folder, "ceilings.json"), []),
    counters: readJson(join(folder, "counters.json"), {}),
    digests: readJson(join(folder, "digests.json"), {}),
    plans: readPlans(join(folder, "plans")),
    ratios: readJson(join(folder, machineClass, "ratios.json"), {}),
    settings: readJson<SettingsSnapshot | null>(join(folder, machineClass, "settings.json"), null),
  };
}

/** The official answer to a query of TPC-H at scale factor 1; null when it is not there. */
export function readAnswer(folder: string, workload: string): DigestCells | null {
  const path = join(folder, "answers", "tpch-sf1", `${workload.replace(/^tpch\./, "")}.csv`);
  return workload.startsWith("tpch.") && existsSync(path) ? parseAnswer(readFileSync(path, "utf8")) : null;
}

/** JSON with sorted keys and a line break at its end, as it is committed. */
export function sortedJson(value: object): string {
  const sorted = (_key: string, member: unknown): unknown =>
    typeof member === "object" && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).toSorted(([left], [right]) => (left < right ? -1 : 1)))
      : member;
  return `${JSON.stringify(value, sorted, 2)}\n`;
}

/** Writes one file of `baselines/`. */
export async function writeBaseline(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

/** Removes a plan whose workload has none any more. */
export async function removePlan(folder: string, workload: string): Promise<void> {
  await rm(join(folder, "plans", `${workload}.txt`), { force: true });
}
