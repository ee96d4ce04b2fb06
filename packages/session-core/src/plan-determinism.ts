import * as z from "@deltafuse/config/zod";
import type { FunctionUse, TableUse } from "./plan-use.ts";

/**
 * What two runs of a plan have in common: the same rows; the same but for rows that a LIMIT cuts either way; whatever
 * functions give this time; whatever the tables hold by then. The last that applies is told.
 */
export type DeterminismLevel = "deterministic" | "order_dependent" | "volatile" | "unpinned";

/** Whether a plan gives the same rows again, and why not. */
export interface PlanDeterminism {
  readonly level: DeterminismLevel;
  /** Everything that speaks against, a sentence each. */
  readonly reasons: readonly string[];
}

/** Shape of {@link PlanDeterminism}. */
export const planDeterminismSchema: z.ZodMiniType<PlanDeterminism> = z.strictObject({
  level: z.enum(["deterministic", "order_dependent", "volatile", "unpinned"]),
  reasons: z.array(z.string()),
});

/** What determinism is judged by. */
export interface DeterminismFacts {
  readonly tables: readonly TableUse[];
  /** Whether each of the tables is a Delta table that was opened at its version. */
  readonly pinned: readonly boolean[];
  /** Functions of the plan as written that are not immutable. */
  readonly unstable: readonly FunctionUse[];
  /** LIMITs over rows without order, and over an order with ties. */
  readonly looseLimits: readonly ("unordered" | "ties")[];
}

const limitReasons = {
  unordered: "A LIMIT takes rows that have no order.",
  ties: "A LIMIT may cut rows that are equal in all keys of the order either way.",
} as const;

/** Judges a plan. Pure. */
export function planDeterminism({ tables, pinned, unstable, looseLimits }: DeterminismFacts): PlanDeterminism {
  const limits = looseLimits.map((kind) => limitReasons[kind]);
  const functions = unstable.map(({ name, volatility }) =>
    volatility === "stable"
      ? `The function ${name} gives one value per run.`
      : `The function ${name} gives other values each time.`,
  );
  const unpinned = tables.filter((table, index) => pinned[index] !== true && !contentless.has(table.kind));
  const data = unpinned.map(({ name, kind }) => `The table ${name} (${kind}) may hold other rows next time.`);
  const level = levelOf([limits.length > 0, functions.length > 0, data.length > 0]);
  return { level, reasons: [...data, ...functions, ...limits] };
}

/** Kinds that hold no rows of their own. */
const contentless: ReadonlySet<TableUse["kind"]> = new Set(["view", "function"]);

const levels = ["order_dependent", "volatile", "unpinned"] as const;

function levelOf(applies: readonly boolean[]): DeterminismLevel {
  return levels.findLast((_, index) => applies[index]) ?? "deterministic";
}
