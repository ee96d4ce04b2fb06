import type { Judgement } from "../judgement.ts";
import { section } from "./markup.ts";
import type { MeasuredRun } from "./measured-run.ts";
import { historyPlot, type HistoryPoint } from "./plots.ts";

function pointsOf(runs: readonly MeasuredRun[], id: string): readonly HistoryPoint[] {
  return runs.flatMap(({ name, call, judgements }) => {
    const found = judgements.find((one) => one.id === id);
    if (found?.reason !== null || found.estimate === null) return [];
    const { value, interval } = found.estimate;
    return [
      { run: name.slice(0, "2000-01-01T00-00".length), profile: call.profile, value, ...interval, limit: found.limit },
    ];
  });
}

const labels: Readonly<Record<Judgement["kind"], string>> = {
  ratio: "times the reference",
  difference: "above the reference",
  absolute: "value",
};

/** Every promise from run to run, the oldest first; empty for a single run. */
export function historySection(runs: readonly MeasuredRun[]): string {
  const judgements = new Map(runs.flatMap((run) => run.judgements.map((one) => [one.id, one] as const)));
  const plots = [...judgements.values()].flatMap(({ id, kind }) => {
    const points = pointsOf(runs, id);
    return points.length < 2
      ? []
      : [historyPlot({ title: `${id}: from run to run`, label: labels[kind], scale: "linear" }, points)];
  });
  return section("History", plots);
}
