interface Edit {
  readonly sign: " " | "-" | "+";
  readonly line: string;
}

/** Lines around a change that stay. */
const contextLines = 3;

/** Table cells that are filled at most; beyond, a changed stretch is replaced as a whole. */
const mostCells = 4_000_000;

/**
 * The unified diff of two texts by lines, with three lines around each change; empty for equal texts.
 *
 * @param names - What the texts are, for the head of the diff.
 */
export function unifiedDiff(before: string, after: string, names: readonly [before: string, after: string]): string {
  if (before === after) return "";
  const edits = editsOf(before.split("\n"), after.split("\n"));
  const [old, young] = names;
  return [`--- ${old}`, `+++ ${young}`, ...hunks(edits)].join("\n");
}

function editsOf(before: readonly string[], after: readonly string[]): readonly Edit[] {
  const head = commonLength(before, after);
  const tail = commonLength(before.slice(head).toReversed(), after.slice(head).toReversed());
  const same = (lines: readonly string[]): readonly Edit[] => lines.map((line) => ({ sign: " ", line }));
  const removed = before.slice(head, before.length - tail);
  const added = after.slice(head, after.length - tail);
  return [...same(before.slice(0, head)), ...middleEdits(removed, added), ...same(before.slice(before.length - tail))];
}

function commonLength(a: readonly string[], b: readonly string[]): number {
  const end = a.findIndex((line, index) => line !== b[index]);
  return end === -1 ? Math.min(a.length, b.length) : end;
}

/** Walks the table of longest common subsequences. */
function middleEdits(removed: readonly string[], added: readonly string[]): readonly Edit[] {
  const width = added.length + 1;
  const edits: Edit[] = [];
  let i = 0;
  let j = 0;
  if (removed.length * added.length <= mostCells) {
    const lengths = commonLengths(removed, added);
    const at = (row: number, column: number): number => lengths[row * width + column] ?? 0;
    while (i < removed.length && j < added.length) {
      const line = removed[i] ?? "";
      if (line === added[j]) {
        edits.push({ sign: " ", line });
        i += 1;
        j += 1;
      } else if (at(i + 1, j) >= at(i, j + 1)) {
        edits.push({ sign: "-", line });
        i += 1;
      } else {
        edits.push({ sign: "+", line: added[j] ?? "" });
        j += 1;
      }
    }
  }
  for (const line of removed.slice(i)) edits.push({ sign: "-", line });
  for (const line of added.slice(j)) edits.push({ sign: "+", line });
  return edits;
}

/** Length of the longest common subsequence of every pair of ends. */
function commonLengths(removed: readonly string[], added: readonly string[]): Uint32Array {
  const width = added.length + 1;
  const lengths = new Uint32Array((removed.length + 1) * width);
  for (let i = removed.length - 1; i >= 0; i -= 1) {
    for (let j = added.length - 1; j >= 0; j -= 1) {
      const here = i * width + j;
      const diagonal = (lengths[here + width + 1] ?? 0) + 1;
      const best = Math.max(lengths[here + width] ?? 0, lengths[here + 1] ?? 0);
      lengths[here] = removed[i] === added[j] ? diagonal : best;
    }
  }
  return lengths;
}

function hunks(edits: readonly Edit[]): readonly string[] {
  const lines: string[] = [];
  let end = 0;
  for (let first = nextChange(edits, 0); first !== -1; first = nextChange(edits, end)) {
    let last = first;
    for (let next = first; next !== -1 && next - last <= 2 * contextLines; next = nextChange(edits, next + 1))
      last = next;
    const start = Math.max(0, first - contextLines);
    end = Math.min(edits.length, last + contextLines + 1);
    lines.push(hunkHead(edits, start, end), ...edits.slice(start, end).map(({ sign, line }) => `${sign}${line}`));
  }
  return lines;
}

function nextChange(edits: readonly Edit[], from: number): number {
  return edits.findIndex(({ sign }, index) => index >= from && sign !== " ");
}

function hunkHead(edits: readonly Edit[], start: number, end: number): string {
  const range = (without: Edit["sign"]): string => {
    const count = (part: readonly Edit[]): number => part.filter(({ sign }) => sign !== without).length;
    const length = count(edits.slice(start, end));
    return `${count(edits.slice(0, start)) + (length === 0 ? 0 : 1)},${length}`;
  };
  return `@@ -${range("+")} +${range("-")} @@`;
}
