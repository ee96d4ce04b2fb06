import { isDeltaFuseError } from "@deltafuse/config/errors";
import { parseProfile, type Profile } from "@deltafuse/config/profile";
import { configureRuntime } from "@deltafuse/session-core/native-runtime";
import type { SessionExtension } from "@deltafuse/session-core/extension";
import type { Setup } from "../contestant.ts";
import type { Limits } from "../limits.ts";

/** What DeltaFuse and the raw engine run with: the limits, and number literals as decimals, which TPC-H needs. */
export function benchmarkProfile({ partitions, memoryGiB }: Limits): Profile {
  return parseProfile({
    execution: { targetPartitions: partitions },
    memory: { limit: `${memoryGiB}GiB` },
    sql: { floatAsDecimal: true },
  });
}

/** What sessions need for the tables. Delta is loaded where there are such tables; nothing else pays for it. */
export async function tableExtensions(tables: Setup["tables"]): Promise<readonly SessionExtension[]> {
  if (!Object.values(tables).some(({ format }) => format === "delta")) return [];
  const { delta } = await import("@deltafuse/delta/extension");
  return [delta()];
}

/** Threads and memory are those of the process: a second session in it keeps what the first one set. */
export async function limitRuntime({
  limits,
  externalBuffers,
}: Pick<Setup, "limits" | "externalBuffers">): Promise<void> {
  try {
    await configureRuntime({ workerThreads: limits.threads, externalBuffers });
  } catch (error) {
    if (!isDeltaFuseError(error, "NATIVE.RUNTIME_STARTED")) throw error;
  }
}
