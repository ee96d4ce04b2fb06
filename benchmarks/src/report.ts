import type { EngineSettings } from "./contestant.ts";
import type { WorkloadRounds } from "./runner.ts";
import type { Both, Finding } from "./summary.ts";
import type { Wanted } from "./workload.ts";

/** Longest pause of the event loop that is wanted while a result streams, in ms. */
const wantedLagMs = 10;

interface Line {
  readonly what: string;
  readonly deltafuse: string;
  readonly duckdb: string;
  readonly ratio: string;
  readonly wanted: string;
  readonly verdict: string;
}

const heading: Line = {
  what: "workload",
  deltafuse: "DeltaFuse",
  duckdb: "DuckDB",
  ratio: "ratio",
  wanted: "wanted",
  verdict: "",
};

function digits(value: number): string {
  if (!Number.isFinite(value)) return "-";
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

const verdict = (reached: boolean): string => (reached ? "reached" : "missed");

function ratioOf(speed: number, wanted: Wanted): Pick<Line, "ratio" | "wanted" | "verdict"> {
  if (wanted.kind === "speed") {
    const reached = verdict(speed >= wanted.atLeast);
    return { ratio: `${digits(speed)} x as fast`, wanted: `>= ${wanted.atLeast} x`, verdict: reached };
  }
  const reached = verdict(1 / speed <= wanted.atMost);
  return { ratio: `${digits(1 / speed)} x the time`, wanted: `<= ${wanted.atMost} x`, verdict: reached };
}

function pauses(what: string, { deltafuse, duckdb }: Both<number>): Line {
  return {
    what,
    deltafuse: `${digits(deltafuse)} ms`,
    duckdb: `${digits(duckdb)} ms`,
    ratio: "",
    wanted: "",
    verdict: "",
  };
}

function lines(finding: Finding): readonly Line[] {
  const { title, rows, medianMs, lagMs, ownLagMs } = finding;
  const amount = (ms: number): string => (rows === null ? `${digits(ms)} ms` : `${digits(rows / ms / 1000)} M rows/s`);
  const main: Line = {
    what: title,
    deltafuse: amount(medianMs.deltafuse),
    duckdb: amount(medianMs.duckdb),
    ...ratioOf(finding.speed, finding.wanted),
  };
  if (lagMs === null) return [main];
  const wanted = { wanted: `<= ${wantedLagMs} ms`, verdict: verdict(lagMs.deltafuse <= wantedLagMs) };
  const lag = { ...pauses("  longest pause of the event loop", lagMs), ...wanted };
  return ownLagMs === null ? [main, lag] : [main, lag, pauses("  without waits for a processor", ownLagMs)];
}

const columns = ["what", "deltafuse", "duckdb", "ratio", "wanted", "verdict"] as const;

/** Draws what was found as a table of text: medians, their ratio, and what is wanted of it. */
export function renderReport(findings: readonly Finding[]): string {
  const table = [heading, ...findings.flatMap(lines)];
  const widths = columns.map((column) => Math.max(...table.map((line) => line[column].length)));
  const drawn = table.map((line) =>
    columns
      .map((column, index) => {
        const width = widths[index] ?? 0;
        return column === "what" || column === "verdict" ? line[column].padEnd(width) : line[column].padStart(width);
      })
      .join("  ")
      .trimEnd(),
  );
  const rule = "-".repeat(Math.max(...drawn.map((line) => line.length)));
  return [drawn[0], rule, ...drawn.slice(1)].join("\n");
}

/** What each contestant ran with, a line each. */
export function renderSettings(results: readonly WorkloadRounds[]): string {
  const [round] = results.flatMap(({ rounds }) => rounds);
  if (round === undefined) return "";
  const text = (settings: EngineSettings): string =>
    Object.entries(settings)
      .map(([name, value]) => `${name} ${value}`)
      .join(", ");
  return [
    `${heading.deltafuse} ran with ${text(round.deltafuse.settings)}.`,
    `${heading.duckdb} ran with ${text(round.duckdb.settings)}.`,
  ].join("\n");
}
