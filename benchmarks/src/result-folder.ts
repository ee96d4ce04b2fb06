import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { sortedJson } from "./baseline.ts";
import type { BenchmarkResult } from "./benchmark.ts";
import type { SessionArtifact } from "./contestant.ts";
import type { ByEntrant } from "./entrant.ts";
import type { MachineFacts, Versions } from "./machine.ts";
import type { RoundRecord } from "./round.ts";
import type { VerdictEntry } from "./verdict-list.ts";

/** What a run leaves behind. */
export interface StoredRun {
  readonly result: BenchmarkResult;
  readonly entries: readonly VerdictEntry[];
  readonly machine: MachineFacts;
  readonly versions: Versions;
  /** How it was called. */
  readonly call: Readonly<Record<string, unknown>>;
}

/** One line per iteration, per process that has none, and per repeated round. */
function sampleLines(records: readonly RoundRecord[]): string {
  const lines = records.flatMap(({ processes, calibrations, ...at }) => {
    const about = { group: at.group, round: at.round, attempt: at.attempt, disturbance: at.disturbance };
    const runs = Object.entries(processes).flatMap(([entrant, { outcomes, maxRssMiB, noise, wallMs }]) => [
      { ...about, entrant, order: at.order.indexOf(entrant), maxRssMiB, noise: noise.length, wallMs },
      ...[...outcomes].flatMap(([workload, outcome]): readonly object[] =>
        outcome.kind === "measured"
          ? outcome.samples.map((metrics, iteration) => ({ ...about, entrant, workload, iteration, metrics }))
          : [{ ...about, entrant, workload, ...outcome }],
      ),
    ]);
    return [{ ...about, calibrations }, ...runs];
  });
  return lines.map((line) => `${JSON.stringify(line)}\n`).join("");
}

/** What DeltaFuse ran with when it was measured; null when it did not run. */
export function measuredSession(records: readonly RoundRecord[]): SessionArtifact | null {
  return records.flatMap(({ processes }) => processes["deltafuse"]?.session ?? [])[0] ?? null;
}

function settingsOf(records: readonly RoundRecord[]): ByEntrant<unknown> {
  const pairs = records.flatMap(({ processes }) =>
    Object.entries(processes).flatMap(([name, { settings }]) => (settings === null ? [] : [[name, settings] as const])),
  );
  return Object.fromEntries(pairs.toReversed());
}

/** Writes everything that reproduces a run into a folder, which is made. */
export async function writeRun(folder: string, run: StoredRun): Promise<void> {
  const { result, entries, machine, versions, call } = run;
  const { records, facts, judgements, correctness, digests, noisy, outOfTime } = result;
  const session = measuredSession(records) ?? facts.session;
  const outcome = {
    call,
    entries,
    judgements,
    correctness: Object.fromEntries(correctness),
    repeatedRounds: records.filter(({ disturbance }) => disturbance !== null).length,
    noisy: [...noisy],
    outOfTime: [...outOfTime],
    engines: settingsOf(records),
  };
  await mkdir(join(folder, "plans"), { recursive: true });
  const files: readonly (readonly [name: string, text: string])[] = [
    ["run.json", sortedJson(outcome)],
    ["samples.jsonl", sampleLines(records)],
    ["counters.json", sortedJson(facts.counters)],
    ["digests.json", sortedJson(digests)],
    ["settings.json", sortedJson(session?.settings ?? {})],
    ["session.json", sortedJson(session?.identity ?? {})],
    ["versions.json", sortedJson(versions)],
    ["machine.json", sortedJson(machine)],
    ...Object.entries(facts.plans).map(([id, text]) => [join("plans", `${id}.txt`), text] as const),
  ];
  for (const [name, text] of files) await writeFile(join(folder, name), text);
}
