import type { TracedOperation } from "@deltafuse/hooks/operation";
import * as z from "@deltafuse/config/zod";

/** Shape of what the extension tells of its work under a sampled trace. */
export const nativeSpansSchema: z.ZodType<NativeSpans> = z.strictObject({
  spans: z.array(
    z.strictObject({
      id: z.string(),
      parentId: z.string().nullable(),
      name: z.string(),
      startUnixNs: z.string(),
      endUnixNs: z.string(),
      attributes: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
      error: z.exactOptional(z.string()),
    }),
  ),
  dropped: z.int(),
});

/** Spans of one call, and how many more there were. */
export interface NativeSpans {
  readonly spans: Parameters<TracedOperation["addNativeSpans"]>[0];
  readonly dropped: number;
}
