import type { RuntimeEnvSpec } from "@deltafuse/config/resolve";
import * as z from "@deltafuse/config/zod";

const bytes = z.nullable(z.number());

/** Shape of memory, spilling and caches in replies of the native extension. */
export const runtimeEnvSchema: z.ZodMiniType<RuntimeEnvSpec> = z.strictObject({
  memory: z.strictObject({
    pool: z.enum(["fair", "greedy", "unbounded"]),
    limitBytes: bytes,
    topConsumers: z.int(),
  }),
  spill: z.strictObject({
    mode: z.enum(["os", "directories", "disabled"]),
    directories: z.array(z.string()),
    maxBytes: bytes,
    mergeFanIn: z.exactOptional(z.int()),
  }),
  caches: z.strictObject({
    metadataBytes: bytes,
    listFilesBytes: bytes,
    listFilesTtlMs: bytes,
    statisticsBytes: bytes,
  }),
});
