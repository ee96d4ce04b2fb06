import type { Workload } from "./workload.ts";
import { analyticsWorkloads } from "./workloads/analytics.ts";
import { coldWorkloads } from "./workloads/cold.ts";
import { concurrencyWorkloads } from "./workloads/concurrency.ts";
import { deltaDmlWorkloads } from "./workloads/delta-dml.ts";
import { growthWorkloads } from "./workloads/growth.ts";
import { handoverWorkloads } from "./workloads/handover.ts";
import { ingestWorkloads } from "./workloads/ingest.ts";
import { lagWorkloads } from "./workloads/lag.ts";
import { memoryWorkloads } from "./workloads/memory.ts";
import { openDeltaWorkloads } from "./workloads/open-delta.ts";
import { overheadWorkloads } from "./workloads/overhead.ts";
import { scanWorkloads } from "./workloads/scan.ts";
import { sizeWorkloads } from "./workloads/size.ts";
import { smallWorkloads } from "./workloads/small.ts";
import { streamWorkloads } from "./workloads/stream.ts";
import { textScanWorkloads } from "./workloads/text-scan.ts";
import { largeTpchWorkloads, tpchWorkloads } from "./workloads/tpch.ts";
import { typeSurfaceWorkloads } from "./workloads/type-surface.ts";
import { transferColumnsWorkloads } from "./workloads/transfer-columns.ts";
import { transferRowsWorkloads } from "./workloads/transfer-rows.ts";
import { udfWorkloads } from "./workloads/udf.ts";
import { writeWorkloads } from "./workloads/write.ts";

/** Everything that is measured, in the order of the report. */
export const workloads: readonly Workload[] = [
  ...tpchWorkloads,
  ...scanWorkloads,
  ...textScanWorkloads,
  ...openDeltaWorkloads,
  ...transferColumnsWorkloads,
  ...handoverWorkloads,
  ...transferRowsWorkloads,
  ...lagWorkloads,
  ...streamWorkloads,
  ...smallWorkloads,
  ...udfWorkloads,
  ...ingestWorkloads,
  ...writeWorkloads,
  ...deltaDmlWorkloads,
  ...concurrencyWorkloads,
  ...coldWorkloads,
  ...sizeWorkloads,
  ...typeSurfaceWorkloads,
  ...memoryWorkloads,
  ...overheadWorkloads,
  ...analyticsWorkloads,
  ...growthWorkloads,
  ...largeTpchWorkloads,
];
