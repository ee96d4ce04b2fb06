import { type ContestantName, UnsupportedError } from "../contestant.ts";

const reasons: Readonly<Record<ContestantName, string>> = {
  deltafuse: "DeltaFuse has no rows of this form.",
  floor: "The floor makes no values of JavaScript.",
  duckdb: "DuckDB has no rows of this form.",
  polars: "polars has no rows of this form.",
};

/** Rejects: this engine does not make rows, or not in this form. */
export function rowsUnsupported(name: ContestantName): Promise<never> {
  return Promise.reject(new UnsupportedError(reasons[name]));
}
