import { describe, expect, it } from "vitest";
import { type WideRow, wideDigest } from "../src/wide-row.ts";

const rows: readonly WideRow[] = [
  { id: 0, ratio: 0, name: "key00000000", moment: 1_577_836_800_000, amount: 0 },
  { id: 1, ratio: 1131.2857142857142, name: "key00000031", moment: 1_577_836_801_003, amount: 104_729 },
  { id: 2, ratio: 2262.5714285714284, name: "key00000062", moment: 1_577_836_802_006, amount: 209_458 },
];

function digestOf(some: Iterable<WideRow>): string {
  const digest = wideDigest();
  for (const row of some) digest.add(row);
  return digest.text;
}

describe("wideDigest", () => {
  it("is the same in any order", () => {
    expect(digestOf(rows.toReversed())).toBe(digestOf(rows));
    expect(digestOf(rows)).toMatch(/^3 rows, [0-9a-f]+$/);
  });

  it("changes with every cell, with the number of rows and when cells change places", () => {
    const changes: readonly Partial<WideRow>[] = [
      { id: 3 },
      { ratio: 1131.285714 + 1e-5 },
      { name: "key00000013" },
      { moment: 1_577_836_801_004 },
      { amount: 104_730 },
      { id: 104_729, amount: 1 },
    ];
    const changed = changes.map((change) => digestOf(rows.map((row) => (row.id === 1 ? { ...row, ...change } : row))));
    const all = [digestOf(rows), digestOf(rows.slice(1)), ...changed];
    expect(new Set(all).size).toBe(all.length);
  });
});
