/** How far a table promises to apply a filter: no other row comes, fewer rows come, not at all. */
export type FilterSupport = "exact" | "inexact" | "unsupported";

/**
 * What becomes of a filter.
 *
 * - `satisfied`: it is applied as often as it must be.
 * - `redundant_residual`: the scan applies it exactly, and the plan once more; it costs time and changes nothing.
 * - `missing_residual`: the scan applies it roughly and the plan not at all, so wrong rows are possible.
 * - `lost`: nobody applies it, so wrong rows are possible.
 */
export type FilterVerdict = "satisfied" | "redundant_residual" | "missing_residual" | "lost";

/** A filter that reaches a table scan. */
export interface FilterPushdown {
  /** The table, as the plan names it. */
  readonly table: string;
  /** The filter as SQL. */
  readonly filter: string;
  /** What the table promises. */
  readonly support: FilterSupport;
  /** Whether the scan is given it. */
  readonly inScan: boolean;
  /** Whether the plan applies it above the scan. */
  readonly residual: boolean;
  readonly verdict: FilterVerdict;
}
