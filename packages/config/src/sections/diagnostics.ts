import { section, type Section, setting } from "../section.ts";

/** What is told about queries. Null is the engine's default. */
export interface DiagnosticsInput {
  /** `explain.analyze_level`: how much EXPLAIN ANALYZE tells. */
  readonly analyzeLevel?: "summary" | "dev" | null;
}

/** The section `diagnostics`. */
export const diagnosticsSection: Section<DiagnosticsInput> = section<DiagnosticsInput>("diagnostics", {
  analyzeLevel: setting,
});
