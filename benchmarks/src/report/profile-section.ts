import type { NativeProfile } from "../ceiling.ts";
import { geometricMean, median } from "../statistics.ts";
import { escaped, figureOf, section, table } from "./markup.ts";
import type { MeasuredRun } from "./measured-run.ts";

/** Median times of DeltaFuse by id of the workload. */
function timesOf({ samples }: MeasuredRun): ReadonlyMap<string, number> {
  const times = new Map<string, number[]>();
  for (const { entrant, workload, metrics } of samples) {
    const value = metrics["ms"];
    if (entrant === "deltafuse" && value !== undefined) times.set(workload, [...(times.get(workload) ?? []), value]);
  }
  return new Map([...times].map(([workload, values]) => [workload, median(values)]));
}

/** The extension as it is published against that of a clone, in the newest run of each; empty without both. */
export function profileSection(runs: readonly MeasuredRun[]): string {
  const newest = (profile: NativeProfile): MeasuredRun | undefined =>
    runs.findLast(({ call }) => call.profile === profile);
  const [release, published] = [newest("release"), newest("published")];
  if (release === undefined || published === undefined) return "";
  const before = timesOf(release);
  const pairs = [...timesOf(published)].flatMap(([id, value]) => {
    const other = before.get(id);
    return other === undefined ? [] : [{ id, value, other, ratio: value / other }];
  });
  if (pairs.length === 0) return "";
  const mean = figureOf(geometricMean(pairs.map(({ ratio }) => ratio)));
  const rows = pairs.map(({ id, value, other, ratio }) => [id, ...[other, value, ratio].map(figureOf)]);
  return section("Published and release", [
    `<p>${escaped(`DeltaFuse as it is published takes ${mean} times as long as built for a clone, the geometric mean of ${pairs.length} workloads
in ${published.name} and ${release.name}. The two runs had the machine at different times.`)}</p>`,
    table("Median times of DeltaFuse in ms", ["workload", "release", "published", "published / release"], rows),
  ]);
}
