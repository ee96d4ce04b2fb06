import { readEnv } from "@deltafuse/config/env";
import { parseProfile } from "@deltafuse/config/profile";
import { delta } from "@deltafuse/delta/extension";
import { createHooks } from "@deltafuse/hooks/hooks";
import { openSession, type Session } from "@deltafuse/session-core/session";
import type { Telemetry } from "@deltafuse/telemetry/telemetry";
import { functions } from "@deltafuse/udf/extension";
import { greatCircle } from "./great-circle.ts";
import { errorText, print } from "./step.ts";

const shownKeys = [
  "datafusion.runtime.memory_limit",
  "datafusion.execution.batch_size",
  "datafusion.execution.parquet.compression",
  "datafusion.execution.target_partitions",
  "datafusion.catalog.information_schema",
  "datafusion.optimizer.hash_join_inlist_pushdown_max_size",
];

/** Step 1: a session of one validated profile, and the layer that each of its settings comes from. */
export async function openLakehouse(telemetry: Telemetry): Promise<Session> {
  const profile = parseProfile({
    memory: { limit: "4GiB" },
    execution: { batchSize: 16_384 },
    output: { compression: "zstd(1)" },
  });
  const extensions = [functions({ define: [greatCircle] }), delta()];
  const session = await openSession(profile, { extensions, hooks: createHooks({ telemetry }), env: readEnv() });

  const { entries } = await session.settings();
  const shown = entries.filter(({ key }) => shownKeys.includes(key));
  const rows = shown.map(({ key, value, source, path }) => ({ setting: key, value, from: source, path }));
  print(await session.fromRows(rows).show({ maxCellWidth: 60 }));

  try {
    parseProfile({ memory: { limt: "4GiB" }, execution: { batchSize: 0 } });
  } catch (error) {
    print(`A wrong profile is refused:\n${errorText(error)}`);
  }
  return session;
}
