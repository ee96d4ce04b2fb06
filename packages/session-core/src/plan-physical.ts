import * as z from "@deltafuse/config/zod";

/** A place where rows are spread over other partitions. */
export interface Repartition {
  /** How, for example `Hash([id@0], 4)`. */
  readonly partitioning: string;
  /** Partitions it reads, and gives. */
  readonly from: number;
  readonly to: number;
}

/** A filter that an operator makes while it runs. */
export interface DynamicFilter {
  readonly operator: string;
  /** The filter as it is before the run. */
  readonly filter: string;
}

/** What the planner expects of a result. */
export interface PlanStatistics {
  /** Null = unknown. */
  readonly rows: number | null;
  readonly bytes: number | null;
  /** How sure it is of the rows. */
  readonly exactness: "exact" | "inexact" | "absent";
}

/** What stands out in a physical plan. */
export interface PhysicalFacts {
  /** Output partitions. */
  readonly partitions: number;
  readonly repartitions: readonly Repartition[];
  readonly dynamicFilters: readonly DynamicFilter[];
  /** The order of the result, most significant key first; empty when it has none. */
  readonly orderings: readonly string[];
  readonly statistics: PlanStatistics;
}

/** Shape of {@link PhysicalFacts}. */
export const physicalFactsSchema: z.ZodMiniType<PhysicalFacts> = z.strictObject({
  partitions: z.int(),
  repartitions: z.array(z.strictObject({ partitioning: z.string(), from: z.int(), to: z.int() })),
  dynamicFilters: z.array(z.strictObject({ operator: z.string(), filter: z.string() })),
  orderings: z.array(z.string()),
  statistics: z.strictObject({
    rows: z.nullable(z.int()),
    bytes: z.nullable(z.int()),
    exactness: z.enum(["exact", "inexact", "absent"]),
  }),
});
