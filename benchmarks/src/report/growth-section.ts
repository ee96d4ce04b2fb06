import { median } from "../statistics.ts";
import { section } from "./markup.ts";
import type { MeasuredRun } from "./measured-run.ts";
import { barPlot, type BarRow, growthPlot, type GrowthRow } from "./plots.ts";

/** Something that grows, as the beginning of the ids of its workloads; the number at their end is its size. */
interface Growth {
  readonly prefix: string;
  readonly title: string;
  readonly sizeLabel: string;
}

const growths: readonly Growth[] = [
  { prefix: "growth.columns-", title: "rows out as columns", sizeLabel: "rows" },
  { prefix: "growth.rows-", title: "rows out as objects", sizeLabel: "rows" },
  { prefix: "concurrency.clients-", title: "short queries of many clients", sizeLabel: "clients" },
  { prefix: "growth.delta-files-", title: "a Delta table of many files", sizeLabel: "files" },
  { prefix: "growth.delta-commits-", title: "opening a Delta table of many commits", sizeLabel: "commits" },
  { prefix: "growth.partitions-", title: "join and group by", sizeLabel: "partitions" },
];

const measures = [
  { metric: "ms", title: "time", label: "ms" },
  { metric: "peakRssMiB", title: "peak memory", label: "MiB resident" },
] as const;

/** Median of a metric of each entrant over the workloads that a function takes, with what it takes them for. */
function medianRows<T>(
  run: MeasuredRun,
  metric: string,
  keyOf: (workload: string) => T | null,
): readonly { readonly key: T; readonly entrant: string; readonly value: number }[] {
  const groups = new Map<string, { readonly key: T; readonly entrant: string; readonly values: number[] }>();
  for (const { workload, entrant, metrics } of run.samples) {
    const value = metrics[metric];
    const key = keyOf(workload);
    if (value === undefined || key === null) continue;
    const id = `${workload} ${entrant}`;
    const group = groups.get(id) ?? { key, entrant, values: [] };
    group.values.push(value);
    groups.set(id, group);
  }
  return [...groups.values()].map(({ key, entrant, values }) => ({ key, entrant, value: median(values) }));
}

/** Of what grows by its clients, whose queries are timed one by one. */
const queryMeasures = [
  ...measures,
  { metric: "p50Ms", title: "median query", label: "ms" },
  { metric: "p99Ms", title: "slowest query of a hundred", label: "ms" },
] as const;

function sizeOf(workload: string, prefix: string): number | null {
  const size = workload.startsWith(prefix) ? Number(workload.slice(prefix.length)) : Number.NaN;
  return Number.isFinite(size) ? size : null;
}

function growthPlots(run: MeasuredRun, { prefix, title, sizeLabel }: Growth): readonly string[] {
  return queryMeasures.flatMap(({ metric, title: what, label }) => {
    const found = medianRows(run, metric, (workload) => sizeOf(workload, prefix));
    const rows: readonly GrowthRow[] = found.map(({ key, ...row }) => ({ ...row, size: key }));
    if (new Set(rows.map(({ size }) => size)).size < 2) return [];
    return [growthPlot({ title: `${title}: ${what}`, label, scale: "log", sizeLabel }, rows)];
  });
}

const scales: Readonly<Record<string, string>> = { tpch: "SF 1", "tpch-sf10": "SF 10" };

function queryOf(workload: string): string | null {
  const [, family = "", query] = /^(tpch|tpch-sf10)\.(q\d+)$/.exec(workload) ?? [];
  return query === undefined ? null : `${query}, ${scales[family] ?? family}`;
}

/** Both scale factors, query by query; nothing where a run has only one of them. */
function scalePlots(run: MeasuredRun): readonly string[] {
  if (!run.samples.some(({ workload }) => workload.startsWith("tpch-sf10."))) return [];
  const place = (name: string): number => Number(/\d+/.exec(name)?.[0]) * 100 + (name.endsWith("SF 10") ? 1 : 0);
  return measures.flatMap(({ metric, title, label }) => {
    const found = medianRows(run, metric, queryOf);
    const rows: readonly BarRow[] = found
      .map(({ key, ...row }) => ({ ...row, name: key }))
      .toSorted((left, right) => place(left.name) - place(right.name));
    const head = { title: `TPC-H under 4 GiB, both scale factors: ${title}`, label, scale: "linear" } as const;
    return rows.length === 0 ? [] : [barPlot(head, rows)];
  });
}

/** How time and memory follow what grows; empty for a run without such workloads. */
export function growthSection(run: MeasuredRun): string {
  const plots = [...scalePlots(run), ...growths.flatMap((growth) => growthPlots(run, growth))];
  const intro = `<p>One thing grows, all else stays the same. Both axes are logarithmic: a straight line of slope one is cost in
proportion to the work, a flat one is cost that does not grow.</p>`;
  return section("Cost that grows with the work", plots.length === 0 ? [] : [intro, ...plots]);
}
