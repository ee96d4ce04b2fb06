import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { blindCast } from "@deltafuse/config/casts";
import type { SettingsSnapshot } from "@deltafuse/session-core/session-runtime";
import type { Correctness } from "../agreement.ts";
import type { NativeProfile } from "../ceiling.ts";
import type { ByEntrant } from "../entrant.ts";
import type { Judgement } from "../judgement.ts";
import type { MachineFacts, Versions } from "../machine.ts";
import type { VerdictEntry } from "../verdict-list.ts";
import type { Metrics, Suite } from "../workload.ts";

/** One iteration of a round that counts. */
export interface StoredSample {
  readonly round: number;
  readonly entrant: string;
  readonly workload: string;
  readonly metrics: Metrics;
}

/** Somebody who has no time, and why. */
export interface StoredLack {
  readonly entrant: string;
  readonly workload: string;
  readonly kind: string;
  readonly reason: string;
}

/** What `run.json` holds. */
export interface StoredOutcome {
  readonly call: { readonly suite: Suite; readonly scale?: number | null; readonly profile: NativeProfile };
  readonly entries: readonly VerdictEntry[];
  readonly judgements: readonly Judgement[];
  readonly correctness: Readonly<Record<string, ByEntrant<Correctness>>>;
  readonly repeatedRounds: number;
  readonly noisy: readonly string[];
  readonly outOfTime: readonly string[];
}

/** A run as it was stored. */
export interface MeasuredRun extends StoredOutcome {
  /** Of its folder: when, and what. */
  readonly name: string;
  /** Those of quiet rounds; of disturbed ones where a workload has no others. */
  readonly samples: readonly StoredSample[];
  /** Workloads whose samples are of disturbed rounds. */
  readonly disturbed: readonly string[];
  readonly lacks: readonly StoredLack[];
  readonly settings: SettingsSnapshot | null;
  readonly identity: Readonly<Record<string, string>>;
  readonly versions: Versions;
  readonly machine: MachineFacts;
  /** By id of the workload. */
  readonly plans: Readonly<Record<string, string>>;
}

interface SampleLine extends Partial<StoredSample> {
  readonly disturbance: string | null;
  readonly kind?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly afterMs?: number;
}

const readJson = (path: string): unknown => JSON.parse(readFileSync(path, "utf8"));

function readTexts(path: string): Readonly<Record<string, string>> {
  return blindCast<Readonly<Record<string, string>>, "a run wrote it">(readJson(path));
}

function readLines(path: string): readonly SampleLine[] {
  const lines = readFileSync(path, "utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => blindCast<SampleLine, "a run wrote it">(JSON.parse(line)));
}

const workloadsOf = (lines: readonly SampleLine[]): ReadonlySet<string | undefined> =>
  new Set(lines.map(({ workload }) => workload));

/** The lines of quiet rounds, and of disturbed ones those of workloads that have no others. */
function linesToTell(lines: readonly SampleLine[]): { readonly quiet: SampleLine[]; readonly disturbed: SampleLine[] } {
  const quiet = lines.filter(({ disturbance }) => disturbance === null);
  const known = workloadsOf(quiet);
  return { quiet, disturbed: lines.filter(({ workload }) => !known.has(workload)) };
}

function sampleOf({ round = 0, entrant, workload, metrics }: SampleLine): readonly StoredSample[] {
  if (entrant === undefined || workload === undefined || metrics === undefined) return [];
  return [{ round, entrant, workload, metrics }];
}

function lackOf({ entrant, workload, kind, reason, message, afterMs }: SampleLine): readonly StoredLack[] {
  if (entrant === undefined || workload === undefined || kind === undefined) return [];
  const silent = afterMs === undefined ? "" : `silent for ${afterMs / 1000} s`;
  return [{ entrant, workload, kind, reason: reason ?? message ?? silent }];
}

function distinct(lacks: readonly StoredLack[]): readonly StoredLack[] {
  return [...new Map(lacks.map((one) => [`${one.workload} ${one.entrant}`, one])).values()];
}

function readPlans(folder: string): MeasuredRun["plans"] {
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".txt")) : [];
  return Object.fromEntries(
    files.map((name) => [name.slice(0, -".txt".length), readFileSync(join(folder, name), "utf8")]),
  );
}

/** Whether a folder holds a run. */
export function isRun(folder: string): boolean {
  return existsSync(join(folder, "run.json"));
}

/** Reads what a run left in its folder. */
export function readMeasuredRun(folder: string): MeasuredRun {
  const { quiet, disturbed } = linesToTell(readLines(join(folder, "samples.jsonl")));
  const lines = [...quiet, ...disturbed];
  const settings = blindCast<Partial<SettingsSnapshot>, "a run wrote it">(readJson(join(folder, "settings.json")));
  return {
    ...blindCast<StoredOutcome, "a run wrote it">(readJson(join(folder, "run.json"))),
    name: basename(folder),
    samples: lines.flatMap(sampleOf),
    disturbed: [...workloadsOf(disturbed)].filter((workload) => workload !== undefined),
    lacks: distinct(lines.flatMap(lackOf)),
    settings:
      settings.entries === undefined ? null : blindCast<SettingsSnapshot, "complete when it has entries">(settings),
    identity: readTexts(join(folder, "session.json")),
    versions: readTexts(join(folder, "versions.json")),
    machine: blindCast<MachineFacts, "a run wrote it">(readJson(join(folder, "machine.json"))),
    plans: readPlans(join(folder, "plans")),
  };
}
