import type { ProgressOptions } from "./progress-watch.ts";

/** A text of the engine: both plans indented, the physical plan drawn, the logical plan as JSON or for Graphviz. */
export type ExplainFormat = "indent" | "tree" | "pgjson" | "graphviz";

/** A kind of metrics. */
export type ExplainMetrics = "rows" | "bytes" | "timing" | "uncategorized";

/** How a plan is told. What the engine does not combine is `ENGINE.NOT_IMPLEMENTED {option, format}`. */
export interface ExplainOptions extends ProgressOptions {
  /** Default: `indent`. */
  readonly format?: ExplainFormat;
  /** Adds the stages of planning; with `indent` only. Default: false. */
  readonly verbose?: boolean;
  /**
   * Executes the query, throws its rows away and adds what was measured, if the SQL policy permits `explainAnalyze`; with
   * `indent` and `pgjson` only. Default: false.
   */
  readonly analyze?: boolean;
  /** Adds what the planner expects; with `indent` and without `analyze`. Default: as the session is set. */
  readonly statistics?: boolean;
  /** With `analyze`: the metrics everybody looks at, or all. Default: as the session is set. */
  readonly level?: "summary" | "dev";
  /** With `analyze`: the kinds of metrics to tell. Default: as the session is set. */
  readonly metrics?: readonly ExplainMetrics[];
}

/** Asks for the physical plan as data. */
export interface ExplainNodesOptions extends ProgressOptions {
  readonly format: "nodes";
}

/** One operator of a physical plan, before it runs. */
export interface PlanNode {
  /** Its position in the plan, the root is 0. */
  readonly id: number;
  readonly operator: string;
  /** What the operator says of itself. */
  readonly properties: Readonly<Record<string, string>>;
  /** Rows it is expected to give; absent when unknown. */
  readonly rows?: number;
  /** Its output partitions. */
  readonly partitions: number;
  /** The order of its rows, most significant key first; empty when it has none. */
  readonly orderings: readonly string[];
  /** The operators it reads. */
  readonly children: readonly PlanNode[];
}
