import type { Workload } from "./workload.ts";
import { firstBatch } from "./workloads/first-batch.ts";
import { queryWorkloads } from "./workloads/query.ts";
import { transferWorkloads } from "./workloads/transfer.ts";

/** Everything that is measured, in the order of the report. */
export const workloads: readonly Workload[] = [...transferWorkloads, firstBatch, ...queryWorkloads];
