import { availableParallelism } from "node:os";
import type { EngineSettings } from "./contestant.ts";

/** What every contestant may use. */
export interface Limits {
  readonly threads: number;
  /** Partitions of a plan, or threads where an engine knows only these. */
  readonly partitions: number;
  /** Whole GiB. */
  readonly memoryGiB: number;
}

const mostThreads = 4;

/** At most four threads, fewer on a smaller machine, and 4 GiB. */
export function sharedLimits(): Limits {
  const threads = Math.min(mostThreads, availableParallelism());
  return { threads, partitions: threads, memoryGiB: 4 };
}

const bytesPer: ReadonlyMap<string, number> = new Map([
  ["", 1],
  ["K", 2 ** 10],
  ["M", 2 ** 20],
  ["G", 2 ** 30],
]);

/** A size in the words of an engine: `4294967296`, `4G`, `4.0 GiB`. */
function bytesOf(text: string): number {
  const [, amount = "", unit = ""] = /^([\d.]+) ?([KMG]?)(?:iB)?$/.exec(text) ?? [];
  return Number.parseFloat(amount) * (bytesPer.get(unit) ?? Number.NaN);
}

/** Settings by which an engine tells its limits, and whether a value is what was asked for. */
const limitSettings: Readonly<Record<string, (value: string, limits: Limits) => boolean>> = {
  threads: (value, { threads }) => value === String(threads),
  "execution.target_partitions": (value, { partitions }) => value === String(partitions),
  "runtime.memory_limit": (value, { memoryGiB }) => bytesOf(value) === memoryGiB * 2 ** 30,
  memory_limit: (value, { memoryGiB }) => bytesOf(value) === memoryGiB * 2 ** 30,
};

/** What an engine tells that is not as it was asked for, in a sentence; null where nothing is. All engines tell their threads. */
export function limitDifference(settings: EngineSettings, limits: Limits): string | null {
  const told = { threads: "none", ...settings };
  const different = Object.entries(told).filter(([name, value]) => limitSettings[name]?.(value, limits) === false);
  if (different.length === 0) return null;
  const { threads, partitions, memoryGiB } = limits;
  const found = different.map(([name, value]) => `${name} ${value}`).join(", ");
  return `It has ${found}, and was given ${threads} threads, ${partitions} partitions and ${memoryGiB} GiB.`;
}
