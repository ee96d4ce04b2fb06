import { worst } from "../gate.ts";
import { type Cell, escaped, figureOf, section, table, verdictMark } from "./markup.ts";
import type { MeasuredRun } from "./measured-run.ts";

const explanations: Readonly<Record<string, string>> = {
  pass: "kept",
  improved: "better than the baseline: update it",
  unjudged: "the reference is known not to do it",
  inconclusive: "the interval lies on both sides of the limit, the machine was too restless, or the reference failed",
  regression: "the whole interval is above the limit",
  changed: "a counter or a plan is not the committed one",
  failed: "DeltaFuse did not answer",
  wrong: "a result is not the right one",
};

/** What a reader has to know before the first number. */
export function readingSection(): string {
  const verdicts = Object.entries(explanations).map(
    ([verdict, text]) => `<dt><span class="verdict ${verdict}">${verdict}</span></dt><dd>${escaped(text)}</dd>`,
  );
  return section("How to read this", [
    `<p>Lower is better everywhere. A time is compared with what was measured in the same round on the same machine: the raw engine
(<b>floor</b>), a peer, or the memory. A dot is the median of the rounds, the line through it the 95 % bootstrap interval of that
median. The thick red tick is the promise (must), the dashed one the limit that holds (the promise, or a better baseline with its
slack), the green one what is aimed at and gates nothing. A red ring marks what is not kept. In the distributions each tick is one
iteration. Absolute times say something about this machine only.</p>`,
    `<dl class="verdicts">${verdicts.join("\n")}</dl>`,
  ]);
}

function peersOf({ correctness, lacks }: MeasuredRun, id: string): string {
  const wrong = Object.entries(correctness[id] ?? {}).flatMap(([entrant, found]) =>
    found.kind === "wrong" && entrant !== "deltafuse" ? [`${entrant}: wrong, ${found.why}`] : [],
  );
  const missing = lacks
    .filter(({ workload, entrant }) => workload === id && entrant !== "deltafuse")
    .map(({ entrant, kind, reason }) => `${entrant}: ${kind}, ${reason}`);
  return [...wrong, ...missing].join("; ");
}

/** Every workload and every promise over several with its verdict, what is not in order first. */
export function summarySection(run: MeasuredRun): string {
  const { entries, noisy, outOfTime, repeatedRounds, disturbed } = run;
  const order = Object.keys(explanations).toReversed();
  const sorted = entries.toSorted((left, right) => order.indexOf(left.verdict) - order.indexOf(right.verdict));
  const rows = sorted.map((entry): readonly Cell[] => {
    const { id, verdict, ratio, limit, reasons } = entry;
    return [id, verdictMark(verdict), figureOf(ratio), figureOf(limit), [...reasons].join("; "), peersOf(run, id)];
  });
  const overall = worst(entries.map(({ verdict }) => verdict));
  const notes = [
    `${repeatedRounds} rounds were repeated because the machine was restless.`,
    ...(noisy.length === 0 ? [] : [`Too restless to decide: ${noisy.join(", ")}.`]),
    ...(outOfTime.length === 0 ? [] : [`Out of time: ${outOfTime.join(", ")}.`]),
    ...(disturbed.length === 0
      ? []
      : [`No round was quiet, so the plots show disturbed ones, which decide nothing: ${disturbed.join(", ")}.`]),
  ];
  return section("Summary", [
    `<p>The worst verdict of ${entries.length} is <span class="verdict ${overall}">${overall}</span>. ${escaped(notes.join(" "))}</p>`,
    table("Verdicts, what is not in order first", ["workload", "verdict", "found", "limit", "why", "others"], rows),
  ]);
}
