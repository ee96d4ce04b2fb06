import { nullableField, plainField } from "../field.ts";
import { section, type Section } from "../section.ts";
import type { SizeInput } from "../size.ts";

/** Bounds of what a program takes out of a session. */
export interface LimitsInput {
  /** Most rows that a collecting call returns; null = no limit. Default: null. */
  readonly collectRows?: number | null;
  /** Most bytes that a collecting call returns. Default: 1 GiB. */
  readonly collectBytes?: SizeInput;
  /** Batches that a stream computes ahead, 1 to 64. Default: 2. */
  readonly prefetchBatches?: number;
  /** Bytes that a stream computes ahead. Default: 64 MiB. */
  readonly prefetchBytes?: SizeInput;
  /** Plans of SQL queries that a session keeps, so that the same text is planned once; 0 keeps none. Default: 256. */
  readonly planCacheEntries?: number;
}

/** The section `limits`. */
export const limitsSection: Section<LimitsInput> = section<LimitsInput>("limits", {
  collectRows: nullableField<number>({ type: "uint" }),
  collectBytes: plainField<number>({ type: "bytes", min: 1 }),
  prefetchBatches: plainField<number>({ type: "uint", min: 1, max: 64 }),
  prefetchBytes: plainField<number>({ type: "bytes", min: 1 }),
  planCacheEntries: plainField<number>({ type: "uint", max: 1_000_000 }),
});
