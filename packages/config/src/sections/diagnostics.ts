import type { DurationInput } from "../duration.ts";
import { nameField, nullableField, plainField } from "../field.ts";
import { section, type Section, setting } from "../section.ts";

/** Which applications of the rules of the planner are told: none, those that changed the plan, all. */
export type OptimizerTraceLevel = "off" | "changed" | "all";

/** What is captured of queries, for their events. */
export interface CaptureInput {
  /** Texts of the logical plan in `plan.compiled`. Default: false. */
  readonly plans?: boolean;
  /** `plan.explained` with the text of EXPLAIN, before a query runs; the query is planned once more for it. Default: false. */
  readonly explain?: boolean;
  /** `plan.rule` for applications of the planner's rules; the query is planned once more for it. Default: `off`. */
  readonly optimizerTrace?: OptimizerTraceLevel;
}

/** What is told about queries, where a call and the code around it do not say otherwise. In no hash. */
export interface DiagnosticsInput {
  readonly capture?: CaptureInput;
  /** `query.slow` after a query that took at least this long; null = never. Default: null. */
  readonly slowQuery?: DurationInput | null;
  /** `query.batch` at every n-th batch; 0 = never. Default: 0. */
  readonly batchSample?: number;
  /** How often the metrics of a session are read, for `runtime.sampled` and `cache.sampled`; null = only when asked. Default: null. */
  readonly sampleMetrics?: DurationInput | null;
  /** `explain.analyze_level`: how much EXPLAIN ANALYZE tells; null is the engine's default. */
  readonly analyzeLevel?: "summary" | "dev" | null;
}

/** The section `diagnostics`. */
export const diagnosticsSection: Section<DiagnosticsInput> = section<DiagnosticsInput>("diagnostics", {
  capture: section<CaptureInput>("diagnostics.capture", {
    plans: plainField<boolean>({ type: "bool" }),
    explain: plainField<boolean>({ type: "bool" }),
    optimizerTrace: nameField<OptimizerTraceLevel>("level of the trace", ["off", "changed", "all"]),
  }),
  slowQuery: nullableField<number>({ type: "duration" }),
  batchSample: plainField<number>({ type: "uint" }),
  sampleMetrics: nullableField<number>({ type: "duration" }),
  analyzeLevel: setting,
});
