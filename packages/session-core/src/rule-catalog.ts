/** A rule or planner of a session. */
export interface RuleEntry {
  /** The engine's name of it. */
  readonly name: string;
  /** `datafusion`: every session of the engine has it. `deltafuse`: it was added. */
  readonly origin: "datafusion" | "deltafuse";
}

/** What takes part in planning: the phases in the order in which a statement meets them, each in the order it runs. */
export interface RuleCatalog {
  /** Planners of what stands in FROM; the first that knows something wins. */
  readonly relationPlanners: readonly RuleEntry[];
  /** Planners of expressions; the first that knows something wins. */
  readonly expressionPlanners: readonly RuleEntry[];
  /** The planner of SQL types, where there is one. */
  readonly typePlanners: readonly RuleEntry[];
  /** Rules on the logical plan before it is optimised. */
  readonly analyzer: readonly RuleEntry[];
  /** Rules that optimise the logical plan, in passes. */
  readonly optimizer: readonly RuleEntry[];
  /** The planner that makes physical plans. */
  readonly queryPlanners: readonly RuleEntry[];
  /** Planners of nodes that the engine does not know; the first that knows one wins. */
  readonly extensionPlanners: readonly RuleEntry[];
  /** Rules on the physical plan. */
  readonly physical: readonly RuleEntry[];
}
