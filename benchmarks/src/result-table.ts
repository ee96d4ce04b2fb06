import type { BenchmarkResult } from "./benchmark.ts";
import { contestantNames } from "./contestant.ts";
import type { Judgement } from "./judgement.ts";
import { outcomesOf, valuesByRound } from "./series.ts";
import { median } from "./statistics.ts";
import type { VerdictEntry } from "./verdict-list.ts";
import type { Workload } from "./workload.ts";

function digits(value: number): string {
  if (!Number.isFinite(value)) return "-";
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

/** Lines of text with aligned columns and a rule below the heading. */
export function drawTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 || column === row.length - 1
          ? cell.padEnd(widths[column] ?? 0)
          : cell.padStart(widths[column] ?? 0),
      )
      .join("  ")
      .trimEnd(),
  );
  const rule = "-".repeat(Math.max(...lines.map((line) => line.length)));
  return [lines[0], rule, ...lines.slice(1)].join("\n");
}

function timeOf({ records, correctness }: BenchmarkResult, workload: string, entrant: string): string {
  const times = [...valuesByRound(records, { workload, entrant, metric: "ms" }).values()];
  if (times.length > 0) {
    return `${digits(median(times))} ms${correctness.get(workload)?.[entrant]?.kind === "wrong" ? " wrong" : ""}`;
  }
  const [outcome] = outcomesOf(records, { workload, entrant });
  return outcome === undefined || outcome.kind === "measured" ? "-" : outcome.kind;
}

/** Median times of everybody, workload by workload. */
export function renderTimes(result: BenchmarkResult, workloads: readonly Workload[]): string {
  const present = new Set(result.records.flatMap(({ processes }) => Object.keys(processes)));
  const names = [...contestantNames, "base"].filter((name) => present.has(name));
  const rows = workloads.map(({ id }) => [id, ...names.map((name) => timeOf(result, id, name))]);
  return drawTable([["workload", ...names], ...rows]);
}

function amount(value: number, kind: Judgement["kind"]): string {
  return kind === "ratio" ? `${digits(value)} x` : `${kind === "difference" && value > 0 ? "+" : ""}${digits(value)}`;
}

/** Every promise, what was found, and what is promised. */
export function renderJudgements(judgements: readonly Judgement[]): string {
  const rows = judgements.map(({ id, kind, estimate, must, aim, limit, verdict, reason }) => {
    const found = estimate === null ? "-" : amount(estimate.value, kind);
    const interval =
      estimate === null ? "" : `${amount(estimate.interval.lower, kind)} .. ${amount(estimate.interval.upper, kind)}`;
    const bounds = [must, limit].map((bound) => amount(bound, kind));
    const rounds = estimate === null ? "0" : String(estimate.rounds);
    const told = reason === null ? verdict : `${verdict}: ${reason}`;
    return [id, found, interval, ...bounds, aim === null ? "" : amount(aim, kind), rounds, told];
  });
  return drawTable([["promise", "found", "95 % interval", "must", "limit", "aim", "rounds", "verdict"], ...rows]);
}

const quiet = new Set(["pass", "unjudged", "improved"]);

/** What is not in order, and what an update of the baselines would take up. */
export function renderReasons(entries: readonly VerdictEntry[]): string {
  const told = entries.filter(
    ({ verdict, reasons }) => !quiet.has(verdict) || (verdict === "pass" && reasons.length > 0),
  );
  const better = entries.filter(({ verdict }) => verdict === "improved").map(({ id }) => id);
  const lines = told.flatMap(({ id, verdict, reasons }) => reasons.map((reason) => `${verdict}  ${id}  ${reason}`));
  return [...lines, ...better.map((id) => `improved  ${id}  update the baseline`)].join("\n");
}
