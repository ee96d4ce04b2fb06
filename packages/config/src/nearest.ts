interface Rows {
  readonly before: readonly number[];
  readonly last: readonly number[];
}

function nextRow(a: string, b: string, { before, last, at }: Rows & { readonly at: number }): number[] {
  const row = [at];
  for (let j = 1; j <= b.length; j += 1) {
    const substitution = (last[j - 1] ?? 0) + (a[at - 1] === b[j - 1] ? 0 : 1);
    let cost = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, substitution);
    if (at > 1 && j > 1 && a[at - 1] === b[j - 2] && a[at - 2] === b[j - 1]) {
      cost = Math.min(cost, (before[j - 2] ?? 0) + 1);
    }
    row.push(cost);
  }
  return row;
}

/** Optimal string alignment distance: insertions, deletions, substitutions, and swaps of neighbours. */
function distance(a: string, b: string): number {
  let before: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let at = 1; at <= a.length; at += 1) {
    const row = nextRow(a, b, { before, last, at });
    before = last;
    last = row;
  }
  return last[b.length] ?? 0;
}

/**
 * The candidate that was probably meant: the smallest optimal string alignment distance, case apart, of at most
 * max(2, ⌊length/5⌋) and less than the length of the text; the first in order when several are equally near.
 *
 * @example
 * nearest("databse", ["database", "schema"]); // "database"
 */
export function nearest(text: string, candidates: readonly string[]): string | undefined {
  const folded = text.toLowerCase();
  const limit = Math.min(Math.max(2, Math.floor(text.length / 5)), text.length - 1);
  let best: { readonly candidate: string; readonly cost: number } | undefined;
  for (const candidate of candidates.toSorted()) {
    const cost = distance(folded, candidate.toLowerCase());
    if (cost <= limit && (best === undefined || cost < best.cost)) best = { candidate, cost };
  }
  return best?.candidate;
}
