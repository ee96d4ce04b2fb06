import type { Ceiling } from "../ceiling.ts";
import type { Judgement } from "../judgement.ts";
import { median, quantile } from "../statistics.ts";
import type { Workload } from "../workload.ts";
import { figureOf, folded, section, table } from "./markup.ts";
import type { MeasuredRun } from "./measured-run.ts";
import { barPlot, type BarRow, intervalPlot, type PlotHead, stripPlot } from "./plots.ts";
import { rowsOf } from "./row-count.ts";

/** What the sections about workloads need to know beside the run. */
export interface ReportContext {
  readonly workloads: readonly Workload[];
  readonly ceilings: readonly Ceiling[];
}

/** Unit of a metric, from the end of its name. */
function unitOf(metric: string): string {
  return ["MiB", "MB", "Ms"].find((unit) => metric.endsWith(unit))?.replace("Ms", "ms") ?? metric;
}

const kindLabels: Readonly<Record<Judgement["kind"], (metric: string) => string>> = {
  ratio: (metric) => `${metric}, times the reference`,
  difference: (metric) => `${unitOf(metric)} above the reference`,
  absolute: (metric) => `${metric}, in ${unitOf(metric)}`,
};

function promisePlots(family: string, judgements: readonly Judgement[], ceilings: readonly Ceiling[]): string[] {
  const groups = new Map<string, { readonly head: PlotHead; readonly members: Judgement[] }>();
  for (const judgement of judgements) {
    if (judgement.estimate === null) continue;
    const metric = ceilings.find(({ id }) => id === judgement.ceiling)?.metric ?? "ms";
    const label = kindLabels[judgement.kind](metric);
    const scale = judgement.kind === "ratio" ? "log" : "linear";
    const group = groups.get(label) ?? { head: { title: `${family}: promises, ${label}`, label, scale }, members: [] };
    group.members.push(judgement);
    groups.set(label, group);
  }
  return [...groups.values()].map(({ head, members }) =>
    intervalPlot(
      head,
      members.flatMap(({ id, estimate, limit, must, aim, verdict }) =>
        estimate === null ? [] : [{ name: id, value: estimate.value, ...estimate.interval, limit, must, aim, verdict }],
      ),
    ),
  );
}

/** Promises for which somebody is missing, with the reason. */
function unjudgedTable(judgements: readonly Judgement[]): string {
  const rows = judgements.flatMap(({ id, verdict, reason }) => (reason === null ? [] : [[id, verdict, reason]]));
  return rows.length === 0 ? "" : table("Promises that could not be judged", ["promise", "verdict", "why"], rows);
}

function medians(run: MeasuredRun, ids: readonly string[], metric: string): readonly BarRow[] {
  return ids.flatMap((id) => {
    const own = run.samples.filter(({ workload, metrics }) => workload === id && metrics[metric] !== undefined);
    const entrants = [...new Set(own.map(({ entrant }) => entrant))];
    return entrants.map((entrant) => {
      const values = own.filter((one) => one.entrant === entrant).flatMap(({ metrics }) => metrics[metric] ?? []);
      return { name: id, entrant, value: median(values) };
    });
  });
}

function bars(head: PlotHead, rows: readonly BarRow[]): readonly string[] {
  return rows.length === 0 ? [] : [barPlot(head, rows)];
}

function rowTimes(run: MeasuredRun, workloads: readonly Workload[]): readonly BarRow[] {
  return workloads.flatMap((workload) => {
    const rows = rowsOf(workload, run.call);
    if (rows === null) return [];
    return medians(run, [workload.id], "ms").map((bar) => ({ ...bar, value: (bar.value * 1e6) / rows }));
  });
}

function strip(run: MeasuredRun, id: string): readonly string[] {
  const values = run.samples.flatMap(({ workload, entrant, metrics }) => {
    const value = metrics["ms"];
    return workload === id && value !== undefined ? [{ entrant, value }] : [];
  });
  if (values.length === 0) return [];
  const rows = [...new Set(values.map(({ entrant }) => entrant))].map((entrant) => {
    const own = values.filter((one) => one.entrant === entrant).map(({ value }) => value);
    const parts = [0, 0.25, 0.5, 0.75, 1].map((part) => figureOf(quantile(own, part)));
    return [entrant, String(own.length), ...parts];
  });
  const headings = ["", "iterations", "least", "quarter", "median", "three quarters", "most"];
  const summary = table(`${id}: ms`, headings, rows);
  return [stripPlot({ title: `${id}: every iteration`, label: "ms", scale: "linear" }, values, summary)];
}

function familySection(run: MeasuredRun, family: string, context: ReportContext): string {
  const ids = idsOf(run).filter((id) => familyOf(id, context) === family);
  const judgements = run.judgements.filter(({ workloads }) => ids.includes(workloads[0] ?? ""));
  const known = context.workloads.filter(({ id }) => ids.includes(id));
  const linear = "linear";
  return section(family, [
    ...promisePlots(family, judgements, context.ceilings),
    unjudgedTable(judgements),
    ...bars({ title: `${family}: time per row of its data`, label: "ns", scale: linear }, rowTimes(run, known)),
    ...bars({ title: `${family}: peak memory`, label: "MiB resident", scale: linear }, medians(run, ids, "peakRssMiB")),
    ...bars({ title: `${family}: longest event-loop lag`, label: "ms", scale: linear }, medians(run, ids, "lagMs")),
    folded(`Distributions of ${ids.length} workloads`, ids.flatMap((id) => strip(run, id)).join("\n")),
  ]);
}

function familyOf(id: string, { workloads }: ReportContext): string {
  return workloads.find((workload) => workload.id === id)?.family ?? id.replace(/\.[^.]*$/, "");
}

function idsOf(run: MeasuredRun): readonly string[] {
  return [...new Set([...run.samples, ...run.lacks].map(({ workload }) => workload))];
}

/** One part for each family of a run: promises, time per row, memory, lag, and every iteration. */
export function familySections(run: MeasuredRun, context: ReportContext): readonly string[] {
  const families = [...new Set(idsOf(run).map((id) => familyOf(id, context)))];
  return families.map((family) => familySection(run, family, context));
}
