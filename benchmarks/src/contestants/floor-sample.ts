import type { Ran } from "../contestant.ts";
import type { FloorAnswer, FloorSample } from "./floor-process.ts";

/** The sample of a job that ran once. */
export function sampleOf({ samples = [] }: FloorAnswer): FloorSample {
  const [sample] = samples;
  if (sample === undefined) throw new Error("The floor has no sample.");
  return sample;
}

/** What such a job measured. */
export function ranOf(answer: FloorAnswer): Ran {
  const { wallNs, cpuNs, rows } = sampleOf(answer);
  const { peakRssBytes } = answer;
  const memory = typeof peakRssBytes === "number" ? { peakRssMiB: peakRssBytes / 2 ** 20 } : {};
  return { rows, metrics: { ms: wallNs / 1e6, cpuMs: cpuNs / 1e6, ...memory } };
}
