import type { Counters } from "./workload.ts";

/** Counters by id of the workload. */
export type CountersByWorkload = Readonly<Record<string, Counters>>;

/** A counter that is not the committed one; null where there is none. */
export interface CounterDifference {
  readonly name: string;
  readonly before: number | string | null;
  readonly now: number | string | null;
}

/** Counters that differ, by name. */
export function counterDifferences(before: Counters, now: Counters): readonly CounterDifference[] {
  return [...new Set([...Object.keys(before), ...Object.keys(now)])]
    .toSorted()
    .map((name) => ({ name, before: before[name] ?? null, now: now[name] ?? null }))
    .filter(({ before: committed, now: found }) => committed !== found);
}

/** Lines of a text that are not in the other, with `-` for the committed and `+` for the new ones. */
export function textDifference(before: string, now: string): readonly string[] {
  const [old, current] = [before.trimEnd().split("\n"), now.trimEnd().split("\n")];
  const [known, found] = [new Set(old), new Set(current)];
  const gone = old.filter((line) => !found.has(line)).map((line) => `- ${line}`);
  const added = current.filter((line) => !known.has(line)).map((line) => `+ ${line}`);
  if (gone.length + added.length > 0) return [...gone, ...added];
  return before.trimEnd() === now.trimEnd() ? [] : ["the same lines in another order"];
}
