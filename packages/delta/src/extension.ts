import { registerDatasetProvider } from "@deltafuse/dataset-io/provider";
import type { SessionExtension } from "@deltafuse/session-core/extension";
import { runClaimed } from "./claimed-statement.ts";
import { deltaProvider } from "./delta-provider.ts";

/**
 * The extension that lets a session register Delta tables as datasets: folders with a `_delta_log`, or `format: "delta"`,
 * and that performs INSERT, DELETE, TRUNCATE and MERGE on them. The functions of this package work without it.
 *
 * It contributes defaults that keep hash joins from pushing lists of join keys into scans of Delta tables: with dictionary
 * keys the engine may panic otherwise.
 *
 * @example
 * const session = await openSession(profile, { extensions: [delta(), datasets({ catalog })] });
 */
export function delta(): SessionExtension {
  return {
    id: "delta",
    version: 1,
    contribute: () => ({
      modules: [{ name: "delta" }],
      defaults: {
        "datafusion.optimizer.hash_join_inlist_pushdown_max_size": 0,
        "datafusion.optimizer.hash_join_inlist_pushdown_max_distinct_values": 0,
      },
      steps: [{ id: "providers.delta", phase: "filesystems", spec: { format: "delta" } }],
    }),
    install: async (session) => registerDatasetProvider(session, deltaProvider),
    run: runClaimed,
  };
}
