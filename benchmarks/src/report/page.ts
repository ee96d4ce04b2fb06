import type { Baselines } from "../baseline.ts";
import type { Workload } from "../workload.ts";
import { familySections } from "./family-section.ts";
import { growthSection } from "./growth-section.ts";
import { historySection } from "./history-section.ts";
import { escaped, section, table } from "./markup.ts";
import type { MeasuredRun } from "./measured-run.ts";
import { planSection } from "./plan-section.ts";
import { profileSection } from "./profile-section.ts";
import { settingsSection } from "./settings-section.ts";
import { style } from "./style.ts";
import { readingSection, summarySection } from "./summary-section.ts";

/** What a report is made of. */
export interface ReportInput {
  /** The oldest first; the report is about the last one. At least one. */
  readonly runs: readonly [...(readonly MeasuredRun[]), MeasuredRun];
  readonly workloads: readonly Workload[];
  readonly baselines: Pick<Baselines, "ceilings" | "plans" | "settings">;
}

function comparedRows(
  runs: readonly MeasuredRun[],
  factsOf: (run: MeasuredRun) => Readonly<Record<string, string | number | null>>,
): readonly (readonly string[])[] {
  const keys = [...new Set(runs.flatMap((run) => Object.keys(factsOf(run))))];
  return keys.map((key) => [key, ...runs.map((run) => String(factsOf(run)[key] ?? "unknown"))]);
}

function machineSection(runs: readonly MeasuredRun[]): string {
  const names = runs.map(({ name }) => name);
  return section("Machine and versions", [
    table(
      "Where it was measured",
      ["", ...names],
      comparedRows(runs, ({ machine }) => ({ ...machine })),
    ),
    table(
      "What was measured",
      ["", ...names],
      comparedRows(runs, ({ versions, call }) => ({ profile: call.profile, ...versions })),
    ),
  ]);
}

/** The whole report as one HTML text, which needs no script and no network. */
export function reportPage({ runs, workloads, baselines }: ReportInput): string {
  const run = runs.at(-1) ?? runs[0];
  const previous = runs.at(-2) ?? null;
  const { plans, settings, ceilings } = baselines;
  const title = `DeltaFuse benchmarks: ${run.call.suite}, ${run.name}`;
  const parts = [
    summarySection(run),
    readingSection(),
    ...familySections(run, { workloads, ceilings }),
    growthSection(run),
    profileSection(runs),
    historySection(runs),
    planSection(run, { baseline: plans, previous }),
    settingsSection(run, { baseline: settings, previous }),
    machineSection(runs),
  ].filter((part) => part !== "");
  const links = parts.map((part) => {
    const [, id = "", heading = ""] = /^<section id="([^"]*)"><h2>(.*?)<\/h2>/.exec(part) ?? [];
    return `<a href="#${id}">${heading}</a>`;
  });
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>${escaped(title)}</title>
<style>${style}</style>
</head>
<body>
<header><h1>${escaped(title)}</h1>
<p>${escaped(`${run.machine.cpu}, ${run.machine.cores} cores, ${run.machine.memoryGiB} GiB, ${run.machine.class}`)}</p>
<nav aria-label="Parts">${links.join(" ")}</nav></header>
<main>
${parts.join("\n")}
</main>
</body>
</html>
`;
}
