import { median } from "./statistics.ts";

/** What a machine could do at one moment. */
export interface Calibration {
  /** Reading memory with all threads, in GB/s: the best of three. */
  readonly bandwidth: number;
  /** SHA-256 of 64 MiB, in ms. */
  readonly sha256Ms: number;
  /** Pages that were swapped in or out since the machine started; 0 where the system does not tell. */
  readonly swappedPages: number;
}

/** Looks at the machine now. */
export type Calibrate = () => Promise<Calibration>;

const bandwidthTolerance = 0.07;
const shaTolerance = 0.15;

/** What is known about the machine from all calibrations of a run so far. */
export interface MachineHistory {
  readonly calibrations: readonly Calibration[];
}

/** Why a round between two calibrations does not count; null when it does. */
export function disturbanceOf(
  before: Calibration,
  after: Calibration,
  { calibrations }: MachineHistory,
): string | null {
  const best = Math.max(...calibrations.map(({ bandwidth }) => bandwidth));
  const lowest = Math.min(before.bandwidth, after.bandwidth);
  const highest = Math.max(before.bandwidth, after.bandwidth);
  if (lowest < best * (1 - bandwidthTolerance)) return `memory at ${percent(lowest / best)} of the best`;
  if (lowest < highest * (1 - bandwidthTolerance)) return `memory changed to ${percent(lowest / highest)}`;
  const usual = median(calibrations.map(({ sha256Ms }) => sha256Ms));
  const sha = [before.sha256Ms, after.sha256Ms].find((ms) => Math.abs(ms / usual - 1) > shaTolerance);
  if (sha !== undefined) return `SHA-256 took ${percent(sha / usual)} of the usual time`;
  return after.swappedPages > before.swappedPages ? "the machine swapped" : null;
}

const percent = (part: number): string => `${Math.round(part * 100)} %`;
