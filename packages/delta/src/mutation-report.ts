import { type SourcePlan, sourcePlanSchema } from "@deltafuse/session-core/plan-use";
import * as z from "@deltafuse/config/zod";
import { type SnapshotInfo, snapshotSchema } from "./table.ts";

/** Something that did not prevent an operation. */
export interface DeltaWarning {
  /** For example `POST_COMMIT_FAILED`: the version stands, but what follows a commit failed. */
  readonly code: string;
  readonly message: string;
}

/** Counters of one commit, never totals of the table. */
export interface MutationMetrics {
  /** Rows in the files added; null when the files do not say. */
  readonly rowsWritten: number | null;
  readonly filesAdded: number;
  readonly filesRemoved: number;
  readonly bytesAdded: number;
  readonly bytesRemoved: number;
  /** Time of the whole operation. */
  readonly executionMs: number;
}

/** Counters of a merge. */
export interface MergeMetrics extends MutationMetrics {
  readonly sourceRows: number;
  readonly rowsInserted: number;
  readonly rowsUpdated: number;
  readonly rowsDeleted: number;
  /** Rows that were only moved to another file. */
  readonly rowsCopied: number;
}

/** Counters of a delete. */
export interface DeleteMetrics extends MutationMetrics {
  readonly rowsDeleted: number;
  /** Rows that were only moved to another file. */
  readonly rowsCopied: number;
}

/** What a change of a table did. */
export interface MutationReport<M extends MutationMetrics = MutationMetrics> {
  readonly operation: "create" | "write" | "merge" | "delete";
  /** `unchanged`: there was nothing to change; `skipped`: it was not run, as asked. Neither makes a version. */
  readonly status: "committed" | "unchanged" | "skipped";
  /** Version of the table afterwards. */
  readonly version: number;
  /** Commits of this operation. */
  readonly versions: readonly number[];
  readonly metrics: M;
  readonly warnings: readonly DeltaWarning[];
  /** The table afterwards. */
  readonly snapshot: SnapshotInfo;
}

const count = z.int();
const counter = z._default(z.int(), 0);
const metrics = {
  rowsWritten: z.nullable(count),
  filesAdded: count,
  filesRemoved: count,
  bytesAdded: count,
  bytesRemoved: count,
  executionMs: count,
} as const;

const members = {
  operation: z.enum(["create", "write", "merge", "delete"]),
  status: z.enum(["committed", "unchanged", "skipped"]),
  version: count,
  versions: z.array(count),
  warnings: z.array(z.strictObject({ code: z.string(), message: z.string() })),
  snapshot: snapshotSchema,
} as const;

function reportSchema<M extends MutationMetrics>(shape: z.ZodMiniType<M>): z.ZodMiniType<MutationReport<M>> {
  return z.strictObject({ ...members, metrics: shape });
}

/** Shape of the report of a create. */
export const createReportSchema: z.ZodMiniType<MutationReport> = reportSchema(z.strictObject(metrics));

/** Shape of the report of a write, with the plan that was written, where the source is one. */
export const writeReportSchema: z.ZodMiniType<MutationReport & { readonly source?: SourcePlan | undefined }> =
  z.strictObject({ ...members, metrics: z.strictObject(metrics), source: z.optional(sourcePlanSchema) });

/** Shape of the report of a merge; what it did not count, it did not do. */
export const mergeReportSchema: z.ZodMiniType<MutationReport<MergeMetrics>> = reportSchema(
  z.strictObject({
    ...metrics,
    sourceRows: counter,
    rowsInserted: counter,
    rowsUpdated: counter,
    rowsDeleted: counter,
    rowsCopied: counter,
  }),
);

/** Shape of the report of a delete. */
export const deleteReportSchema: z.ZodMiniType<MutationReport<DeleteMetrics>> = reportSchema(
  z.strictObject({ ...metrics, rowsDeleted: counter, rowsCopied: counter }),
);
