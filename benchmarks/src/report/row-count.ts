import type { Suite, Workload } from "../workload.ts";

/** Rows of `lineitem` at scale factor 1. */
const lineitemRows = 6_001_215;
/** Families whose time does not follow the rows of their data. */
const constantFamilies: readonly string[] = [
  "small",
  "cold",
  "memory",
  "concurrency",
  "overhead",
  "open.delta",
  "size",
  "lag",
];

/** Rows of the largest table that a workload of a run had; null where they say nothing about its time. */
export function rowsOf(
  { family, data }: Workload,
  call: { readonly suite: Suite; readonly scale?: number | null },
): number | null {
  if (constantFamilies.includes(family)) return null;
  const counts = data.map(({ set, scale }) =>
    set === "tpch" ? (call.scale ?? scale[call.suite]) * lineitemRows : scale[call.suite],
  );
  return counts.length === 0 ? null : Math.max(...counts);
}
