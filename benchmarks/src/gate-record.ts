import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { sortedJson } from "./baseline.ts";
import { type Verdict, worst } from "./gate.ts";
import type { NativeProfile } from "./ceiling.ts";
import type { MachineFacts } from "./machine.ts";
import type { VerdictEntry } from "./verdict-list.ts";
import type { Suite } from "./workload.ts";

/** What a release asks for. */
export interface GateRecord {
  readonly kind: "deltafuse.gate";
  readonly version: 1;
  /** Over the sources that were measured. */
  readonly sourceHash: string;
  readonly nativeBuildId: string;
  readonly suite: Suite;
  /** How the extension and the floor were built. */
  readonly profile: NativeProfile;
  readonly verdict: "green" | Verdict;
  readonly workloads: Readonly<
    Record<string, { readonly verdict: Verdict; readonly ratio: number | null; readonly limit: number | null }>
  >;
  /** ISO 8601. */
  readonly finishedAt: string;
  readonly machine: MachineFacts;
}

const greenVerdicts: readonly Verdict[] = ["pass", "improved", "unjudged"];

/** The record of a run that judged all of a suite. */
export function gateRecord(
  entries: readonly VerdictEntry[],
  about: Pick<GateRecord, "sourceHash" | "nativeBuildId" | "suite" | "profile" | "finishedAt" | "machine">,
): GateRecord {
  const verdict = worst(entries.map((entry) => entry.verdict));
  const workloads = entries.map(({ id, verdict: own, ratio, limit }) => [id, { verdict: own, ratio, limit }] as const);
  return {
    kind: "deltafuse.gate",
    version: 1,
    ...about,
    verdict: greenVerdicts.includes(verdict) ? "green" : verdict,
    workloads: Object.fromEntries(workloads),
  };
}

/** Writes it to `gate.json` of a folder. */
export async function writeGateRecord(folder: string, record: GateRecord): Promise<void> {
  await writeFile(join(folder, "gate.json"), sortedJson(record));
}

/** The hash over all tracked files but baselines, documents and changelogs, as `tools/source-hash.mjs` computes it. */
export function sourceHash(root: string): string {
  const output = execFileSync(process.execPath, [join(root, "tools", "source-hash.mjs")], { encoding: "utf8" });
  return output.trim();
}
