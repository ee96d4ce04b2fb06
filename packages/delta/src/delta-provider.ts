import type { DatasetProvider } from "@deltafuse/dataset-io/provider";
import { frameReplyMembers, handleOf } from "@deltafuse/session-core/native-session";
import * as z from "@deltafuse/config/zod";
import { openNativeTable, snapshotSchema } from "./table.ts";

/** The `provider` options of a Delta dataset. */
export interface DeltaProviderOptions {
  /** Reads this version for ever. Default: live, every statement reads the newest one. */
  readonly version?: number;
}

const optionsSchema: z.ZodMiniType<DeltaProviderOptions> = z.strictObject({
  version: z.exactOptional(z.int().check(z.gte(0))),
});

const replySchema = z.strictObject({ ...frameReplyMembers, snapshot: snapshotSchema });

/** Brings Delta tables into dataset-io. */
export const deltaProvider: DatasetProvider<DeltaProviderOptions> = {
  format: "delta",
  options: optionsSchema,
  claims: ({ isDelta }) => isDelta,
  prepare: async (session, { uri, options: { version } }, options) => {
    const table = await openNativeTable(session, { uri, dataset: null, version }, options);
    try {
      const request = { live: version === undefined };
      const reply = await table.call({ entrypoint: "table.provider", request, reply: replySchema }, options);
      const { fields, snapshot } = reply.body;
      const pinned = version !== undefined;
      return {
        handle: handleOf(reply),
        fields,
        storedFields: snapshot.fields,
        partitionColumns: snapshot.partitionColumns,
        version: snapshot.version,
        pinned,
      };
    } finally {
      table.handle.close();
    }
  },
};
