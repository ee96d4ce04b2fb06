import { textDifference } from "../counters.ts";
import { escaped, folded, section } from "./markup.ts";
import type { MeasuredRun } from "./measured-run.ts";

function coloured(line: string): string {
  const kind = line.startsWith("+") ? "ins" : "del";
  return line.startsWith("+") || line.startsWith("-") ? `<${kind}>${escaped(line)}</${kind}>` : escaped(line);
}

function planOf(id: string, text: string, others: readonly (readonly [name: string, text: string | undefined])[]) {
  const changes = others.flatMap(([name, other]) => {
    const lines = other === undefined ? [] : textDifference(other, text);
    return lines.length === 0
      ? []
      : [`<p>Against ${escaped(name)}:</p><pre class="diff">${lines.map(coloured).join("\n")}</pre>`];
  });
  return { id, changes, text: folded(id, `<pre>${escaped(text)}</pre>`) };
}

/** What is compared with the newest run. */
export interface PlanReferences {
  /** Committed, by id of the workload. */
  readonly baseline: Readonly<Record<string, string>>;
  /** The run before, where there is one. */
  readonly previous: MeasuredRun | null;
}

/** The plans of a run: first those that changed, with what changed, then all of them. */
export function planSection(run: MeasuredRun, { baseline, previous }: PlanReferences): string {
  const plans = Object.entries(run.plans).map(([id, text]) => {
    const committed = ["the baseline", baseline[id]] as const;
    const before = previous === null ? [] : [[previous.name, previous.plans[id]] as const];
    return planOf(id, text, [committed, ...before]);
  });
  if (plans.length === 0) return "";
  const changed = plans.filter(({ changes }) => changes.length > 0);
  const told = changed.map(({ id, changes }) => `<h3>${escaped(id)}</h3>${changes.join("\n")}`);
  return section("Plans", [
    `<p>${changed.length} of ${plans.length} plans differ from what they are compared with.</p>`,
    ...told,
    folded("All plans", plans.map(({ text }) => text).join("\n")),
  ]);
}
